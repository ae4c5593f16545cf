"""Diagnosis by trait, by terms and over time: hand-computed tables, identities, and how often chance alone alarms."""

import datetime
import itertools
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from relops.customers.diagnosis import (
    bridge,
    change_points,
    return_exhibits,
    spell_summary,
    survival,
    term_findings,
    terms,
    terms_summary,
    trait_exhibits,
    trait_summary,
    traits,
)
from relops.customers.diagnosis import summary as ask
from relops.customers.diagnosis.cohorts import order_value
from relops.customers.order_summary import gap_summary
from relops.exhibits import Finding, Missing, plain, render_finding
from relops.style import use_style

DAY = datetime.date
FINANCE = SimpleNamespace(discount_rate_year=0.10, margin_rate=0.40)


def with_columns(bought, orders: pd.DataFrame) -> ibis.expr.types.Table:
    """The purchases with further columns of their own, row by row."""
    frame = bought.purchases.to_pandas().sort_values("record").reset_index(drop=True)
    return ibis.memtable(pd.concat([frame, orders.reset_index(drop=True)], axis=1))


@pytest.fixture(scope="module")
def two_years(make_purchases):
    """Six customers over two years; category, channel and discount of every order."""
    rows = [("a", DAY(2023, 1, 10), 100, "tea", "web", 0), ("a", DAY(2023, 2, 10), 50, "cup", "web", 5),
            ("a", DAY(2024, 3, 1), 80, "tea", "store", 0), ("b", DAY(2023, 5, 5), 40, "tea", "store", 4),
            ("b", DAY(2024, 5, 5), 60, "tea", "store", 6), ("c", DAY(2024, 1, 2), 30, "cup", "web", 3),
            ("c", DAY(2024, 1, 20), 30, "cup", "web", 3), ("d", DAY(2023, 7, 7), 20, "cup", "store", 0),
            ("e", DAY(2024, 6, 1), 90, None, "web", 0), (None, DAY(2024, 7, 1), 10, "tea", "store", 0),
            ("f", DAY(2024, 8, 1), 70, "tea", "web", 0)]
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_on", "amount", "category", "channel", "discount"])
    bought = make_purchases(frame[["customer_id", "ordered_on", "amount"]], DAY(2024, 12, 31))
    bought.data_start = DAY(2023, 1, 1)
    bought.purchases = with_columns(bought, frame[["category", "channel", "discount"]])
    people = ibis.memtable(pd.DataFrame({
        "customer_id": list("abcdef"), "region": ["N", "N", "S", "S", "N", "S"],
        "acquisition_channel": ["walk_in", "walk_in", "Referral", "web", None, "web"],
        "member_since": pd.to_datetime(["2023-02-01", "2024-06-01", "2023-01-01", None, None, None]).date}))
    return bought, people, bridge.comparison_windows(bought.data_start, bought.data_end)


def test_mean_order_value_draws_customers_whole(two_years):
    value = order_value(ask.order_value_summary(two_years[0].purchases))
    assert value.n == 11 and value.value == pytest.approx(580 / 11)
    each = pd.DataFrame({"revenue": [230, 100, 60, 20, 90, 70, 10], "orders": [3, 2, 2, 1, 1, 1, 1]})
    residual = each["revenue"] - 580 / 11 * each["orders"]
    error = np.sqrt(7 / 6 * (residual**2).sum()) / 11
    assert (value.high - value.low) / 2 == pytest.approx(1.959964 * error, rel=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("rows", "low"), [
    ([(5, True, 10)], 0.025 ** (1 / 10)),  # Clopper & Pearson of ten in ten
    # at least what had come back by the third day: four in ten, Greenwood on the log-log scale
    ([(3, True, 4), (5, True, 6)], 1 - 0.6 ** np.exp(1.959964 * np.sqrt(4 / (10 * 6)) / np.log(0.6)))])
def test_where_all_have_come_back_the_share_still_has_an_interval(rows, low):
    spells = pd.DataFrame([(1, *row) for row in rows], columns=["nth", "days", "is_event", "spells"])
    last = survival.return_curves(spells, 5).curves.iloc[-1]
    assert (last["share"], last["high"]) == (1, 1)
    assert last["low"] == pytest.approx(low)


def test_weighted_curves_equal_statsmodels_on_every_row(sample):
    spells = spell_summary.spell_summary(sample.purchase_days, sample.data_start, sample.data_end)
    curves = survival.return_curves(spells, 90)
    first = spells[(spells["nth"] == 1) & (spells["days"] > 0)]
    each = first.loc[first.index.repeat(first["spells"])]
    fit = SurvfuncRight(each["days"].to_numpy(), each["is_event"].astype(int).to_numpy())
    mine = curves.curves[curves.curves["nth"] == 1]
    assert mine["share"].to_numpy()[1:] == pytest.approx(1 - fit.surv_prob)
    # the bounds on the log-log scale, from the standard error of survival itself
    half = 1.959964 * fit.surv_prob_se / (fit.surv_prob * np.abs(np.log(fit.surv_prob)))
    assert mine["low"].to_numpy()[1:] == pytest.approx(1 - fit.surv_prob ** np.exp(-half), abs=1e-6)
    low, high = fit.quantile_ci(0.25)
    shares = mine.set_index("days")
    assert shares.loc[shares["high"] >= 0.25].index[0] == low
    assert shares.loc[shares["low"] >= 0.25].index[0] == high
    assert int(curves.table.loc[0, "customers"]) == 2357


def test_only_cohorts_of_whole_months_are_followed(make_purchases):
    bought = make_purchases([("a", DAY(2024, 1, 20), 1), ("a", DAY(2024, 2, 20), 1), ("b", DAY(2024, 2, 2), 1),
                             ("c", DAY(2024, 3, 2), 1)], DAY(2024, 3, 10))
    spells = spell_summary.spell_summary(bought.purchase_days, DAY(2024, 1, 15), bought.data_end)
    assert spells.to_dict("records") == [{"nth": 1, "days": 37, "is_event": False, "spells": 1}]


def test_quantiles_of_gaps_draw_customers_whole(sample):
    gaps = gap_summary(sample.purchase_days)
    limits = survival.gap_limits(gaps)
    assert limits == pytest.approx(np.quantile(np.repeat(gaps["gap_days"], gaps["gaps"]), survival.QUANTILES))
    spread = spell_summary.gap_spread_summary(sample.purchase_days, limits)
    table = survival.gap_quantiles(gaps, spread)
    assert (table["low"] <= table["days"]).all() and (table["days"] <= table["high"]).all()
    # against a bootstrap of whole customers
    days = sample.purchase_days.to_pandas().sort_values(["customer_id", "day"])
    days["gap"] = days.groupby("customer_id")["day"].diff().dt.days
    own = [part.to_numpy() for _, part in days.dropna().groupby("customer_id")["gap"]]
    rng = np.random.default_rng(5)
    medians = [np.median(np.concatenate([own[i] for i in rng.integers(0, len(own), len(own))])) for _ in range(300)]
    row = table.set_index("share").loc[0.5]
    assert (row["high"] - row["low"]) / 3.92 == pytest.approx(np.std(medians), rel=0.35)


def test_traits_of_customers_and_first_orders(two_years):
    bought, people, _ = two_years
    values = trait_summary.trait_value_summary(bought.purchase_days, bought.purchases, trait="category",
                                               customers=people).set_index("trait")
    assert values["customers"].to_dict() == {"tea": 3, "cup": 2, trait_summary.UNKNOWN: 1}
    assert values.loc["tea", ["repeat_customers", "revenue"]].tolist() == [2, 400]
    table = traits.value_by_trait(values.reset_index(), "category").set_index("trait")
    assert table.loc["tea", "revenue_each"] == pytest.approx(400 / 3)
    spread = np.std([230, 100, 70], ddof=1) / np.sqrt(3)
    assert table.loc["tea", "high"] - table.loc["tea", "revenue_each"] == pytest.approx(1.959964 * spread, rel=1e-6)


def test_a_trait_that_matters_is_told_from_one_that_does_not(make_purchases):
    rng, rows = np.random.default_rng(3), []
    for number in range(400):
        rows.append((f"c{number:03}", DAY(2024, 1, 1 + number % 28), 10))
        if rng.random() < (0.5 if number % 2 else 0.2):
            rows.append((f"c{number:03}", DAY(2024, 2, 5), 10))
    bought = make_purchases(rows, DAY(2024, 2, 29))
    people = ibis.memtable(pd.DataFrame({"customer_id": [f"c{n:03}" for n in range(400)],
                                         "region": ["N" if n % 2 else "S" for n in range(400)],
                                         "age_band": ["x" if n % 4 < 2 else "y" for n in range(400)]}))
    found = {}
    for trait in ("region", "age"):
        cohorts = trait_summary.trait_cohort_summary(bought.purchase_days, bought.purchases, trait=trait,
                                                     customers=people)
        found[trait] = traits.retention_by_trait(cohorts, bought.data_end, trait)
    assert found["region"].differs and not found["age"].differs
    assert found["region"].table["trait"].tolist() == ["N", "S"]
    said, = trait_exhibits.say_trait(found["region"], "region")
    assert said.message.endswith("trait_differs") and "N" in plain(render_finding(said, "en"))
    with use_style("zh"):
        trait_exhibits.plot_traits(list(found.values()))[0].draw("zh")


def test_mix_and_value_add_up_exactly(two_years):
    bought, people, windows = two_years
    for trait in ("channel", "category", "region"):
        shift = traits.mix_shift(trait_summary.mix_summary(bought.purchases, windows, trait=trait, customers=people),
                                 windows, trait)
        assert shift.table[["mix_effect", "rate_effect"]].to_numpy().sum() == pytest.approx(shift.change, abs=1e-9)
        assert shift.mix.value + shift.rate.value == pytest.approx(shift.change, abs=1e-9)
        assert (shift.previous, shift.current) == pytest.approx((210 / 4, 370 / 7))


def test_a_change_of_mix_alone_is_all_mix():
    rows = [("previous", "web", 10, 100.0), ("previous", "store", 30, 600.0), ("current", "web", 30, 300.0),
            ("current", "store", 10, 200.0)]
    frame = pd.DataFrame(rows, columns=["window", "trait", "orders", "revenue"])
    frame["revenue_squares"] = frame["revenue"] ** 2 / frame["orders"]
    shift = traits.mix_shift(frame, SimpleNamespace(months=1), "channel")
    assert (shift.mix.value, shift.rate.value) == pytest.approx((-5.0, 0.0))


def test_mix_interval_covers_under_no_change():
    rng, inside = np.random.default_rng(8), 0
    for _ in range(300):
        rows = []
        for window in ("previous", "current"):
            web = rng.binomial(400, 0.3)
            for trait, orders, mean in (("web", web, 20), ("store", 400 - web, 50)):
                amounts = rng.gamma(4, mean / 4, orders)
                rows.append((window, trait, orders, amounts.sum(), (amounts**2).sum()))
        frame = pd.DataFrame(rows, columns=["window", "trait", "orders", "revenue", "revenue_squares"])
        shift = traits.mix_shift(frame, SimpleNamespace(months=1), "channel")
        inside += shift.mix.low <= 0 <= shift.mix.high
    assert 0.92 <= inside / 300 <= 0.98


def test_paths_lead_to_the_first_order_of_a_later_day(two_years):
    paths = trait_summary.path_summary(two_years[0].purchases)
    found = {(row.first, row.second if isinstance(row.second, str) else None): row.customers
             for row in paths.itertuples(index=False)}
    assert found == {("tea", "cup"): 1, ("tea", "tea"): 1, ("cup", "cup"): 1, ("cup", None): 1, ("tea", None): 1,
                     (trait_summary.UNKNOWN, None): 1}


def test_discounts_by_hand(two_years):
    result = terms.discount_dependence(terms_summary.discount_summary(two_years[0].purchases))
    assert result.revenue_share.value == pytest.approx((50 + 40 + 60 + 60) / 570)
    assert (result.discount_only_customers, result.discount_only.n) == (2, 3)
    assert result.given == pytest.approx(21) and result.orders_share == pytest.approx(0.5)
    none = terms.discount_dependence(terms_summary.discount_summary(two_years[0].purchases.mutate(
        discount=ibis.literal(0))))
    assert none.code == "M1"


def test_members_are_those_who_had_joined_by_the_day(two_years):
    bought, people, windows = two_years
    shares = terms_summary.member_share_summary(bought.purchase_days, windows, customers=people)
    member = shares.set_index("window")
    # a joined in February 2023, b only after the order of May 2024, c before the first order
    assert member["member"].to_dict() == {"previous": 50.0, "current": 80.0 + 60.0}
    again = terms_summary.member_return_summary(bought.purchase_days, DAY(2024, 2, 10), 30, customers=people)
    assert again.to_dict("records") == [{"is_member": True, "customers": 1, "returned": 1}]
    result = terms.membership(shares, again, DAY(2024, 2, 10), 30)
    assert result.share.value == pytest.approx(140 / 360) and result.difference is None


def test_earned_growth_by_hand(two_years):
    bought, people, windows = two_years
    reasons = terms_summary.earned_summary(bought.purchase_days, windows, customers=people, earned=["referral"])
    result = terms.earned_growth(ask.movement_summary(bought.purchase_days, windows), reasons, windows)
    # kept and lost had 210 and spend 140 now; c was recommended and brings 60
    assert result.rate.value == pytest.approx((140 + 60) / 210 - 1)
    assert (result.earned_customers, result.new_customers) == (1, 3)
    assert result.reason_share.value == pytest.approx(2 / 3)


def test_a_point_of_retention_is_the_difference_of_two_values(two_years):
    bought, _, windows = two_years
    moved = ask.movement_summary(bought.purchase_days, windows)
    result = terms.retention_worth(moved, windows, margin_rate=None, finance=FINANCE)
    kept, yearly = 2 / 3, 360 / 5 * 0.40
    value = [5 * yearly * r / (1 + 0.10 - r) for r in (kept, kept + 0.01)]
    assert (result.base_value, result.worth.value) == pytest.approx((value[0], value[1] - value[0]))
    assert result.measure == "clv" and result.margin_tag == "B" and result.worth.low < result.worth.value
    bare = terms.retention_worth(moved, windows, margin_rate=None,
                                 finance=SimpleNamespace(discount_rate_year=0.10, margin_rate=None))
    assert bare.measure == "revenue_value" and bare.worth.value == pytest.approx(result.worth.value / 0.40)
    open_brief = SimpleNamespace(discount_rate_year=None, margin_rate=None)
    assert terms.retention_worth(moved, windows, margin_rate=0.3, finance=open_brief).code == "M4"


def test_gupta_lehmann_stuart_multiple():
    # their table of margin multiples: retention 90 %, discount 10 % gives 4.50; 60 % and 16 % gives 1.07
    assert terms.multiple(0.90, 0.10) == pytest.approx(4.50)
    assert terms.multiple(0.60, 0.16) == pytest.approx(1.07, abs=0.005)


@pytest.mark.parametrize("weeks", [40, 104])
def test_noise_seldom_shows_a_change(weeks):
    rng = np.random.default_rng(weeks)
    plain_noise = [bool(change_points.find_changes(rng.normal(1000, 100, weeks))[0]) for _ in range(300)]
    skewed = [bool(change_points.find_changes(rng.gamma(3, 300, weeks))[0]) for _ in range(300)]
    assert np.mean(plain_noise) <= 0.05 and np.mean(skewed) <= 0.06


def test_a_step_is_found_where_it_is_and_a_festival_is_none():
    rng, found = np.random.default_rng(2), []
    for _ in range(40):
        series = np.r_[rng.normal(1000, 80, 50), rng.normal(1250, 80, 40)]
        series[20] = 5000
        found.append(change_points.find_changes(series)[0])
    assert sum(len(breaks) == 1 for breaks in found) >= 37
    assert np.median([abs(breaks[0] - 50) for breaks in found if breaks]) <= 1


def test_change_points_carry_dates_and_levels():
    days = pd.date_range("2024-01-01", "2024-12-29")
    rng = np.random.default_rng(4)
    daily = pd.DataFrame({"day": days, "orders": 1,
                          "revenue": np.where(days < "2024-07-01", 100.0, 160.0) + rng.normal(0, 8, len(days))})
    result = change_points.change_points(daily, DAY(2024, 1, 1), DAY(2024, 12, 29))
    assert result.dates == [DAY(2024, 7, 1)]
    assert result.segments["level"].tolist() == pytest.approx([700, 1120], rel=0.02)
    said, = return_exhibits.say_changes(result, "CNY")
    assert "(moves found: 1)" in plain(render_finding(said, "en")) and "上升" in plain(render_finding(said, "zh"))
    short = change_points.change_points(daily, DAY(2024, 1, 1), DAY(2024, 3, 1))
    assert short.code == "M2" and short.numbers["found"].value == 8


@pytest.mark.parametrize("seed", range(20))
def test_a_level_within_the_interval_of_its_neighbour_is_no_change(seed):
    """Weeks that drift together: the search finds short levels that nothing tells apart."""
    rng = np.random.default_rng(seed)
    drift = np.convolve(rng.normal(0, 40, 371 + 20), np.ones(21) / np.sqrt(21), "valid")
    daily = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=371), "orders": 1, "revenue": 200.0 + drift})
    segments = change_points.change_points(daily, DAY(2024, 1, 1), DAY(2025, 1, 5)).segments
    for before, after in itertools.pairwise(segments.itertuples()):
        assert not before.low <= after.level <= before.high
        assert not after.low <= before.level <= after.high


def test_every_level_of_cdnow_is_told_apart_from_the_one_before(master_rows, make_purchases):
    bought = make_purchases(master_rows, DAY(1998, 6, 30))
    result = change_points.change_points(ask.daily_summary(bought.purchases), bought.data_start, DAY(1998, 6, 30))
    segments = result.segments
    assert segments["level"].tolist() == pytest.approx([71258.60, 98565.34, 39477.58, 21358.31], abs=0.01)
    assert segments["low"].min() > 0
    assert all(not a.low <= b.level <= a.high for a, b in itertools.pairwise(segments.itertuples()))


def test_a_plain_edition_names_what_is_lacking(sample):
    windows = bridge.comparison_windows(sample.data_start, sample.data_end)
    lacking = {}
    for trait in trait_summary.TRAITS:
        cohorts = trait_summary.trait_cohort_summary(sample.purchase_days, sample.purchases, trait=trait,
                                                     customers=None)
        lacking |= {said.field: said.code for said in
                    trait_exhibits.say_trait(traits.retention_by_trait(cohorts, sample.data_end, trait), trait)}
        mix = traits.mix_shift(trait_summary.mix_summary(sample.purchases, windows, trait=trait, customers=None),
                               windows, trait)
        assert isinstance(trait_exhibits.say_mix(mix, trait, "USD")[0], Missing)
    assert lacking == dict.fromkeys(["orders.channel", "orders.category", "customers.region",
                                     "customers.acquisition_channel", "customers.age_band"], "M1")
    discount = terms.discount_dependence(terms_summary.discount_summary(sample.purchases))
    assert term_findings.say_discount(discount, "USD")[0].field == "orders.discount"
    assert trait_exhibits.say_paths(trait_summary.path_summary(sample.purchases))[0].code == "M1"


def test_return_findings_read_in_both_languages(sample):
    spells = spell_summary.spell_summary(sample.purchase_days, sample.data_start, sample.data_end)
    curves = survival.return_curves(spells, 90)
    said = return_exhibits.say_returns(curves)
    assert [item.id for item in said if isinstance(item, Finding)] == [
        "diagnosis.returns.finding", "diagnosis.returns_third.finding"]
    assert said[0].numbers["share"].value == pytest.approx(0.3002, abs=0.02)
    for language in ("zh", "en"):
        assert all(plain(render_finding(item, language)) for item in said)
        with use_style(language):
            return_exhibits.plot_returns(curves)[0].draw(language)


@pytest.mark.parametrize("orders_a_week", [3, 10])
def test_a_steady_shop_of_few_orders_has_no_change_of_level(orders_a_week):
    """A season read into two years of noise would be taken out of it, and leave levels behind."""
    rng, start = np.random.default_rng(1), datetime.date(2024, 1, 1)
    days = pd.date_range(start, periods=104 * 7)
    found = 0
    for _ in range(30):
        revenue = [rng.lognormal(3, 0.8, orders).sum() for orders in rng.poisson(orders_a_week / 7, len(days))]
        daily = pd.DataFrame({"day": days, "revenue": revenue})
        result = change_points.change_points(daily, start, days[-1].date())
        found += len(result.segments) > 1
    assert found <= 2
