"""A dirty edition: each fault as often as the truth says, and the door's answer to each."""


import pytest

from relops.data.demo.dirt import ENCODINGS, SHARES


@pytest.fixture(scope="module")
def dirty(land):
    return land(customers=2_000, seed=9, dirty=True)


@pytest.fixture(scope="module")
def truth(dirty):
    return dirty.truth


def test_every_fault_occurs(truth):
    dirt = truth["dirt"]
    assert [name for name in SHARES if dirt[name] < 3] == []
    assert dirt["slow_till_rows"] > dirt["slow_till_day_changed"] > 0
    assert dirt["encodings"] == {"gb18030": 2, "utf-8-sig": 1, "utf-8": 2}


def test_rows_land_where_the_truth_says(dirty, truth):
    orders = next(count for count in dirty.audit.counts if count.table == "orders")
    for name in ("rows_in", "rows_used", "rows_merged", "rows_superseded", "rows_refused", "rows_excluded"):
        assert getattr(orders, name) == truth["evidence"][f"data.orders.{name}"]["value"], name
    assert orders.rows_merged == truth["dirt"]["duplicates"]
    assert {(one.reason, one.column) for one in dirty.audit.refusals} == {("unparsable_date", "ordered_at")}


def test_money_left_is_that_of_the_truth(dirty, truth):
    gross, net = dirty.engine.rows("SELECT sum(amount), sum(net_amount) FROM purchases")[0]
    assert float(gross) == truth["evidence"]["data.orders.gross"]["value"]
    assert float(net) == truth["evidence"]["data.orders.net"]["value"]
    assert dirty.audit.refunds.unmatched == 0


def test_blanks_and_formulas_round_an_id_cost_nothing_and_lost_zeros_split(dirty, truth):
    strangers = dirty.engine.value("SELECT count(DISTINCT o.customer_id) FROM orders o "
                                   "ANTI JOIN customers c USING (customer_id) WHERE o.customer_id IS NOT NULL")
    assert strangers == truth["dirt"]["customers_split"] > 0


def test_refunds_come_before_their_orders(dirty, truth):
    early = dirty.engine.value("SELECT count(*) FROM orders r JOIN orders o ON r.refund_of = o.order_id "
                               "WHERE r.is_refund AND r.ordered_at < o.ordered_at")
    assert early == truth["dirt"]["refunds_before_purchases"]


def test_files_are_in_the_encodings_told(dirty):
    for year, encoding in ENCODINGS.items():
        path, = (dirty.folder / "data").glob(f"orders_{year}_*.csv")
        assert "茶" in path.read_text(encoding=encoding)
        if encoding == "gb18030":
            with pytest.raises(UnicodeDecodeError):
                path.read_text(encoding="utf-8")
