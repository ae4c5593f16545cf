"""A log of an experiment measured elsewhere becomes an experiment of the brief: arms, shares, control, metrics."""

import gzip

import pytest

from relops.brief import load_brief
from relops.data import ingest
from relops.data.engine import Engine
from relops.data.intake import first_choice
from relops.data.starter import new_project
from relops.errors import BadInput
from relops.project import Project

GAME = "userid,version,sum_rounds,retention_1\n" + "".join(
    f"{number},{('gate_30', 'gate_40')[number % 2]},{number % 7},{number % 3 == 0}\n" for number in range(1, 201))
MAILS = ("No E-Mail", "Mens E-Mail", "Womens E-Mail")
SHOP = "recency,history,channel,segment,visit,conversion,spend\n" + "".join(
    f"{number % 12},{number}.5,Web,{MAILS[number % 3]},{number % 2},{int(number % 9 == 0)},"
    f"{'0' if number % 9 else '12.5'}\n" for number in range(1, 301))
CHINESE = "用户ID,分组,是否购买,退订,年龄\n" + "".join(
    f"u{number},{('对照组', '短信')[number % 2]},{'是否'[number % 2]},{'否是'[number % 5 == 0]},{20 + number % 9}\n"
    for number in range(100))


def drafted(tmp_path, text, name="test.csv", **options):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return Project.open(new_project(tmp_path / "p", [path], **options))


def told(experiment):
    return {metric.id: (metric.kind, metric.role, metric.direction) for metric in experiment.metrics}


def test_two_arms_with_outcomes(tmp_path):
    project = drafted(tmp_path, GAME, "game.csv.gz")
    experiment, = project.brief.experiments
    assert (experiment.id, experiment.arms, experiment.control) == (
        "game", {"gate_30": 0.5, "gate_40": 0.5}, "gate_30")
    assert told(experiment) == {"sum_rounds": ("mean", "secondary", "increase"),
                                "retention_1": ("proportion", "primary", "increase")}
    text = (project.folder / "brief.yaml").read_text(encoding="utf-8")
    assert "counts are close" in text and "人数接近" in text and "please check" in text


def test_rows_without_ids_are_subjects_and_arms_get_ids(tmp_path):
    project = drafted(tmp_path, SHOP, "mailing.csv")
    experiment, = project.brief.experiments
    assert experiment.control == "no_e_mail"
    assert experiment.arms == dict.fromkeys(("mens_e_mail", "no_e_mail", "womens_e_mail"), 1 / 3)
    assert told(experiment) == {"visit": ("proportion", "primary", "increase"),
                                "conversion": ("proportion", "primary", "increase"),
                                "spend": ("mean", "secondary", "increase")}
    assert {metric.id: metric.measures for metric in experiment.metrics} == {
        "visit": None, "conversion": None, "spend": "revenue"}
    assert experiment.covariates == ["recency", "history"]
    audit = ingest(project, tmp_path / "engine.duckdb", tmp_path / "quarantine")
    assert (audit.rows("assignments", "rows_in"), audit.rows("assignments", "rows_used")) == (300, 300)
    with Engine.open(tmp_path / "engine.duckdb") as engine:
        assert engine.value("SELECT count(DISTINCT customer_id) FROM assignments") == 300
        assert dict(engine.rows("SELECT arm, count(*) FROM assignments GROUP BY arm")) == dict.fromkeys(
            ("mens_e_mail", "no_e_mail", "womens_e_mail"), 100)


def test_chinese_names(tmp_path):
    experiment, = drafted(tmp_path, CHINESE).brief.experiments
    assert experiment.control == "control" and set(experiment.arms) == {"control", "arm_2"}
    assert [(metric.column, metric.kind, metric.role, metric.direction) for metric in experiment.metrics] == [
        ("是否购买", "proportion", "primary", "increase"), ("退订", "proportion", "guardrail", "decrease")]


@pytest.mark.parametrize(("treated", "shares"), [(85, {"control": 0.15, "treated": 0.85}),
                                                 (51, {"control": 0.5, "treated": 0.5}),
                                                 (67, {"control": 0.33, "treated": 0.67})])
def test_shares_far_from_equal_follow_the_counts(tmp_path, treated, shares):
    """Two thirds are no multiple of five percent: the counts stand as they are."""
    rows = "".join(f"{number},{int(number < treated)},{number % 2}\n" for number in range(100))
    experiment, = drafted(tmp_path, "user_id,treatment,conversion\n" + rows).brief.experiments
    assert experiment.arms == pytest.approx(shares) and experiment.control == "control"


def test_several_experiments_in_one_log(tmp_path):
    rows = "".join(f"{test},{number},{arm},{number % 2}\n" for test, arms in (("Spring 1", "ab"), ("fall", "aaa"))
                   for number, arm in enumerate(arms * 20))
    project = drafted(tmp_path, "experiment,user_id,variant,converted\n" + rows)
    assert [(one.id, set(one.arms)) for one in project.brief.experiments] == [("spring_1", {"a", "b"})]


def test_answers_are_taken(tmp_path):
    answers = {"control": "gate_40", "outcomes": "retention_1"}
    experiment, = drafted(tmp_path, GAME, ask=lambda question: answers.get(question.name) or first_choice(question)
                          ).brief.experiments
    assert experiment.control == "gate_40" and set(told(experiment)) == {"retention_1"}


def test_an_outcome_that_is_no_column(tmp_path):
    with pytest.raises(BadInput) as caught:
        drafted(tmp_path, GAME,
                ask=lambda question: "clicks" if question.name == "outcomes" else first_choice(question))
    problem, = caught.value.problems
    assert (problem.code, problem.values["names"]) == ("intake.no_outcome", "clicks")
    assert all("sum_rounds" in caught.value.render(language) for language in ("zh", "en"))
    assert not (tmp_path / "p").exists()


def test_one_arm_makes_no_experiment(tmp_path):
    project = drafted(tmp_path, "user_id,variant,converted\n1,b,0\n2,b,1\n")
    assert load_brief(project.folder / "brief.yaml").experiments == []
    text = (project.folder / "brief.yaml").read_text(encoding="utf-8")
    assert "every record is in b" in text and "全部记录都在 b 组" in text


def test_an_outcome_of_one_value_is_no_metric_and_is_told(tmp_path):
    rows = "".join(f"{number},{'ab'[number % 2]},0,{number % 5 - 2}\n" for number in range(60))
    project = drafted(tmp_path, "user_id,variant,clicked,profit\n" + rows)
    assert set(told(project.brief.experiments[0])) == {"profit"}
    text = (project.folder / "brief.yaml").read_text(encoding="utf-8")
    assert "holds one value only" in text and "只有一种取值" in text


@pytest.mark.parametrize(("treated", "shares"), [(4, 0.5), (400, 0.4)])
def test_few_counts_do_not_speak_against_equal_shares(tmp_path, treated, shares):
    """Four of ten say nothing against halves; four hundred of a thousand do."""
    number = {4: 10, 400: 1_000}[treated]
    rows = "".join(f"{place},{int(place < treated)},{place % 2}\n" for place in range(number))
    experiment, = drafted(tmp_path, "user_id,treatment,conversion\n" + rows).brief.experiments
    assert experiment.arms["treated"] == pytest.approx(shares)


@pytest.mark.parametrize("header", ["客户编号,日期,实验组,金额", "customer_id,date,test_group,amount",
                                    "user_id,timestamp,variant,converted", "customer_id,date,treatment_group,revenue"])
def test_a_dated_list_of_subjects_with_an_arm_is_a_test(tmp_path, header):
    rows = "".join(f"c{number},2025-03-{number % 28 + 1:02},{'AB'[number % 2]},{number % 3 % 2}\n"
                   for number in range(1, 101))
    project = drafted(tmp_path, f"{header}\n{rows}", "march.csv")
    experiment, = project.brief.experiments
    assert experiment.arms == {"a": 0.5, "b": 0.5} and len(experiment.metrics) == 1


def test_orders_of_customer_groups_stay_orders(tmp_path):
    rows = "".join(f"c{number % 30},2025-03-{number % 28 + 1:02},{'AB'[number % 2]},{number}\n"
                   for number in range(1, 101))
    project = drafted(tmp_path, f"客户编号,下单时间,分组,金额\n{rows}", "march.csv")
    assert not project.brief.experiments
    assert [source.table for source in project.brief.data.sources] == ["orders"]


def test_an_arm_written_in_two_cases_is_one(tmp_path):
    rows = "".join(f"{number},{('Control', 'control', 'Push', 'PUSH ')[number % 4]},{number % 3 % 2}\n"
                   for number in range(1, 201))
    experiment, = drafted(tmp_path, f"userid,version,converted\n{rows}").brief.experiments
    assert (experiment.arms, experiment.control) == ({"control": 0.5, "push": 0.5}, "control")
