"""What columns leave open is asked: the day an order counts on, the amount that is revenue, what 1.250 is."""

from __future__ import annotations

import openpyxl
import pytest
from door_project import Door

from relops.brief import load_brief
from relops.data.intake.questions import first_choice
from relops.data.starter import new_project
from relops.errors import BadInput

HEADS = {
    "bill": ("账单号,开台时间,结账时间,营业日期,应收金额,实收金额,会员手机号",
             "B1,2025-03-01 23:30:00,2025-03-02 00:40:00,2025-03-01,120.00,110.00,13800000001",
             "B2,2025-03-02 12:00:00,2025-03-02 13:00:00,2025-03-02,200.50,200.50,13800000002"),
    "check": ("Order Id,Opened,Paid,Closed,Amount,Tax,Tip,Total,Customer Id",
              "91,2025-03-01 18:30:00,2025-03-01 19:45:00,2025-03-01 19:46:00,50.00,4.00,10.00,64.00,C1",
              "92,2025-03-02 18:30:00,2025-03-02 19:45:00,2025-03-02 19:46:00,20.00,1.60,4.00,25.60,C2"),
    "taxes": ("Order ID,Customer ID,Order Date,Order Total (inc tax),Order Total (ex tax)",
              "101,7,2025-03-01,16.20,15.00", "102,8,2025-03-02,27.00,25.00"),
    "goods": ("Order ID,Order Creation Date,Product Subtotal,Total Amount,Username (Buyer)",
              "A,2025-03-01 10:00,10.00,12.00,u1", "B,2025-03-02 10:00,20.00,22.00,u2"),
}
WAYS = {
    "bill": {"time": {"completed": "结账时间", "created": "开台时间 → 结账时间", "business_day": "营业日期 → 结账时间"},
             "amount": {"received": "实收金额", "payable": "应收金额"}},
    "check": {"time": {"created": "Opened", "paid": "Paid → Opened", "completed": "Closed → Opened"},
              "amount": {"goods": "Amount", "payable": "Total"}},
    "taxes": {"amount": {"gross": "Order Total (inc tax)", "net": "Order Total (ex tax)"}},
    "goods": {"amount": {"payable": "Total Amount", "goods": "Product Subtotal"}},
}


def started(tmp_path, content, **choices):
    """Return the source of a project on one file, and the questions asked: name → facts."""
    path, asked = tmp_path / "export.csv", {}
    path.write_text(content, encoding="utf-8")

    def ask(question):
        asked[question.name] = question.facts
        return choices.get(question.name) or first_choice(question)

    folder = new_project(tmp_path / "p", [path], ask=ask)
    source, = load_brief(folder / "brief.yaml").data.sources
    return source, asked


@pytest.mark.parametrize("kind", HEADS)
def test_every_way_that_columns_offer_is_asked_for(tmp_path, kind):
    _, asked = started(tmp_path, "\n".join(HEADS[kind]) + "\n")
    bases = {name.removesuffix("_basis"): facts for name, facts in asked.items() if name.endswith("_basis")}
    found = {basis: {way.removeprefix(f"@intake.choice.{basis}_"): headers for _, way, headers in facts}
             for basis, facts in bases.items()}
    assert found == WAYS[kind]


def test_the_way_that_was_chosen_is_taken(tmp_path):
    source, _ = started(tmp_path, "\n".join(HEADS["bill"]) + "\n", time_basis="business_day", amount_basis="payable")
    assert source.columns["ordered_at"].sql == 'coalesce("营业日期", "结账时间")'
    assert source.columns["amount"] == "应收金额"


GERMAN = ("Bestellnummer;Datum;Kundennummer;Betrag\nA1;2025-03-01;K1;1.250\nA2;2025-03-02;K2;990\n"
          "A3;2025-03-03;K1;2.400\n")
SHIPPED = ("Bestellnummer;Datum;Kundennummer;Betrag;Versand\nA1;2025-03-01;K1;1.250;4,90\nA2;2025-03-02;K2;990;5\n"
           "A3;2025-03-03;K1;2.400;4,90\n")
PLAIN = GERMAN.replace("990", "9.5")
MAPPED = {"order_id": "Bestellnummer", "ordered_at": "Datum", "customer_id": "Kundennummer", "amount": "Betrag"}


def test_whether_points_part_thousands_is_asked_where_nothing_tells(tmp_path):
    source, asked = started(tmp_path, GERMAN)
    assert asked["decimal"] == (("export.csv", "Betrag", "1.250"),) and source.decimal == "comma"
    (tmp_path / "other").mkdir()
    assert started(tmp_path / "other", GERMAN, decimal="point")[0].decimal == "point"


@pytest.mark.parametrize("content", [SHIPPED, PLAIN, GERMAN.replace(";", ",")])
def test_it_is_not_asked_where_something_does(tmp_path, content):
    source, asked = started(tmp_path, content)
    assert "decimal" not in asked and source.decimal == "auto"


@pytest.mark.parametrize(("content", "stated", "amounts"), [
    (GERMAN, "comma", [1250, 990, 2400]), (GERMAN, "point", [1.25, 990, 2.4]), (SHIPPED, "auto", [1250, 990, 2400]),
    (PLAIN, "auto", [1.25, 9.5, 2.4]), (GERMAN.replace("1.250", "1,250"), "comma", [1.25, 990, 2400])])
def test_the_door_reads_points_as_stated(tmp_path, content, stated, amounts):
    door = Door(tmp_path, {"o.csv": content}, {"table": "orders", "decimal": stated, "columns": MAPPED})
    assert [float(amount) for amount, in door.rows("SELECT amount FROM orders ORDER BY order_id")] == amounts


def test_the_door_refuses_what_can_be_read_in_two_ways(tmp_path):
    with pytest.raises(BadInput) as caught:
        Door(tmp_path, {"o.csv": GERMAN}, {"table": "orders", "columns": MAPPED})
    problem, = caught.value.problems
    assert (problem.code, problem.place, problem.values) == (
        "data.door.thousands", "brief.yaml data.sources[0].decimal", {"column": "Betrag", "example": "1.250"})
    assert all(caught.value.render(language) for language in ("zh", "en"))


def test_a_workbook_of_written_amounts_is_asked_about_too(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Bestellnummer", "Datum", "Kundennummer", "Betrag", "Versand"],
                ["A1", "2025-03-01", "K1", "1.234 €", "4,90 €"], ["A2", "2025-03-02", "K2", "990 €", "5 €"],
                ["A3", "2025-03-03", "K1", "2.500 €", "4,90 €"]):
        book.active.append(row)
    book.save(tmp_path / "o.xlsx")
    asked = []

    def ask(question):
        asked.append(question.name)
        return first_choice(question)

    folder = new_project(tmp_path / "p", [tmp_path / "o.xlsx"], ask=ask)
    source, = load_brief(folder / "brief.yaml").data.sources
    assert "decimal" in asked and source.decimal == "comma"
    door = Door(tmp_path / "d", {"o.xlsx": (tmp_path / "o.xlsx").read_bytes()}, {
        "table": "orders", "decimal": "comma", "columns": MAPPED})
    assert [float(amount) for amount, in door.rows("SELECT amount FROM orders ORDER BY order_id")] == [1234, 990, 2500]
    with pytest.raises(BadInput):
        Door(tmp_path / "e", {"o.xlsx": (tmp_path / "o.xlsx").read_bytes()}, {"table": "orders", "columns": MAPPED})


@pytest.mark.parametrize("amounts", [(1.234, 990, 2.5), (1.125, 2.375, 7), ("0.250", "1.250", "2.500")])
def test_numbers_with_three_decimals_are_no_question(tmp_path, amounts):
    book = openpyxl.Workbook()
    book.active.append(["order_id", "order_date", "customer_id", "amount"])
    for number, amount in enumerate(amounts):
        book.active.append([f"A{number}", "2025-03-01", f"K{number}", amount])
    book.save(tmp_path / "o.xlsx")
    columns = {name: name for name in ("order_id", "customer_id", "amount")} | {"ordered_at": "order_date"}
    door = Door(tmp_path / "d", {"o.xlsx": (tmp_path / "o.xlsx").read_bytes()}, {"table": "orders", "columns": columns})
    assert [float(amount) for amount, in door.rows("SELECT amount FROM orders ORDER BY order_id")] == [
        float(amount) for amount in amounts]
