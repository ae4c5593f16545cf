"""What lifetime value publishes: sentences in both languages, tables, figures with their data, gaps with
codes."""

import datetime
import re
from dataclasses import replace

import numpy as np
import pytest
from matplotlib import pyplot

from relops.customers import (
    holdout_figures,
    holdout_findings,
    holdout_tables,
    model_figures,
    model_findings,
    value_figures,
    value_findings,
    value_tables,
)
from relops.customers.availability import ConvergenceError, Unavailable
from relops.customers.equity_bridge import bridge_table, equity_bridge
from relops.customers.estimates import Estimate
from relops.customers.fitting import fit_gamma_gamma, fit_model, fit_nbd
from relops.customers.history import read_history, read_holdout
from relops.customers.history_summary import spend_summary
from relops.customers.model_choice import LOCK_MODEL, choose, fit_candidates
from relops.customers.prediction import expected_per_customer, forecast
from relops.customers.rfm.groups import GroupRules
from relops.customers.same_weeks import Peak, SameWeeks
from relops.customers.tracking import track
from relops.customers.validation import hold_out, validate
from relops.customers.value_terms import ValueTerms, history_groups
from relops.exhibits import Evidence, Finding, Missing, Table, filter_text, plain, render_finding
from relops.locale import LANGUAGES
from relops.store import Store
from relops.style import use_style
from relops.units import AnnualRate

DAY = datetime.date
END = DAY(1997, 9, 30)
TERMS = ValueTerms(END, DAY(1998, 9, 30))
RULES = GroupRules(3, 77.0, 164.0, 2457, {}, 77.0, 164.0)
WHY = Unavailable("M2", "orders")


@pytest.fixture(scope="module")
def history(sample):
    return read_history(sample.purchase_days, END, "none")


@pytest.fixture(scope="module")
def fitted(history):
    return fit_candidates(history, fit_model)


@pytest.fixture(scope="module")
def model(fitted):
    return fitted["bg_nbd"]


@pytest.fixture(scope="module")
def spend(sample):
    return fit_gamma_gamma(spend_summary(sample.purchase_days, END))


@pytest.fixture(scope="module")
def held(sample):
    past = read_holdout(sample.purchase_days, END, 13, "none")
    return hold_out(past, list(fit_candidates(past, fit_model).values()), END)


@pytest.fixture(scope="module")
def checked(sample, held, model):
    spent = fit_gamma_gamma(spend_summary(sample.purchase_days, held.calibration_end))
    return validate(held, model, spend=spent, level=0.9)


@pytest.fixture(scope="module")
def bridge(history, held, model, spend):
    return equity_bridge(history, held, model, spend, TERMS, level=0.9)


@pytest.fixture(scope="module")
def last_year(checked):
    return SameWeeks(DAY(1996, 10, 2), END, 1200, 900, 30_000.0, checked, Peak(DAY(1996, 12, 18), 90, 1.8))


@pytest.fixture(scope="module")
def ahead(history, model, spend):
    return forecast(history, model, history_groups(history, RULES), TERMS, spend=spend, replicates=50, level=0.9,
                    seed=1)


def sentences(said, language="en"):
    return [plain(render_finding(finding, language)) for finding in said if isinstance(finding, Finding)]


def published(said, tmp_path):
    store = Store(tmp_path / "store", "test", LANGUAGES)
    for exhibit in said:
        store.add(exhibit)
    return store.records


def numbers(said):
    found = {record.id: record for record in said if isinstance(record, Evidence)}
    for finding in said:
        found |= {record.id: record for record in getattr(finding, "numbers", {}).values()}
    return found


def test_the_figures_that_the_sample_must_show(history, fitted, model, spend):
    said = numbers([*value_findings.say_history(history, TERMS), *model_findings.say_models(fitted, 0.9),
                    *model_findings.say_purchase_model(model, 0.9),
                    *model_findings.say_gamma_gamma(spend, 0.9, "USD")])
    shown = {name.removeprefix("lifetime_value."): record.value for name, record in said.items()}
    assert shown["repeat_purchases"] == 2457
    assert [round(shown[f"bg_nbd.{name}"], digits) for name, digits in
            (("r", 4), ("alpha", 3), ("a", 3), ("b", 3), ("log_likelihood", 2))] == [
                .2426, 4.414, .793, 2.426, -9582.43]
    assert [round(shown[f"gamma_gamma.{name}"], 2) for name in "pqv"] == [6.25, 3.74, 15.44]
    assert said["lifetime_value.gamma_gamma.p"].n == 946
    for name in ("bg_nbd.r", "gamma_gamma.q", "bg_nbd.stopping", "gamma_gamma.correlation"):
        record = said[f"lifetime_value.{name}"]
        assert record.low < record.value < record.high and record.level == 0.9


def test_nbd_says_that_nobody_is_seen_to_stop(history, tmp_path):
    model = fit_nbd(history)
    said = model_findings.say_purchase_model(model, 0.9)
    published(said, tmp_path)
    assert "no sign of customers stopping" in sentences(said)[0] and sentences(said, "zh")
    result = forecast(history, model, history_groups(history, RULES), TERMS, spend=WHY, replicates=50, level=0.9,
                      seed=1)
    assert [exhibit.id for exhibit in value_findings.say_purchases(result, history, TERMS)] == [
        "lifetime_value.expected_purchases.finding"]
    assert [figure.data["fitted"].sum() for figure in model_figures.plot_frequency(model, history)] == [
        pytest.approx(2357)]


def test_rates_follow_from_the_parameters(model, spend):
    said = numbers(model_findings.say_purchase_model(model, 0.9))
    r, alpha, a, b = model.theta
    assert said["lifetime_value.bg_nbd.purchases_per_year"].value == pytest.approx(r / alpha * 365.25 / 7)
    stop = said["lifetime_value.bg_nbd.stopping"]
    assert stop.value == pytest.approx(a / (a + b))
    # the delta method against draws from the same normal in logarithms
    draws = np.exp(np.random.default_rng(1).multivariate_normal(np.log(model.theta), model.log_covariance, 40_000))
    share = np.quantile(draws[:, 2] / (draws[:, 2] + draws[:, 3]), [0.05, 0.95])
    assert [stop.low, stop.high] == pytest.approx(share, abs=4e-3)
    mean = numbers(model_findings.say_gamma_gamma(spend, 0.9, "USD"))["lifetime_value.gamma_gamma.mean_spend"]
    draws = np.exp(np.random.default_rng(1).multivariate_normal(np.log(spend.theta), spend.log_covariance, 40_000))
    p, q, v = draws[draws[:, 1] > 1].T
    assert [mean.low, mean.high] == pytest.approx(np.quantile(p * v / (q - 1), [0.05, 0.95]), rel=6e-3)


def test_everything_is_declared_and_reads_in_both_languages(history, fitted, model, spend, held, checked, ahead,
                                                            bridge, last_year, tmp_path):
    choice = choose(fitted, [held], {})
    said = [*value_findings.say_history(history, TERMS), *model_findings.say_models(fitted, 0.9),
            *(one for each in fitted.values() for one in model_findings.say_purchase_model(each, 0.9)),
            *model_findings.say_activity(fitted, choice, history, 0.9), *holdout_findings.say_choice(choice),
            *model_findings.say_gamma_gamma(spend, 0.9, "USD"), *holdout_findings.say_validation(checked),
            *value_findings.say_purchases(ahead, history, TERMS),
            *value_findings.say_value(ahead, "USD", checked, checked),
            *holdout_findings.say_same_weeks(last_year, "USD"), *value_findings.say_bridge(bridge, "USD"),
            *value_tables.tabulate_parameters(model, spend, level=0.9), *holdout_tables.tabulate_scores(checked),
            *holdout_tables.tabulate_choice(choice), *holdout_tables.tabulate_origins([held], checked),
            *holdout_tables.tabulate_calibration(checked), *value_tables.tabulate_groups(ahead, "USD")]
    records = published(said, tmp_path)
    shared = {f"lifetime_value.holdout.{name}.{metric}" for name in (*fitted, "baseline", "gamma_gamma")
              for metric in ("mae", "rmse", "bias", "gini")}
    own = {f"lifetime_value.{name}.{what}" for name, each in (fitted | {"gamma_gamma": spend}).items()
           for what in (*each.parameters, "log_likelihood", "aic")}
    assert shared | own | {"lifetime_value.expected_purchases.total", "lifetime_value.revenue_value",
                           "lifetime_value.group.loyal.revenue_value", "lifetime_value.active.share",
                           "lifetime_value.chosen.rmse", "lifetime_value.same_weeks.bias"} <= set(records["evidence"])
    counted = [record for record in records["evidence"].values() if record["tag"] == "D" and (
        record["unit"] in ("customers", "purchases", "share") or record["unit"].startswith("money"))]
    assert len(counted) > 50
    # a week's purchases are counted over all who bought in it
    assert {record["id"] for record in counted if record["n"] is None} <= {"lifetime_value.same_weeks.peak_purchases"}
    assert set(records["tables"]) == {f"lifetime_value.{name}.table" for name in (
        "parameters", "holdout", "choice", "origins", "calibration", "deciles", "groups")}
    assert [(missing["code"], missing["field"]) for missing in records["missing"].values()] == [
        ("M4", "finance.discount_rate_year"), ("M4", "finance.margin_rate")]
    for language in LANGUAGES:
        for sentence in sentences(said, language):
            assert "{" not in sentence
    assert records["findings"]["lifetime_value.value.finding"]["worth"] == "lifetime_value.revenue_value"


def test_who_is_active_is_told_by_a_model_that_can_tell_one_time_buyers(fitted, held, history):
    choice = replace(choose(fitted, [held], {}), model="bg_nbd", activity="pareto_nbd")
    said = model_findings.say_activity(fitted, choice, history, 0.9)
    found = numbers(said)
    # all of them by Pareto/NBD: 1051.875, where BG/NBD would say 1917.278
    assert found["lifetime_value.active.customers"].value == 1052
    share = found["lifetime_value.active.share"]
    assert share.low < share.value < share.high and share.n == 2357
    assert found["lifetime_value.active.single_day_share"].value < 0.4
    assert found["lifetime_value.bg_nbd.alive"].n == 946
    assert "count everyone who bought once as active" in sentences(said)[0]
    nobody = replace(choice, activity=None)
    assert [type(one) for one in model_findings.say_activity(fitted, nobody, history, 0.9)] == [Evidence]
    assert model_findings.say_activity(WHY, WHY, WHY, 0.9) == []


@pytest.mark.parametrize(("settings", "models", "words"), [
    ({}, ("nbd", "bg_nbd", "mbg_nbd", "pareto_nbd"), "frozen in settings.lock"),
    ({}, ("nbd",), "Of the candidates only the NBD model"),
    ({LOCK_MODEL: "nbd"}, ("nbd", "bg_nbd"), "by the same rule this data would choose the BG/NBD model"),
    ({LOCK_MODEL: "nbd"}, ("nbd",), "would choose it too"),
])
def test_the_choice_is_told_with_its_reason(fitted, held, settings, models, words):
    some = {name: fitted[name] for name in models}
    said = holdout_findings.say_choice(choose(some, [held], settings))
    assert words in sentences(said)[-1] and sentences(said, "zh")
    unchecked = holdout_findings.say_choice(choose(some, WHY, {}))
    assert "has not been checked" in sentences(unchecked)[-1]


@pytest.mark.parametrize(("bias", "words"), [((-0.4, -0.45, -0.35), "came out too low: -40.0%"),
                                             ((0.1, 0.05, 0.15), "came out too high: 10.0%"),
                                             ((0.1, -0.05, 0.25), "neither clearly too high nor too low")])
def test_the_value_carries_its_record_and_the_direction_in_words(ahead, checked, bias, words):
    record = replace(checked, revenue_bias={"bg_nbd": Estimate(*bias, 2357, 0.9),
                                            "baseline": checked.revenue_bias["baseline"]})
    said = value_findings.say_value(ahead, "USD", record, checked)
    assert words in sentences(said)[0]
    again = numbers(said)["lifetime_value.revenue_value.if_missed_again"]
    assert again.value == pytest.approx(ahead.value.value / (1 + bias[0]))
    assert again.low < again.value < again.high
    assert "what the parameters leave open" in sentences(said)[0]
    expected, realised = (numbers(said)[f"lifetime_value.revenue_value{end}"] for end in ("", ".realised"))
    assert realised.low < expected.low < expected.high < realised.high


def test_a_miss_that_may_be_all_of_the_revenue_is_not_carried_over(ahead, checked):
    record = replace(checked, revenue_bias={"bg_nbd": Estimate(-0.7, -1.1, -0.3, 40, 0.9),
                                            "baseline": checked.revenue_bias["baseline"]})
    said = value_findings.say_value(ahead, "USD", record, checked)
    assert "came out too low: -70.0%" in sentences(said)[0] and "the least that may come" in sentences(said)[0]
    assert "只能当作下限" in sentences(said, "zh")[0]
    assert "lifetime_value.revenue_value.if_missed_again" not in numbers(said)


def test_last_years_weeks_and_their_peak_are_told(last_year):
    said = holdout_findings.say_same_weeks(last_year, "USD")
    assert [one.id for one in said] == ["lifetime_value.same_weeks.finding", "lifetime_value.same_weeks_error.finding",
                                        "lifetime_value.season_caution.finding"]
    assert "1.800 times the weeks around it" in sentences(said)[2]
    plain_year = holdout_findings.say_same_weeks(replace(last_year, peak=None, validation=WHY), "USD")
    assert [one.id for one in plain_year] == ["lifetime_value.same_weeks.finding",
                                              "lifetime_value.same_weeks_error.missing"]


@pytest.mark.parametrize("gain", [(-0.1, -0.2, -0.05), (0.1, -0.05, 0.25)])
def test_a_model_that_has_not_proved_better_does_not_lead_with_its_money(ahead, checked, gain):
    unproved = replace(checked, gain=Estimate(*gain, 2357, 0.9))
    for record, held in ((checked, unproved), (unproved, checked), (WHY, checked), (checked, WHY)):
        whole = value_findings.say_value(ahead, "USD", record, held)[0]
        assert (whole.id, whole.worth) == ("lifetime_value.value.finding", None)
    assert value_findings.say_value(ahead, "USD", checked, checked)[0].worth.id == "lifetime_value.revenue_value"


def test_the_bridge_adds_up(bridge, history, model, spend, held):
    steps = {name: estimate.value for name, estimate in bridge.steps.items()}
    assert steps["then"] + steps["faded"] + steps["bought_again"] + steps["new"] == pytest.approx(steps["now"])
    value = expected_per_customer(history, model, spend, TERMS)[1]
    assert steps["now"] == pytest.approx(value @ history.customers, rel=1e-5)
    assert steps["faded"] < 0 < steps["bought_again"] and bridge.customers["then"] == held.history.n
    assert bridge.customers["faded"] + bridge.customers["bought_again"] == bridge.customers["then"]
    assert bridge.customers["then"] + bridge.customers["new"] == bridge.customers["now"]
    assert list(bridge_table(bridge)["step"]) == ["then", "faded", "bought_again", "new", "now"]
    for estimate in bridge.steps.values():
        assert estimate.low <= estimate.value <= estimate.high


def test_a_handful_of_customers_is_not_told(history):
    few = replace(history, frame=history.frame.head(1).assign(customers=9))
    assert [exhibit.code for exhibit in value_findings.say_history(few, TERMS)] == ["M8"]


def test_a_short_history_says_so_with_its_code(history):
    short, long = (value_findings.say_history(replace(history, frame=history.frame.assign(T=history.T + more)),
                                              TERMS) for more in (0, 40))
    assert [finding.code for finding in short] == [None, "M2"]
    assert len(long) == 1
    far = replace(TERMS, horizon_end=DAY(2000, 9, 30))
    beyond = value_findings.say_history(replace(history, frame=history.frame.assign(T=history.T + 40)), far)
    assert beyond[-1].id == "lifetime_value.long_horizon.finding"


@pytest.mark.parametrize(("verdict", "words"), [("better", "does better and is used"), ("worse", "is withheld"),
                                                ("undecided", "cannot be told apart")])
def test_the_verdict_chooses_the_sentence(checked, verdict, words):
    low, high = {"better": (0.1, 0.3), "worse": (-0.3, -0.1), "undecided": (-0.1, 0.3)}[verdict]
    said = holdout_findings.say_validation(replace(checked, gain=Estimate(0.2, low, high, 2357, 0.9)))
    assert words in sentences(said)[0]
    assert len(sentences(said, "zh")) == 4


def test_intervals_that_miss_too_often_are_told(checked):
    for share, words in ((0.95, "as it should be"), (0.7, "take their intervals as too narrow")):
        estimate = Estimate(share, share - 0.01, share + 0.01, 2357, 0.9)
        assert words in sentences(holdout_findings.say_validation(replace(checked, coverage=estimate)))[1]


def test_the_verdict_on_independence_is_a_rule(spend):
    for correlation, words in ((0.11, "within what"), (0.45, "does not hold"), (-0.6, "does not hold")):
        said = model_findings.say_gamma_gamma(replace(spend, correlation=correlation), 0.9, "USD")
        assert words in sentences(said)[-1]


def test_buyers_left_out_are_counted_and_small_numbers_not_told(spend):
    for left, told in ((12, 3), (3, 2)):
        said = model_findings.say_gamma_gamma(replace(spend, left_out=left), 0.9, "USD")
        assert len(sentences(said)) == told
        assert numbers(said)["lifetime_value.gamma_gamma.left_out"].value == left


def test_with_margin_and_rate_it_is_a_lifetime_value(history, model, spend, tmp_path):
    terms = ValueTerms(END, DAY(1998, 9, 30), AnnualRate(0.1), 0.25)
    result = forecast(history, model, history_groups(history, RULES), terms, spend=spend, replicates=50, level=0.9,
                      seed=1)
    said = value_findings.say_value(result, "USD", WHY, WHY)
    assert "customer lifetime value" in sentences(said)[0] and "10.0% a year" in sentences(said)[0]
    assert not [exhibit for exhibit in said if isinstance(exhibit, Missing)]
    assert "25.0% (set in the brief)" in sentences(said)[-1]
    records = published([*said, *value_tables.tabulate_groups(result, "USD")], tmp_path)
    assert "lifetime_value.customer_equity" in records["evidence"]
    assert "lifetime_value.revenue_value" not in records["evidence"]


def test_a_group_of_few_people_is_not_told(ahead, tmp_path):
    few = ahead.groups.assign(customers=[1696, 283, 283, 4], value=[1.0, 2.0, 3.0, 9e9])
    said = value_findings.say_groups(replace(ahead, groups=few), "USD")
    told = {name.split(".")[2] for name in numbers(said)}
    assert len(told) == 2 and "riser" not in told, "nor the smallest other, which the total would tell it by"
    records = published(value_tables.tabulate_groups(replace(ahead, groups=few), "USD"), tmp_path)
    labels = [row[0] for row in records["tables"]["lifetime_value.groups.table"]["rows"]]
    assert "@customers.group.riser" not in labels and len(labels) == 3


@pytest.mark.parametrize("parameter", ["r", "alpha", "a", "b", "p", "q", "v"])
def test_no_peak_is_explained(parameter):
    reason = ConvergenceError("gamma_gamma" if parameter in "pqv" else "bg_nbd", parameter)
    say = model_findings.say_gamma_gamma if parameter in "pqv" else model_findings.say_models
    said = say(reason, 0.9, "USD") if parameter in "pqv" else say(reason, 0.9)
    assert said[0].code == "M7"
    assert all(sentences(said, language) for language in LANGUAGES)
    assert parameter in str(reason)


def test_each_section_says_what_it_lacks(history, tmp_path):
    said = [*value_findings.say_history(WHY, WHY), *model_findings.say_models(WHY, 0.9),
            *model_findings.say_gamma_gamma(WHY, 0.9, "USD"), *holdout_findings.say_choice(WHY),
            *holdout_findings.say_validation(WHY), *holdout_findings.say_same_weeks(WHY, "USD"),
            *value_findings.say_purchases(WHY, WHY, WHY), *value_findings.say_value(WHY, "USD", WHY, WHY),
            *value_findings.say_bridge(WHY, "USD")]
    assert all(isinstance(exhibit, Missing) for exhibit in said)
    assert len(published(said, tmp_path)["missing"]) == len(said) == 9
    assert model_findings.say_purchase_model(WHY, 0.9) == value_tables.tabulate_parameters(WHY, WHY, level=0.9) == []
    assert holdout_tables.tabulate_scores(WHY) == value_tables.tabulate_groups(WHY, "USD") == []
    assert model_figures.plot_frequency(WHY, history) == holdout_figures.plot_ranking(WHY) == []
    assert value_tables.key_values(WHY, WHY).empty


def test_a_withheld_forecast_leaves_the_constant_rate(history):
    reason = Unavailable("M7", "lifetime_value.holdout")
    said = value_findings.say_purchases(reason, history, TERMS)
    assert [type(exhibit) for exhibit in said] == [Missing, Finding]
    assert numbers(said)["lifetime_value.baseline.expected_purchases"].value == pytest.approx(
        (history.frequency / history.T * 365 / 7) @ history.customers)


def test_without_groups_the_total_stands_and_the_gap_is_told(history, model, spend):
    result = forecast(history, model, history_groups(history, WHY), TERMS, spend=spend, replicates=50, level=0.9,
                      seed=1)
    said = value_findings.say_value(result, "USD", WHY, WHY)
    assert [exhibit.code for exhibit in said if isinstance(exhibit, Missing)] == ["M2", "M4", "M4"]
    assert value_tables.tabulate_groups(result, "USD") == value_figures.plot_groups(result, "USD") == []


def test_without_spend_purchases_stand_and_the_value_is_a_gap(history, model):
    result = forecast(history, model, history_groups(history, RULES), TERMS, spend=WHY, replicates=50, level=0.9,
                      seed=1)
    assert [exhibit.code for exhibit in value_findings.say_value(result, "USD", WHY, WHY)] == ["M2"]
    table, = value_tables.tabulate_groups(result, "USD")
    assert isinstance(table, Table)
    assert [column.key for column in table.columns][-1] == "purchases_high"


def test_figures_draw_in_both_languages_and_carry_their_data(sample, history, fitted, model, spend, held, checked,
                                                             ahead, bridge):
    activity, density = fitted["pareto_nbd"], spend_summary(sample.purchase_days, END)
    figures = [
        *model_figures.plot_frequency(model, history), *model_figures.plot_heatmaps(model, activity, history, TERMS),
        *model_figures.plot_alive_path(activity, history), *model_figures.plot_heterogeneity(model),
        *model_figures.plot_spend(spend, density, "USD"), *holdout_figures.plot_calibration(checked),
        *holdout_figures.plot_recency(checked), *holdout_figures.plot_deciles(checked),
        *holdout_figures.plot_ranking(checked),
        *holdout_figures.plot_tracking(track(sample.purchase_days, held, model)),
        *value_figures.plot_groups(ahead, "USD"), *value_figures.plot_bridge(bridge, "USD")]
    assert [figure.id for figure in figures] == [f"lifetime_value.{name}.figure" for name in (
        "frequency", "heatmaps", "alive_path", "heterogeneity", "spend", "calibration", "recency", "deciles", "ranking",
        "tracking", "groups", "bridge")]
    for figure in figures:
        assert len(figure.data)
        for language in LANGUAGES:
            with use_style(language):
                drawn = figure.draw(language)
                assert drawn.get_suptitle()
                assert any(axis.get_xlabel() or axis.get_xticklabels() for axis in drawn.axes)
                pyplot.close(drawn)
    data = {figure.id.split(".")[1]: figure.data for figure in figures}
    assert data["frequency"]["actual"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert data["frequency"]["fitted"].tolist()[:3] == pytest.approx([1407.68, 460.32, 192.46], abs=0.01)
    assert data["frequency"]["fitted"].sum() == pytest.approx(2357)


def test_the_maps_and_the_path_ask_the_models(history, model, fitted):
    activity = fitted["mbg_nbd"]
    grid = model_figures.recency_frequency_grid(model, activity, history, 52.0)
    fresh, silent = (grid[grid["frequency"] == 5].iloc[place] for place in (0, -1))
    assert fresh["since_weeks"] == 0 < silent["since_weeks"] < 38.9
    assert fresh["purchases"] > silent["purchases"] and fresh["alive"] > silent["alive"]
    path = model_figures.alive_path(activity, history)
    assert path["purchase"].sum() == 5 and path["alive"].between(0, 1).all()
    bought = path.index[path["purchase"]]
    assert path["alive"].iloc[bought[1]] > path["alive"].iloc[bought[1] - 1]  # a purchase revives
    assert path["alive"].iloc[bought[-1]:].is_monotonic_decreasing


def test_differences_between_customers_are_those_of_the_law(fitted):
    curves = model_figures.heterogeneity(fitted["bg_nbd"])
    assert curves.groupby("part", sort=False)["share"].first().to_dict() == {"rate": 1, "stopping": 1}
    stopping = curves[curves["part"] == "stopping"]
    a, b = fitted["bg_nbd"].theta[2:]
    assert np.trapezoid(stopping["share"], stopping["value"]) == pytest.approx(a / (a + b), abs=2e-3)
    assert set(model_figures.heterogeneity(fitted["pareto_nbd"])["part"]) == {"rate", "stopping_rate"}


def test_the_density_of_spend_is_one(sample, spend):
    data = model_figures.spend_density(spend, spend_summary(sample.purchase_days, END))
    width = data["to"] - data["from"]
    assert (data["actual"] * width).sum() == pytest.approx(0.99, abs=0.01)
    assert (data["fitted"] * width).sum() == pytest.approx(0.99, abs=0.02)


def test_what_a_number_rests_on_is_told_in_both_languages(ahead, checked, bridge, fitted, history, model, spend):
    said = [*value_findings.say_purchases(ahead, history, TERMS),
            *value_findings.say_value(ahead, "CNY", checked, checked),
            *value_findings.say_bridge(bridge, "CNY"), *model_findings.say_models(fitted, 0.9)]
    tables = [*holdout_tables.tabulate_scores(checked), *value_tables.tabulate_groups(ahead, "CNY"),
              *value_tables.tabulate_parameters(model, spend, level=0.9)]
    given = {record.filter for one in said for record in ([one] if isinstance(one, Evidence) else one.numbers.values())}
    given = (given | {table.filter for table in tables}) - {None}
    assert len(given) >= 7
    for told in given:
        zh, en = (filter_text(told, language) for language in ("zh", "en"))
        assert "{" not in zh + en and "@" not in zh + en
        assert re.search("[\u4e00-\u9fff]", zh) and not re.search("[\u4e00-\u9fff]", en)
    told = filter_text(value_findings.forecast_filter(ahead, "prediction"), "zh")
    assert told.startswith("BG/NBD 模型，至 1998-") and told.endswith("50 组参数；实际合计的预测区间")
