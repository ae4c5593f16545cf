"""Each export of the gallery comes in by ``relops new --yes`` and the door, to the totals worked out by hand."""

import pytest
from gallery import CASES, Case, text, write_case
from gallery_abroad import ABROAD
from gallery_elsewhere import ELSEWHERE
from gallery_money import MONEY_ROOM, PROMOTE
from gallery_more import MORE
from gallery_unseen import UNSEEN

from relops.data import ingest
from relops.data.engine import Engine
from relops.data.intake.questions import first_choice
from relops.data.starter import new_project
from relops.project import Project

MONEY = "SELECT count(*) FILTER (NOT is_refund), coalesce(sum(amount) FILTER (NOT is_refund), 0), " \
        "coalesce(-sum(amount) FILTER (is_refund), 0), count(DISTINCT customer_id) FROM orders"


@pytest.fixture(autouse=True)
def no_forms(monkeypatch):
    """Workbook, templates and schema of a new project are tested elsewhere, and take longer than a file does here."""
    for name in ("write_workbook", "write_templates"):
        monkeypatch.setattr(f"relops.data.starter.{name}", lambda *_: None)
    monkeypatch.setattr("relops.data.starter.brief_schema", dict)


@pytest.mark.parametrize("case", [*CASES, *MORE, *UNSEEN, *ELSEWHERE, *ABROAD, *MONEY_ROOM], ids=lambda case: case.name)
def test_the_gallery(case: Case, tmp_path):
    asked = []

    def ask(question):
        asked.append(question.name)
        return first_choice(question)

    files = write_case(case, tmp_path / "exports")
    # the day after the last record: the door takes the last day of an export for unfinished
    folder = new_project(tmp_path / "p", [files], data_end="2024-05-01", ask=ask)
    audit = ingest(Project.open(folder), tmp_path / "engine.duckdb", tmp_path / "private" / "quarantine")
    assert tuple(audit.rows(case.table, f"rows_{name}") for name in (
        "in", "used", "merged", "superseded", "excluded", "refused")) == case.classes
    with Engine.open(tmp_path / "engine.duckdb") as engine:
        if case.table == "orders":
            orders, gross, refunds, customers = engine.rows(MONEY)[0]
            assert (orders, float(gross), float(refunds), customers) == (
                case.orders, case.gross, case.refunds, case.customers)
            assert audit.rows("orders", "rows_anonymous") == case.anonymous
        if case.query:
            assert engine.rows(case.query) == case.answer
    allowed = {"name", "time_basis", "amount_basis", *(("currency", "timezone") if case.guessed else ())}
    allowed |= {"currency", "timezone"} if not any("\u4e00" <= letter <= "\u9fff" for letter in case.name) else set()
    assert set(asked) <= allowed | set(case.asks) | ({"outcomes"} if case.table == "assignments" else set())


def test_a_whole_folder_of_exports_asks_three_questions(tmp_path):
    """Orders of three shops, customers, contacts, a survey, payments: which day, which amount, the client's name."""
    for name in ("有赞订单", "淘宝订单与宝贝明细", "抖店", "有赞客户", "企业微信客户", "问卷星"):
        write_case(next(case for case in CASES if case.name == name), tmp_path / "exports")
    asked = []

    def ask(question):
        asked.append(question.name)
        return first_choice(question)

    folder = new_project(tmp_path / "p", [tmp_path / "exports"], ask=ask)
    assert asked == ["time_basis", "amount_basis", "name"]
    brief = Project.open(folder).brief
    assert (brief.finance.currency, brief.period.timezone) == ("CNY", "Asia/Shanghai")
    assert [source.files for source in brief.data.sources] == [
        "data/ExportOrderDetailList.csv", "data/ExportOrderList.csv", "data/抖店订单.csv", "data/有赞订单_*.csv",
        "data/客户.csv", "data/客户列表.csv", "data/问卷.csv"]
    assert dict(brief.data.identity) == {
        "orders": ["taobao_id", "phone"], "customers": ["phone"], "touches": ["phone"]}
    audit = ingest(Project.open(folder), tmp_path / "engine.duckdb", tmp_path / "private" / "quarantine")
    assert audit.rows("orders", "rows_in") == 8 + 4 + 6


def made(case, tmp_path, change=lambda content: content):
    """Make a project on a case's files, and return its brief and the facts of each question."""
    folder, asked = write_case(case, tmp_path / "exports"), {}
    for file in folder.iterdir():
        file.write_bytes(change(file.read_bytes()))

    def ask(question):
        asked[question.name] = question.facts
        return first_choice(question)

    return Project.open(new_project(tmp_path / "p", [folder], ask=ask)).brief, asked


def test_the_currency_is_that_of_the_files_own_column(tmp_path):
    brief, asked = made(next(case for case in UNSEEN if case.name == "Shopify with commas"), tmp_path)
    assert brief.finance.currency == "EUR" and "currency" not in asked


def test_an_unknown_status_is_asked_where_an_expression_tells_it(tmp_path):
    """The status of Pinduoduo is made of two columns; a value nobody knows is asked with its rows and money."""
    case = next(case for case in CASES if case.name == "拼多多")
    _, asked = made(case, tmp_path, lambda content: content.replace("已收货".encode(), "拼团中".encode()))
    assert asked["statuses"] == (("拼团中", "1", "55.00"),)


@pytest.mark.parametrize(("name", "facts"), [
    ("refund states in doubt", (("Refund Status: Completed", "1", "70.00"), ("Refund Status: Code 7", "1", "30.00"))),
    ("陌生的业务类型", (("调账", "1", "-50.00"), ("内部调拨", "1", "30.00"))),
    ("strange kinds", (("PreApproved Payment Bill User Payment", "1", "-35.50"), ("Gizmo", "1", "10.00")))])
def test_what_further_columns_say_of_an_order_is_asked_where_nobody_can_class_it(name, facts, tmp_path):
    _, asked = made(next(case for case in MONEY_ROOM if case.name == name), tmp_path)
    assert set(asked["statuses"]) == set(facts)


@pytest.mark.parametrize("name", ["Net and gross", "价税合计", "Paid and due", "Netto und Brutto", "HT et TTC",
                                  "无税金额", "Subtotal and total", "售价与结算价"])
def test_two_amounts_of_one_sale_are_asked_for(name, tmp_path):
    _, asked = made(next(case for case in MONEY_ROOM if case.name == name), tmp_path)
    assert len(asked["amount_basis"]) == 2


@pytest.mark.parametrize(("header", "cell", "offset", "currency", "zone"), [
    ("Total", "€12.50", "+0100", "EUR", "Europe/Berlin"), ("Total", "£12.50", "+0000", "GBP", "UTC"),
    ("Total", "12.50", "-0500", "USD", "America/New_York"), ("Total", "12.50", "+08:00", "USD", "Asia/Shanghai"),
    ("実付金額", "1250円", "", "JPY", "Asia/Tokyo"), ("合計金額", "1250", "", "JPY", "Asia/Tokyo"),
    ("訂單金額", "1250", "", "TWD", "Asia/Taipei"),
    ("買家付款金額", "1250", "", "TWD", "Asia/Taipei"), ("金額（港幣）", "1250", "", "HKD", "Asia/Hong_Kong")])
def test_signs_and_offsets_in_the_cells_propose_currency_and_time_zone(header, cell, offset, currency, zone, tmp_path):
    time = "注文日時" if header == "実付金額" else "Created at"
    rows = [f"{n},2024-01-{n + 1:02} 10:00:00 {offset},c{n},{cell}" for n in range(5)]
    case = Case("place", {"orders.csv": text(f"Order ID,{time},Customer ID,{header}".replace("実付", "支払"), *rows)},
                "orders", ())
    brief, _ = made(case, tmp_path)
    assert (brief.finance.currency, brief.period.timezone) == (currency, zone)


def test_headers_of_columns_that_nothing_takes_tell_the_country_too(tmp_path):
    brief, _ = made(next(case for case in MONEY_ROOM if case.name == "レジの入金"), tmp_path)
    assert (brief.finance.currency, brief.period.timezone) == ("JPY", "Asia/Tokyo")


def test_lines_of_another_shop_that_counts_from_one_keep_their_money(tmp_path):
    """Numbers alone say nothing: only on the same days are they the same orders."""
    orders = text("order_id,order_date,customer_id,order_total", *(f"{n},2024-03-{n:02},c{n},25" for n in range(1, 9)))
    lines = text("order_id,order_date,customer_id,sku,quantity,amount",
                 *(f"{n},2024-04-{n:02},d{n},S{item},1,10" for n in range(1, 9) for item in (1, 2)))
    case = Case("two shops", {"north.csv": orders, "south.csv": lines}, "orders", ())
    brief, _ = made(case, tmp_path)
    assert {source.files: "amount" in source.columns for source in brief.data.sources} == {
        "data/north.csv": True, "data/south.csv": True}


def test_questions_of_a_survey_that_are_not_read_are_listed(tmp_path):
    folder = write_case(PROMOTE[0], tmp_path / "exports")
    project = Project.open(new_project(tmp_path / "p", [folder]))
    audit = ingest(project, tmp_path / "engine.duckdb", tmp_path / "private" / "quarantine")
    assert [(one.column, one.rows) for one in audit.warnings if one.reason == "not_asked"] == [("您的年龄段", 3)]
