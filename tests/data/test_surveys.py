"""Wide surveys come in as one record an answer; every sheet lands in one class, every cell in one count."""

import pytest
from door_project import orders

from relops.data.column_evidence import ColumnEvidence
from relops.data.intake.surveys import find_questions
from relops.errors import BadInput

HEAD = "序号,提交答卷时间,1、推荐,2、满意度,3、喜欢什么,4、意见\n"
ROWS = ("1,2025/3/1 10:00:00,9,满意,口味┋服务┋,很好\n2,2025/3/2 10:00:00,-3,非常满意,-2,-2\n"
        "3,2025/3/3 10:00:00,-3,(跳过),-3,\n4,,9,满意,口味,\n5,2025/3/4 10:00:00,11,3分,价格,-9\n"
        "5,2025/3/4 10:00:00,11,3分,价格,-9\n6,2026/1/4 10:00:00,5,满意,价格,-9\n")
SURVEY = {
    "table": "feedback", "key": ["序号"], "skip_codes": ["-9"], "columns": {"given_at": "提交答卷时间"},
    "unpivot": {"1、推荐": "nps", "2、满意度": {"kind": "csat", "scale_max": 5, "touchpoint": "门店",
                                            "scores": {"满意": 4, "非常满意": 5}},
                "3、喜欢什么": "review", "4、意见": "complaint"}}


@pytest.fixture
def survey(door):
    return door({"s.csv": HEAD + ROWS}, SURVEY)


def test_sheets_land_in_classes_and_answers_become_records(survey):
    # 1, 2 and the first row 5 give answers; 3 skipped all; 4 has no time; 5 again is the same; 6 is after the end
    assert survey.classes("feedback") == (7, 3, 1, 0, 2, 1)
    assert [(x.reason, x.rows) for x in survey.audit.excluded] == [("after_end", 1), ("no_answer", 1)]
    assert survey.rows("SELECT kind, score, scale_max, touchpoint, text, question FROM feedback ORDER BY given_at, "
                       "question, record") == [
        ("nps", 9, 10, None, None, "1、推荐"), ("csat", 4, 5, "门店", None, "2、满意度"),
        ("review", None, None, None, "口味", "3、喜欢什么"), ("review", None, None, None, "服务", "3、喜欢什么"),
        ("complaint", None, None, None, "很好", "4、意见"),
        ("csat", 5, 5, "门店", None, "2、满意度"),
        ("csat", 3, 5, "门店", None, "2、满意度"), ("review", None, None, None, "价格", "3、喜欢什么")]
    assert survey.rows("SELECT count(*) = count(DISTINCT record) FROM feedback") == [(True,)]


def test_every_cell_is_counted(survey):
    assert [(a.question, a.answered, a.skipped, a.blank, a.unread) for a in survey.audit.answers] == [
        ("1、推荐", 2, 2, 0, 2), ("2、满意度", 5, 1, 0, 0), ("3、喜欢什么", 4, 2, 0, 0), ("4、意见", 1, 4, 1, 0)]


def test_a_survey_stands_beside_feedback_of_the_usual_form(door):
    files = {"s.csv": HEAD + ROWS, "f.csv": "given_at,kind,score,touchpoint\n2025-01-01,nps,7,web\n"}
    through = door(files, SURVEY | {"files": "data/s.csv"}, {"table": "feedback", "files": "data/f.csv"})
    assert through.rows("SELECT count(*), count(question), min(touchpoint) FILTER (question IS NULL) "
                        "FROM feedback") == [(9, 8, "web")]
    assert through.classes("feedback") == (8, 4, 1, 0, 2, 1)


def test_questions_must_be_there(door):
    with pytest.raises(BadInput) as caught:
        door({"s.csv": HEAD + ROWS}, SURVEY | {"unpivot": {"9、别的": "nps"}}, orders(columns={"amount": "序号"}))
    assert "brief.yaml data.sources[0].unpivot" in {p.place for p in caught.value.problems}


@pytest.mark.parametrize(("answers", "points"), [
    (["很不满意", "一般", "非常满意"], {"很不满意": 1, "一般": 3, "非常满意": 5}),
    (["Somewhat dissatisfied", "Extremely satisfied"], {"Somewhat dissatisfied": 2, "Extremely satisfied": 5}),
    (["Satisfied", "Neutral", "very dissatisfied"], {"very dissatisfied": 1, "Neutral": 3, "Satisfied": 4}),
    (["满意", "比较满意", "不满意"], None), (["满意", "还行"], None)])
def test_worded_answers_lie_on_a_scale(answers, points):
    cells = ColumnEvidence("满意度", filled=len(answers), rows=len(answers))
    question = find_questions(["满意度"], ".", {"满意度": cells}, {"满意度": answers}).get("满意度")
    if points is None:
        assert question is None
    else:
        assert question["scale_max"] == 5 and {word: question["scores"][word] for word in answers} == points


def test_answers_that_begin_with_their_points():
    answers = ["5 - Very satisfied", "4 - Satisfied", "1 - Very dissatisfied"]
    cells = ColumnEvidence("Overall satisfaction", filled=3, rows=3)
    found = find_questions([cells.name], ".", {cells.name: cells}, {cells.name: answers})
    assert found == {cells.name: {"kind": "csat", "scale_max": 5}}


def test_points_before_words_are_read(door):
    source = {"table": "feedback", "columns": {"given_at": "when", "customer_id": "who"},
              "unpivot": {"sat": {"kind": "csat", "scale_max": 5}}}
    through = door({"f.csv": "when,who,sat\n2025-01-01,a,5 - Very satisfied\n2025-01-02,b,1 – Bad\n2025-01-03,c,7-9\n"},
                   source)
    assert through.rows("SELECT score FROM feedback ORDER BY record") == [(5.0,), (1.0,)]
