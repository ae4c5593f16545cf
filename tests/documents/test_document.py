"""What stands under the headings: exhibits, the brief, and what is missing."""

from dataclasses import replace

import pytest
from conftest import EMPTY, FILLED, make_project

from relops.documents import document_model
from relops.documents.model import FigureBlock, Heading, LinkRun, OpenRun, Paragraph, TableBlock
from relops.exhibits import plain
from relops.store import Exhibits

LANGUAGES = ("zh", "en")


def section(model, heading_id):
    """The blocks between a heading and the next one."""
    start = next(i for i, b in enumerate(model.blocks) if isinstance(b, Heading) and b.id == heading_id)
    rest = model.blocks[start + 1:]
    end = next(i for i, b in enumerate(rest) if isinstance(b, Heading))
    return rest[:end]


def text_of(blocks):
    return "\n".join(plain(list(block.runs())) for block in blocks)


def styles(blocks):
    return [block.style for block in blocks if isinstance(block, Paragraph)]


@pytest.fixture(scope="module", params=LANGUAGES)
def models(request, filled, exhibits, record):
    return {which: document_model(which, request.param, filled, exhibits, record)
            for which in ("relationship", "word_of_mouth")}


def test_all_headings_stand_in_both_documents(models):
    counts = {which: sum(heading.id[1:2].isdigit() and "." in heading.id for heading in model.headings())
              for which, model in models.items()}
    assert counts == {"relationship": 29, "word_of_mouth": 41}


def test_a_document_opens_with_cover_and_read_first(models):
    for model in models.values():
        assert [block.style for block in model.blocks[:2]] == ["cover_line", "cover_title"]
        assert model.headings()[0].id == "read_first"
        assert [h.id for h in model.headings()[-5:]] == [f"appendix_{letter}" for letter in "ABIKL"]


def test_people_sign_on_the_cover(tmp_path, filled, exhibits, record):
    def signers(project):
        model = document_model("relationship", "en", project, exhibits, record)
        return rows_of(table(model.blocks, "signoff"))

    assert [row[0] for row in signers(filled)] == [
        "Prepared", "Numbers checked", "Approved, consultant", "Accepted, client", "Privacy counsel"]
    named = make_project(tmp_path, EMPTY + "signoff: [{role: 客户方负责人, name: 李, date: 2026-03-05}]\n")
    assert signers(named) == [["客户方负责人", "李", "5 Mar 2026", ""]]


def test_a_section_gives_conclusion_statement_evidence_limits_in_this_order(models):
    blocks = section(models["relationship"], "R1.1")
    assert styles(blocks) == ["action", "body", "evidence", "limits", "missing"]
    assert "60.0%" in text_of(blocks[:1])
    evidence = text_of([blocks[2]])
    for shown in ("2,357", "1997", "at least 2 purchase days", "diagnosis.repeat_rate", "02_diagnosis"):
        assert shown in evidence


def test_tables_and_figures_stand_where_the_outline_puts_them(models):
    blocks = section(models["relationship"], "R3.2")
    table = next(block for block in blocks if isinstance(block, TableBlock))
    assert table.id == "rfm.groups.table"
    assert [plain(list(row[1])) for row in table.rows] == ["283", "95", "—"]
    assert table.caption.number == "3-3"
    figure = next(block for block in blocks if isinstance(block, FigureBlock))
    assert figure.png.exists()
    assert figure.svg.exists()
    assert "12.0%" in plain(list(figure.alt))


def test_labels_of_cells_are_in_the_language_of_the_document(filled, exhibits, record):
    def first_cells(language):
        blocks = section(document_model("word_of_mouth", language, filled, exhibits, record), "W2.1.2")
        return [plain(list(row[0])) for row in next(b for b in blocks if isinstance(b, TableBlock)).rows]

    assert first_cells("zh")[0] == "忠诚者"
    assert first_cells("en")[0] == "Loyal"
    assert "@" not in "".join(first_cells("zh") + first_cells("en"))


def test_merged_rows_are_owned_up_to(models):
    limits = [plain(list(b.runs())) for b in section(models["relationship"], "R3.2")
              if isinstance(b, Paragraph) and b.style == "limits"]
    assert len(limits) == 1
    assert "人数过少" in limits[0] or "too few people" in limits[0]


# the brief ----------------------------------------------------------------------------------------------
def table(blocks, table_id):
    return next(block for block in blocks if isinstance(block, TableBlock) and block.id == table_id)


def rows_of(block):
    return [[plain(list(cell)) for cell in row] for row in block.rows]


def test_values_of_the_brief_are_printed_with_path_and_tag(filled, exhibits, record):
    model = document_model("relationship", "zh", filled, exhibits, record)
    goals = table(section(model, "R3.1"), "brief.goals")
    assert "〔简报 B〕" in plain(list(goals.runs()))
    assert rows_of(goals)[0] == [
        "G1", "retention_12m", "百分点", "+5.0 个百分点", "2027年3月31日", "全部", "必须"]
    assert rows_of(goals)[1][2:4] == ["相对变动", "+10.0%"]
    change = goals.rows[0][3][0]
    assert (change.kind, change.ref) == ("brief", "goals[0].change")


def test_a_list_shows_money_shares_and_three_points(filled, exhibits, record):
    model = document_model("relationship", "en", filled, exhibits, record)
    risk = rows_of(table(section(model, "R5b.1"), "brief.risks"))[0]
    assert risk[3:5] == ["5.0% / 10.0% / 25.0%", "50,000 / 200,000 / 1,500,000"]
    assert rows_of(table(section(model, "R5.2"), "brief.budget.lines"))[1][2] == "CNY 500,000"
    task = rows_of(table(section(model, "R5.3"), "brief.roadmap.tasks"))[0]
    assert task[3] == "20 / 30 / 55"
    assert task[5] == "[to be filled in]"


def test_assumptions_are_tagged_and_put_to_their_owner(filled, exhibits, record):
    model = document_model("relationship", "zh", filled, exhibits, record)
    cell = table(section(model, "R4.2"), "brief.strategies").rows[0][5]
    assert [run.text for run in cell] == ["1.0% / 3.0% / 6.0%", "〔假设 A〕"]
    assert isinstance(cell[1], OpenRun)
    assert "会员运营" in plain(list(cell[1].question))


def test_stakeholders_become_a_matrix_of_responsibilities(filled, exhibits, record):
    matrix = table(section(document_model("relationship", "en", filled, exhibits, record), "R3.4"),
                   "brief.stakeholders")
    assert [plain(list(cell)) for cell in matrix.header] == ["Item", "市场部", "IT"]
    assert rows_of(matrix) == [["T1", "C", "A"], ["S1", "A", "C"]]


def test_external_facts_of_the_lowest_grade_are_not_printed(models):
    blocks = section(models["relationship"], "R2.1")
    facts = table(blocks, "brief.market.facts")
    assert [row[0] for row in rows_of(facts)] == ["到店客流回升"]
    assert "23%" not in text_of(models["relationship"].blocks)
    assert "X" in plain(list(facts.caption.runs()))


def test_a_fact_of_the_lowest_grade_alone_is_missing_as_unverified(tmp_path, exhibits, record):
    brief = EMPTY + "market: {facts: [{text: 增长 9%, source: 某文, grade: D}]}\n"
    model = document_model("relationship", "en", make_project(tmp_path, brief), exhibits, record)
    assert "M5" in [plain(list(row[1]))[:2] for row in missing_rows(model).rows]
    assert "9%" not in text_of(model.blocks)


def test_single_items_share_a_table_with_empty_ones_in_sight(filled, exhibits, record):
    model = document_model("relationship", "zh", filled, exhibits, record)
    scope = table(section(model, "R1.1"), "brief.R1.1")
    assert rows_of(scope) == [["关系对象", "客户"], ["业务单元", "all_stores"],
                              ["不在范围内", "〔待填：scope.exclusions〕"]]


def test_what_the_schema_falls_back_on_is_nobodys_decision(empty, tmp_path, exhibits, record):
    def said(project):
        return text_of(section(document_model("relationship", "en", project, exhibits, record), "R3.3"))

    assert "to be filled in: theory.choice" in said(empty)
    assert "default" not in said(empty)
    chosen = make_project(tmp_path, EMPTY + "theory: {choice: [commitment_trust]}\n")
    assert "commitment_trust" in said(chosen)


# what is missing ------------------------------------------------------------------------------------------
def missing_rows(model):
    return next(block for block in model.blocks if isinstance(block, TableBlock) and block.id == "missing")


def test_gathered_a_bare_heading_carries_one_line_to_the_list(empty, nothing, record):
    model = document_model("relationship", "zh", empty, nothing, record)
    for heading in model.headings():
        if heading.id.startswith("R") and "." in heading.id:
            assert styles(section(model, heading.id)) == ["missing"], heading.id
    blocks = section(model, "R3.1")
    assert text_of(blocks).startswith("本节尚缺〔待填：goals〕、〔待填：phases〕，见附录 K 第 ")
    links = [run for run in blocks[0].runs() if isinstance(run, LinkRun)]
    assert {run.target for run in links} <= set(missing_rows(model).bookmarks)


def test_the_list_is_numbered_and_names_code_field_owner_and_use(empty, nothing, record):
    model = document_model("relationship", "en", empty, nothing, record)
    listed = missing_rows(model)
    rows = rows_of(listed)
    assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    assert listed.bookmarks == tuple(f"missing_{number}" for number in range(1, len(rows) + 1))
    goals = next(row for row in rows if row[3] == "goals")
    assert goals[1:3] == ["M4 brief open", "3.1"]
    assert goals[4] == "the client's lead"
    assert goals[5].startswith("targets by phase beside baseline")
    assignments = next(row for row in rows if row[3] == "assignments")
    assert assignments[1:3] == ["M3 no random control", "3.3, 4.1, 5.2"]


def test_inline_every_sentence_stands_in_place(tmp_path, nothing, record):
    project = make_project(tmp_path, EMPTY + "missing: inline\n")
    model = document_model("word_of_mouth", "zh", project, nothing, record)
    blocks = section(model, "W3.3")
    assert len(blocks) == 5
    said = text_of(blocks)
    assert "〔缺数据〕未提供 工单表 tickets.closed_at，本节不给出：受理到关闭的时长曲线；" in said
    assert "〔待填：loop.owner〕 〔简报待填〕" in said


def test_what_an_exhibit_settles_is_no_longer_missing(empty, exhibits, nothing, record):
    def fields(store, heading):
        model = document_model("relationship", "en", empty, store, record)
        return {row[3] for row in rows_of(missing_rows(model)) if heading in row[2].split(", ")}

    assert "orders.customer_id" in fields(nothing, "1.1")
    assert "orders.customer_id" not in fields(exhibits, "1.1")


def test_what_a_notebook_could_not_say_is_listed_with_its_code(models):
    listed = rows_of(missing_rows(models["relationship"]))
    measure = ("相邻两个十二个月之间的收入变动", "the revenue bridge between two periods of twelve months")
    bridge = next(row for row in listed if row[5] in measure)
    assert bridge[1].startswith("M2")
    assert bridge[2] == "1.2"


def test_data_that_came_but_are_not_evaluated_are_not_called_missing(empty, exhibits, record):
    rows = {"id": "data.tickets.rows_in", "value": 50, "unit": "rows"}
    common = next(iter(exhibits.evidence.values()))
    more = {"data.tickets.rows_in": common | rows,
            "data.tickets.closed_at.fill": common | {"id": "data.tickets.closed_at.fill", "value": 0.9}}
    store: Exhibits = replace(exhibits, evidence=exhibits.evidence | more)
    listed = rows_of(missing_rows(document_model("word_of_mouth", "en", empty, store, record)))
    codes = {row[3]: row[1] for row in listed}
    assert codes["tickets.closed_at"] == "to be analysed"
    assert codes["tickets.reopened_at"] == "M1 not supplied"


def test_numbering_of_the_brief_reaches_headings_captions_and_list(tmp_path, exhibits, record):
    project = make_project(tmp_path, FILLED.replace("meta: {", "meta: {numbering: renumbered, "))
    model = document_model("relationship", "zh", project, exhibits, record)
    heading = next(h for h in model.headings() if h.id == "R5b.1")
    assert heading.number == "6.1"
    assert table(section(model, "R5b.1"), "brief.risks").caption.number == "6-1"


def test_chapters_printed_alike_share_the_numbers_of_their_tables(models):
    blocks = models["relationship"].blocks
    numbers = [block.caption.number for block in blocks if isinstance(block, TableBlock) and block.caption]
    assert len(numbers) == len(set(numbers))
    assert [number for number in numbers if number.startswith("5-")] == ["5-1", "5-2", "5-3", "5-4"]


def test_both_languages_rest_on_the_same_evidence_in_the_same_order(filled, exhibits, record):
    for which in ("relationship", "word_of_mouth"):
        zh, en = (document_model(which, language, filled, exhibits, record) for language in LANGUAGES)
        assert zh.evidence_ids() == en.evidence_ids()
        assert len(zh.evidence_ids()) > 20


def test_the_ledger_holds_every_record_cited(models):
    for model in models.values():
        ledger = next(b for b in model.blocks if isinstance(b, TableBlock) and b.id == "ledger")
        assert {plain(list(row[0])) for row in ledger.rows} == set(model.evidence_ids())


def test_a_run_without_orders_still_says_all_it_can(empty, nothing, record):
    model = document_model("relationship", "en", empty, nothing, record)
    assert "No table was read." in text_of(model.blocks)
    assert "The data support no finding" in text_of(model.blocks)
