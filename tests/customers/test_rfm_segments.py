"""Cuts of every kind, named segments, migration, stability and likelihood: rules held, tables counted by hand."""

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from relops.customers.history_summary import margin_rate
from relops.customers.order_summary import gap_summary, revenue_summary
from relops.customers.rfm import findings, score_exhibits, segment_exhibits, tables
from relops.customers.rfm import likelihood as likely
from relops.customers.rfm import summary as ask
from relops.customers.rfm.groups import GROUPS, GroupRules, group_rules
from relops.customers.rfm.migration import NEWCOMER, earlier_day, migration
from relops.customers.rfm.scores import (
    SCORES,
    CutPoints,
    CutRules,
    cut_points,
    cut_rules,
    nest_frequency,
    nest_monetary,
    rulers_to_freeze,
    score,
    score_table,
)
from relops.customers.rfm.segments import OTHERS, TRADE_SEGMENTS, five, name_segments, segment_rules, segment_table
from relops.customers.rfm.stability import score_stability
from relops.errors import BadInput
from relops.exhibits import plain, render_finding
from relops.store import suppress_table
from relops.style import use_style

DAY = datetime.date


def scored(bought, wanted: CutRules, locked=None):
    """Cut points and scores, as the notebook asks for them."""
    days, end = bought.purchase_days, bought.data_end
    histories = ask.recency_frequency_summary(days, end)
    cuts = cut_points(histories, revenue_summary(days), wanted, locked or {})
    cuts = nest_frequency(cuts, histories, wanted, locked or {})
    cuts = nest_monetary(cuts, ask.totals_by_cell_summary(days, end, cuts), wanted, locked or {})
    return cuts, ask.score_summary(days, end, cuts)


def each_customer(bought) -> pd.DataFrame:
    days = bought.purchase_days.to_pandas()
    each = days.groupby("customer_id").agg(last=("day", "max"), frequency=("day", "size"), monetary=("amount", "sum"))
    each["recency"] = (pd.Timestamp(bought.data_end) - pd.to_datetime(each["last"])).dt.days
    return each.assign(monetary=each["monetary"].astype(float))


@given(st.integers(2, 10), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_trade_segments_take_every_score_once(bins, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"{letter}_score": rng.integers(1, bins + 1, 60) for letter in SCORES})
    names = name_segments(frame, TRADE_SEGMENTS, bins)
    assert set(names) <= {rule.name for rule in TRADE_SEGMENTS}
    # the first rule that holds, counted one by one
    for row, name in zip(frame.itertuples(index=False), names, strict=True):
        holds = [rule.name for rule in TRADE_SEGMENTS
                 if all(getattr(rule, letter)[0] <= five(own, bins) <= getattr(rule, letter)[1]
                        for letter, own in zip(SCORES, row, strict=True))]
        assert holds[0] == name


def test_ten_segments_and_their_boxes():
    grid = pd.DataFrame([(r, f, 3) for r in range(1, 6) for f in range(1, 6)],
                        columns=[f"{letter}_score" for letter in SCORES])
    names = pd.Series(name_segments(grid, TRADE_SEGMENTS, 5)).value_counts()
    assert names.to_dict() == {"champions": 2, "loyal_customers": 4, "potential_loyalists": 4, "new_customers": 1,
                               "promising": 1, "need_attention": 1, "about_to_sleep": 2, "cannot_lose": 2,
                               "at_risk": 4, "hibernating": 4}
    assert [five(own, 2) for own in (1, 2)] == [1, 5] and [five(own, 3) for own in (1, 2, 3)] == [1, 3, 5]


def test_the_engine_names_as_the_rules_do(sample):
    cuts, scores = scored(sample, cut_rules(5))
    table = segment_table(ask.segment_summary(sample.purchase_days, sample.data_end, cuts, TRADE_SEGMENTS),
                          TRADE_SEGMENTS)
    counted = scores.assign(segment=name_segments(scores, TRADE_SEGMENTS, 5)).groupby("segment")["customers"].sum()
    assert table.set_index("segment")["customers"].to_dict() == {
        rule.name: int(counted.get(rule.name, 0)) for rule in TRADE_SEGMENTS}
    assert int(table["customers"].sum()) == 2357
    # medians of one segment against every customer
    each = each_customer(sample)
    own = each[(score(each["recency"].to_numpy(), cuts.recency, low_is_good=True) == 5)
               & (score(each["frequency"].to_numpy(), cuts.frequency) >= 4)]
    row = table.set_index("segment").loc["champions"]
    assert row[["recency_days", "purchase_days", "spend"]].tolist() == pytest.approx(
        [own["recency"].median(), own["frequency"].median(), own["monetary"].median()])


def test_rules_of_the_brief_take_the_place_of_the_trades(sample):
    rules = segment_rules([{"name": "stars", "label": "明星", "recency": [4, 5], "monetary": [5, 5]},
                           {"name": "recent", "recency": [4, 5]}])
    cuts, _ = scored(sample, cut_rules(5))
    table = segment_table(ask.segment_summary(sample.purchase_days, sample.data_end, cuts, rules), rules)
    assert table["segment"].tolist() == ["stars", "recent", OTHERS]
    assert int(table["customers"].sum()) == 2357
    said, = segment_exhibits.say_segments(table, "USD", rules=rules)
    assert "明星" in plain(render_finding(said, "zh"))
    assert segment_rules("default") is TRADE_SEGMENTS


def test_faulty_rules_are_told_together():
    with pytest.raises(BadInput) as caught:
        segment_rules([{"name": "Big Spender"}, {"name": "a", "recency": [4, 6]}, {"name": "b", "money": [1, 2]},
                       {"name": "c"}, {"name": "c"}])
    assert [problem.place for problem in caught.value.problems] == [
        f"brief.yaml segments.rules[{place}]" for place in (0, 1, 2, 4)]


def test_faulty_cuts_are_told_together():
    with pytest.raises(BadInput) as caught:
        cut_rules(5, binning="deep", shares="0.5, 0.2", recency="3, 1", frequency="a, b")
    assert [problem.place.removeprefix("03_rfm_segments.") for problem in caught.value.problems] == [
        "binning", "shares", "recency_cuts", "frequency_cuts"]
    for language in ("zh", "en"):
        assert caught.value.render(language)


def test_own_shares_and_fixed_cuts(sample):
    each = each_customer(sample)
    cuts, scores = scored(sample, cut_rules(5, shares="0.5, 0.8，0.95"))
    assert cuts.bins == 4 and cuts.monetary == pytest.approx(np.quantile(each["monetary"], [0.5, 0.8, 0.95]))
    fixed, scores = scored(sample, cut_rules(4, frequency="1, 3, 6", monetary="20, 60, 200"),
                           {f"rfm.{letter}_cuts": [10, 20, 30] for letter in SCORES})
    # the letter that is not fixed keeps what the lock froze
    assert (fixed.source, fixed.recency, fixed.frequency) == ("brief", (10, 20, 30), (1, 3, 6))
    by_hand = pd.cut(each["monetary"], [-np.inf, 20, 60, 200, np.inf], labels=[1, 2, 3, 4]).value_counts()
    assert score_table(scores, fixed)["monetary_customers"].tolist() == [by_hand[own] for own in (1, 2, 3, 4)]


def test_nested_cuts_are_quantiles_within_the_scores_before(sample):
    cuts, scores = scored(sample, cut_rules(3, binning="nested"))
    each, steps = each_customer(sample), (1 / 3, 2 / 3)
    each["r"] = score(each["recency"].to_numpy(), cuts.recency, low_is_good=True)
    for r, part in each.groupby("r"):
        assert cuts.nested_frequency[r] == pytest.approx(np.quantile(part["frequency"], steps))
        each.loc[part.index, "f"] = score(part["frequency"].to_numpy(), cuts.nested_frequency[r])
    for (r, f), part in each.groupby(["r", "f"]):
        assert cuts.nested_monetary[(r, int(f))] == pytest.approx(np.quantile(part["monetary"], steps))
        each.loc[part.index, "m"] = score(part["monetary"].to_numpy(), cuts.nested_monetary[(r, int(f))])
    by_hand = each.groupby(["r", "f", "m"]).size()
    engine = scores.set_index([f"{letter}_score" for letter in SCORES])["customers"]
    assert engine.tolist() == by_hand.tolist() and int(engine.sum()) == 2357
    frozen = rulers_to_freeze(None, cuts)
    assert frozen["rfm.nested_frequency_cuts"][0][0] == 1
    again, _ = scored(sample, cut_rules(3, binning="nested"), frozen)
    assert (again.nested_frequency, again.nested_monetary) == (cuts.nested_frequency, cuts.nested_monetary)
    moved = frozen | {"rfm.nested_frequency_cuts": [[1, 7.0, 9.0]]}
    assert scored(sample, cut_rules(3, binning="nested"), moved)[0].nested_frequency[1] == (7.0, 9.0)
    assert len(tables.tabulate_scores(score_table(scores, cuts), cuts, "USD")) == 3


def test_equal_customers_share_a_score_under_any_cut(sample):
    for wanted in (cut_rules(7), cut_rules(5, binning="nested"), cut_rules(3, shares="0.1,0.9")):
        cuts, scores = scored(sample, wanted)
        single = scores[scores["orders"] == scores["customers"]]
        if not cuts.nested:
            assert set(single["frequency_score"]) == {1}
        assert int(scores["customers"].sum()) == 2357


def test_moves_by_hand(make_purchases):
    rules = GroupRules(2, 30.0, 90.0, 99, {}, None, None)
    rows = [("a", DAY(2024, 5, 20), 1), ("a", DAY(2024, 5, 25), 1), ("a", DAY(2024, 11, 20), 1),  # loyal, loyal
            ("b", DAY(2024, 5, 20), 1), ("b", DAY(2024, 5, 28), 1),  # loyal, churned
            ("c", DAY(2024, 3, 20), 1), ("c", DAY(2024, 9, 25), 1),  # dormant, dormant
            ("d", DAY(2024, 1, 2), 1), ("e", DAY(2024, 11, 25), 1)]  # churned, churned; new, riser
    bought = make_purchases(rows, DAY(2024, 11, 30))
    moves = ask.migration_summary(bought.purchase_days, DAY(2024, 5, 31), bought.data_end, rules)
    assert {(row.origin, row.destination): row.customers for row in moves.itertuples(index=False)} == {
        ("loyal", "loyal"): 1, ("loyal", "churned"): 1, ("dormant", "dormant"): 1, ("churned", "churned"): 1,
        (NEWCOMER, "riser"): 1}


@given(st.lists(st.integers(0, 60), min_size=20, max_size=20))
@settings(max_examples=20, deadline=None)
def test_every_origin_splits_into_shares_that_add_up(counts):
    grid = [(origin, destination) for origin in (*GROUPS, NEWCOMER) for destination in GROUPS]
    moves = pd.DataFrame(grid, columns=["origin", "destination"]).assign(customers=counts).query("customers > 0")
    result = migration(moves, (DAY(2023, 1, 1), 12), DAY(2024, 1, 1))
    assert len(result.cells) == 20 and int(result.cells["customers"].sum()) == sum(counts)
    for _, part in result.cells.groupby("origin"):
        if part["of"].iloc[0]:
            assert part["share"].sum() == pytest.approx(1)
            assert ((part["low"] <= part["share"]) & (part["share"] <= part["high"])).all()
    for table in segment_exhibits.tabulate_migration(result):
        listed = suppress_table(table).frame
        shown = listed["customers"].dropna()
        assert (shown >= 10).all() and len(shown) == len(listed)


def test_dirichlet_margin():
    moves = pd.DataFrame([("loyal", "loyal", 30), ("loyal", "churned", 10)],
                         columns=["origin", "destination", "customers"])
    cell = migration(moves, (DAY(2023, 1, 1), 12), DAY(2024, 1, 1)).cell("loyal", "churned")
    assert (cell["share"], cell["low"], cell["high"]) == pytest.approx(
        (0.25, *beta.ppf([0.025, 0.975], 10.5, 31.5)))


def test_the_earlier_day_leaves_as_much_before_it_as_after():
    assert earlier_day(DAY(2022, 1, 1), DAY(2024, 6, 30)) == (DAY(2023, 6, 30), 12)
    assert earlier_day(DAY(2023, 3, 1), DAY(2024, 6, 30)) == (DAY(2023, 12, 30), 6)
    short = earlier_day(DAY(2024, 3, 1), DAY(2024, 6, 30))
    assert short.code == "M2" and short.numbers["found"].value == 122


def test_stability_is_seeded_and_sees_the_crowd(sample):
    days, wanted = sample.purchase_days, cut_rules(5)
    histories, totals = ask.recency_frequency_summary(days, sample.data_end), revenue_summary(days)
    cuts = cut_points(histories, totals, wanted, {})
    one, two = (score_stability(histories, totals, cuts, wanted, 7) for _ in range(2))
    pd.testing.assert_frame_equal(one.letters, two.letters)
    assert one.letters["unchanged"].between(0.5, 1).all()
    # against a bootstrap of the customers themselves
    each, rng = each_customer(sample)["monetary"].to_numpy(), np.random.default_rng(1)
    own = [np.quantile(rng.choice(each, len(each)), 0.8) for _ in range(200)]
    row = one.cuts[(one.cuts["letter"] == "monetary") & (one.cuts["place"] == 4)].iloc[0]
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(own, [0.025, 0.975])), rel=0.05)
    fixed = cut_rules(5, frequency="1, 2, 3, 4")
    held = score_stability(histories, totals, cut_points(histories, totals, fixed, {}), fixed, 7)
    assert held.letters.set_index("letter").loc["frequency", "unchanged"] == 1


def test_nested_scores_are_redrawn_within_their_cells(sample):
    """R as ever; F within each R, M within each pair of both: against a bootstrap of the customers of one cell."""
    days, wanted = sample.purchase_days, cut_rules(3, binning="nested")
    histories, totals = ask.recency_frequency_summary(days, sample.data_end), revenue_summary(days)
    cuts = nest_frequency(cut_points(histories, totals, wanted, {}), histories, wanted, {})
    by_cell = ask.totals_by_cell_summary(days, sample.data_end, cuts)
    cuts = nest_monetary(cuts, by_cell, wanted, {})
    nested = score_stability(histories, totals, cuts, wanted, 7, by_cell)
    plain = score_stability(histories, totals, cuts, cut_rules(3), 7)
    own, other = (one.letters.set_index("letter") for one in (nested, plain))
    assert own.loc["recency"].equals(other.loc["recency"])
    assert own.loc["monetary", "unchanged"] < other.loc["monetary", "unchanged"]  # cells hold fewer customers
    assert set(nested.cuts["letter"]) == {"recency"}
    alone = by_cell[(by_cell["recency_score"] == 3) & (by_cell["frequency_score"] == 1)]
    values, rng = np.repeat(alone["revenue"], alone["customers"]).to_numpy(), np.random.default_rng(1)
    points = np.quantile(values, [1 / 3, 2 / 3])
    kept = [np.mean(np.searchsorted(np.quantile(rng.choice(values, len(values)), [1 / 3, 2 / 3]), values)
                    == np.searchsorted(points, values)) for _ in range(200)]
    only = score_stability(histories, totals, cuts, wanted, 7, alone)
    assert only.letters.set_index("letter").loc["monetary", "unchanged"] == pytest.approx(np.mean(kept), abs=0.01)


def test_likelihood_is_what_happened_last_time(sample):
    cuts, scores = scored(sample, cut_rules(3))
    cut = likely.likelihood_cut(sample.data_end, 8)
    then = ask.likelihood_summary(sample.purchase_days, cut, sample.data_end, cuts)
    result = likely.likelihood(then, scores, sample.data_end, 8)
    days = sample.purchase_days.to_pandas()
    days["day"] = pd.to_datetime(days["day"])
    before, after = days[days["day"] <= pd.Timestamp(cut)], days[days["day"] > pd.Timestamp(cut)]
    assert result.overall.n == before["customer_id"].nunique()
    assert result.overall.value == pytest.approx(
        len(set(before["customer_id"]) & set(after["customer_id"])) / result.overall.n)
    assert int(result.cells["customers"].sum()) == result.overall.n
    assert int(result.cells["customers_now"].sum()) == 2357
    best = result.cells.loc[result.cells["likelihood"].idxmax()]
    assert (best["recency_score"], best["frequency_score"]) == (3, 3)


def test_everything_draws_and_reads_in_both_languages(sample):
    days, end = sample.purchase_days, sample.data_end
    cuts, _ = scored(sample, cut_rules(5))
    histories, totals = ask.recency_frequency_summary(days, end), revenue_summary(days)
    rules = group_rules(gap_summary(days), SimpleNamespace(), {})
    earlier = earlier_day(sample.data_start, end)
    moves = migration(ask.migration_summary(days, earlier[0], end, rules), earlier, end)
    named = segment_table(ask.segment_summary(days, end, cuts, TRADE_SEGMENTS), TRADE_SEGMENTS)
    steady = score_stability(histories, totals, cuts, cut_rules(5), 7)
    drawn = [*segment_exhibits.plot_segments(named, "USD", rules=TRADE_SEGMENTS),
             *segment_exhibits.plot_migration(moves), *score_exhibits.plot_distribution(histories),
             *score_exhibits.plot_pairs(ask.pair_summary(days, end), "USD")]
    said = [*segment_exhibits.say_segments(named, "USD", rules=TRADE_SEGMENTS), *segment_exhibits.say_migration(moves),
            *score_exhibits.say_stability(steady)]
    assert len(drawn) == 5 and len(said) == 3
    for language in ("zh", "en"):
        assert all(plain(render_finding(item, language)) for item in said)
        with use_style(language):
            for figure in drawn:
                figure.draw(language)


def test_no_cut_where_nothing_bears_a_date():
    """A project may hold a log of an experiment and nothing else."""
    assert likely.likelihood_cut(None, 13) is None
    assert margin_rate(None) is None


def test_scores_that_ties_leave_empty_are_said():
    cuts = CutPoints(5, (10.0, 20.0, 30.0, 40.0), (1.0, 1.0, 1.0, 2.0), (5.0, 5.0, 9.0, 12.0), "data")
    rows = [(1, 1, 1), (2, 4, 3), (3, 4, 4), (4, 5, 5), (5, 1, 1)]
    scores = pd.DataFrame(rows, columns=[f"{letter}_score" for letter in SCORES]).assign(customers=20)
    table = score_table(scores, cuts)
    frequency, monetary = findings.say_scores(table, cuts)
    assert frequency.numbers["empty"].value == 2 and frequency.numbers["bins"].value == 5
    assert (monetary.id, monetary.numbers["empty"].value) == ("rfm.scores.monetary.finding", 1)
    assert "2 of the 5 scores are held by nobody" in plain(render_finding(frequency, "en"))
    assert "5 档里有 2 档没有人" in plain(render_finding(frequency, "zh"))
