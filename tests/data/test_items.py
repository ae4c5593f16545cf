"""Items squeezed into one cell: split where nearly all of them say how many, left alone where they do not."""

import pytest
from door_project import orders

HEAD = "order,date,amount,customer,items\n"
COLUMNS = {"order_id": "order", "product": "items"}


def products(through):
    return through.rows("SELECT product, quantity FROM orders ORDER BY order_id")


@pytest.mark.parametrize("cell", [
    "龙井 250g×2；白瓷杯×1", "龙井 250g x2;白瓷杯 x1", "龙井 250g(2件)；白瓷杯（1件）",
    "龙井 250g【数量:2】|白瓷杯【数量:1】",
    "龙井 250g*2，白瓷杯*1", '"龙井 250g(2件),白瓷杯(1件)"', "龙井 250g 2件┋白瓷杯 1件", '"龙井 250g*2\n白瓷杯*1"'])
def test_a_known_form_is_split(door, cell):
    through = door({"o.csv": HEAD + f"A,2025-01-01,5,x,{cell}\nB,2025-01-02,5,x,\n"}, orders(columns=COLUMNS))
    assert products(through) == [("龙井 250g", 3), (None, None)]
    assert through.rows("SELECT products FROM orders ORDER BY order_id") == [("龙井 250g; 白瓷杯",), (None,)]
    assert through.classes() == (2, 2, 0, 0, 0, 0)


def test_a_comma_in_a_name_parts_nothing(door):
    rows = "".join(f"{name},2025-01-01,5,x,红茶，礼盒装*2\n" for name in "AB")
    through = door({"o.csv": HEAD + rows}, orders(columns=COLUMNS))
    assert through.rows("SELECT product FROM orders") == [("红茶，礼盒装*2",)] * 2


def test_an_unknown_form_is_left_alone(door):
    rows = "A,2025-01-01,5,x,tea; cup\nB,2025-01-02,5,x,iPhone x2\n"
    through = door({"o.csv": HEAD + rows}, orders(columns=COLUMNS))
    assert through.rows("SELECT product FROM orders ORDER BY order_id") == [("tea; cup",), ("iPhone x2",)]


def test_the_brief_can_keep_cells_whole_and_a_stated_quantity_counts(door):
    rows = "A,2025-01-01,5,x,tea x2;cup x1,9\n"
    head = HEAD.replace("items", "items,n")
    through = door({"o.csv": head + rows}, orders(columns=COLUMNS | {"quantity": "n"}))
    assert products(through) == [("tea", 9)]
    through = door({"o.csv": HEAD + rows.replace(",9", "")}, orders(columns=COLUMNS, items="whole"))
    assert through.rows("SELECT product FROM orders") == [("tea x2;cup x1",)]
