"""What lifetime value publishes: sentences in both languages, tables, figures with their data, gaps with
codes."""

import datetime
from dataclasses import replace

import numpy as np
import pytest
from matplotlib import pyplot

from relops.customers import value_figures, value_findings, value_tables
from relops.customers.availability import ConvergenceError, Unavailable
from relops.customers.fitting import fit_bg_nbd, fit_gamma_gamma, fit_nbd
from relops.customers.history import read_history, read_holdout
from relops.customers.history_summary import spend_summary
from relops.customers.prediction import forecast
from relops.customers.rfm.groups import GroupRules
from relops.customers.validation import validate
from relops.customers.value_terms import ValueTerms, history_groups
from relops.exhibits import Evidence, Finding, Missing, Table, plain, render_finding
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
def model(history):
    return fit_bg_nbd(history)


@pytest.fixture(scope="module")
def spend(sample):
    return fit_gamma_gamma(spend_summary(sample.purchase_days, END))


@pytest.fixture(scope="module")
def checked(sample):
    past = read_holdout(sample.purchase_days, END, 13, "none")
    spent = fit_gamma_gamma(spend_summary(sample.purchase_days, past.observation_end))
    return validate(past, fit_bg_nbd(past), END, spend=spent, replicates=50, level=0.9, seed=1)


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


def test_the_figures_that_the_sample_must_show(history, model, spend):
    said = numbers([*value_findings.say_history(history, TERMS), *value_findings.say_purchase_model(model, 0.9),
                    *value_findings.say_gamma_gamma(spend, 0.9, "USD")])
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
    said = value_findings.say_purchase_model(model, 0.9)
    published(said, tmp_path)
    assert "no sign of customers stopping" in sentences(said)[0] and sentences(said, "zh")
    result = forecast(history, model, history_groups(history, RULES), TERMS, spend=WHY, replicates=50, level=0.9,
                      seed=1)
    assert [exhibit.id for exhibit in value_findings.say_purchases(result, history, TERMS)] == [
        "lifetime_value.expected_purchases.finding"]
    assert [figure.data["fitted"].sum() for figure in value_figures.plot_frequency(model, history)] == [
        pytest.approx(2357)]


def test_rates_follow_from_the_parameters(model, spend):
    said = numbers(value_findings.say_purchase_model(model, 0.9))
    r, alpha, a, b = model.theta
    assert said["lifetime_value.bg_nbd.purchases_per_year"].value == pytest.approx(r / alpha * 365.25 / 7)
    stop = said["lifetime_value.bg_nbd.stopping"]
    assert stop.value == pytest.approx(a / (a + b))
    # the delta method against draws from the same normal in logarithms
    draws = np.exp(np.random.default_rng(1).multivariate_normal(np.log(model.theta), model.log_covariance, 40_000))
    share = np.quantile(draws[:, 2] / (draws[:, 2] + draws[:, 3]), [0.05, 0.95])
    assert [stop.low, stop.high] == pytest.approx(share, abs=4e-3)
    mean = numbers(value_findings.say_gamma_gamma(spend, 0.9, "USD"))["lifetime_value.gamma_gamma.mean_spend"]
    draws = np.exp(np.random.default_rng(1).multivariate_normal(np.log(spend.theta), spend.log_covariance, 40_000))
    p, q, v = draws[draws[:, 1] > 1].T
    assert [mean.low, mean.high] == pytest.approx(np.quantile(p * v / (q - 1), [0.05, 0.95]), rel=6e-3)


def test_everything_is_declared_and_reads_in_both_languages(history, model, spend, checked, ahead, tmp_path):
    said = [*value_findings.say_history(history, TERMS), *value_findings.say_purchase_model(model, 0.9),
            *value_findings.say_gamma_gamma(spend, 0.9, "USD"), *value_findings.say_validation(checked),
            *value_findings.say_purchases(ahead, history, TERMS), *value_findings.say_value(ahead, "USD"),
            *value_tables.tabulate_parameters(model, spend, level=0.9), *value_tables.tabulate_scores(checked),
            *value_tables.tabulate_calibration(checked), *value_tables.tabulate_groups(ahead, "USD")]
    records = published(said, tmp_path)
    assert {"lifetime_value.holdout.bg_nbd.mae", "lifetime_value.holdout.baseline.gini",
            "lifetime_value.expected_purchases.total", "lifetime_value.revenue_value",
            "lifetime_value.group.loyal.revenue_value", "lifetime_value.bg_nbd.log_likelihood"} <= set(
                records["evidence"])
    assert set(records["tables"]) == {f"lifetime_value.{name}.table"
                                      for name in ("parameters", "holdout", "calibration", "groups")}
    assert [(missing["code"], missing["field"]) for missing in records["missing"].values()] == [
        ("M4", "finance.discount_rate_year"), ("M4", "finance.margin_rate")]
    for language in LANGUAGES:
        for sentence in sentences(said, language):
            assert "{" not in sentence
    assert records["findings"]["lifetime_value.value.finding"]["worth"] == "lifetime_value.revenue_value"


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
    said = value_findings.say_validation(replace(checked, verdict=verdict))
    assert words in sentences(said)[0]
    assert len(sentences(said, "zh")) == 2


def test_the_verdict_on_independence_is_a_rule(spend):
    for correlation, words in ((0.11, "within what"), (0.45, "does not hold"), (-0.6, "does not hold")):
        said = value_findings.say_gamma_gamma(replace(spend, correlation=correlation), 0.9, "USD")
        assert words in sentences(said)[-1]


def test_buyers_left_out_are_counted_and_small_numbers_not_told(spend):
    for left, told in ((12, 3), (3, 2)):
        said = value_findings.say_gamma_gamma(replace(spend, left_out=left), 0.9, "USD")
        assert len(sentences(said)) == told
        assert numbers(said)["lifetime_value.gamma_gamma.left_out"].value == left


def test_with_margin_and_rate_it_is_a_lifetime_value(history, model, spend, tmp_path):
    terms = ValueTerms(END, DAY(1998, 9, 30), AnnualRate(0.1), 0.25)
    result = forecast(history, model, history_groups(history, RULES), terms, spend=spend, replicates=50, level=0.9,
                      seed=1)
    said = value_findings.say_value(result, "USD")
    assert "customer lifetime value" in sentences(said)[0] and "10.0% a year" in sentences(said)[0]
    assert not [exhibit for exhibit in said if isinstance(exhibit, Missing)]
    assert "25.0% (set in the brief)" in sentences(said)[-1]
    records = published([*said, *value_tables.tabulate_groups(result, "USD")], tmp_path)
    assert "lifetime_value.customer_equity" in records["evidence"]
    assert "lifetime_value.revenue_value" not in records["evidence"]


def test_a_group_of_few_people_is_not_told(ahead, tmp_path):
    few = ahead.groups.assign(customers=[1696, 283, 283, 4], value=[1.0, 2.0, 3.0, 9e9])
    said = value_findings.say_groups(replace(ahead, groups=few), "USD")
    assert "Loyal" in sentences(said)[0]
    assert not [name for name in numbers(said) if ".riser." in name]
    records = published(value_tables.tabulate_groups(replace(ahead, groups=few), "USD"), tmp_path)
    labels = [row[0] for row in records["tables"]["lifetime_value.groups.table"]["rows"]]
    assert "@customers.group.riser" not in labels and len(labels) == 4


@pytest.mark.parametrize("parameter", ["r", "alpha", "a", "b", "p", "q", "v"])
def test_no_peak_is_explained(parameter):
    reason = ConvergenceError("gamma_gamma" if parameter in "pqv" else "bg_nbd", parameter)
    say = value_findings.say_gamma_gamma if parameter in "pqv" else value_findings.say_purchase_model
    said = say(reason, 0.9, "USD") if parameter in "pqv" else say(reason, 0.9)
    assert said[0].code == "M7"
    assert all(sentences(said, language) for language in LANGUAGES)
    assert parameter in str(reason)


def test_each_section_says_what_it_lacks(history, tmp_path):
    said = [*value_findings.say_history(WHY, WHY), *value_findings.say_purchase_model(WHY, 0.9),
            *value_findings.say_gamma_gamma(WHY, 0.9, "USD"), *value_findings.say_validation(WHY),
            *value_findings.say_purchases(WHY, WHY, WHY), *value_findings.say_value(WHY, "USD")]
    assert all(isinstance(exhibit, Missing) for exhibit in said)
    assert len(published(said, tmp_path)["missing"]) == len(said) == 6
    assert value_tables.tabulate_parameters(WHY, WHY, level=0.9) == []
    assert value_tables.tabulate_scores(WHY) == value_tables.tabulate_groups(WHY, "USD") == []
    assert value_figures.plot_frequency(WHY, history) == value_figures.plot_ranking(WHY) == []
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
    said = value_findings.say_value(result, "USD")
    assert [exhibit.code for exhibit in said if isinstance(exhibit, Missing)] == ["M2", "M4", "M4"]
    assert value_tables.tabulate_groups(result, "USD") == value_figures.plot_groups(result, "USD") == []


def test_without_spend_purchases_stand_and_the_value_is_a_gap(history, model):
    result = forecast(history, model, history_groups(history, RULES), TERMS, spend=WHY, replicates=50, level=0.9,
                      seed=1)
    assert [exhibit.code for exhibit in value_findings.say_value(result, "USD")] == ["M2"]
    table, = value_tables.tabulate_groups(result, "USD")
    assert isinstance(table, Table)
    assert [column.key for column in table.columns][-1] == "purchases_high"


def test_figures_draw_in_both_languages_and_carry_their_data(history, model, checked, ahead):
    figures = [*value_figures.plot_frequency(model, history), *value_figures.plot_calibration(checked),
               *value_figures.plot_ranking(checked), *value_figures.plot_groups(ahead, "USD")]
    assert [figure.id for figure in figures] == [f"lifetime_value.{name}.figure" for name in
                                                 ("frequency", "calibration", "ranking", "groups")]
    for figure in figures:
        for language in LANGUAGES:
            with use_style(language):
                drawn = figure.draw(language)
                assert drawn.get_suptitle()
                assert all(axis.get_xlabel() for axis in drawn.axes)
                pyplot.close(drawn)
    fitted = figures[0].data
    assert fitted["actual"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert fitted["fitted"].tolist()[:3] == pytest.approx([1407.68, 460.32, 192.46], abs=0.01)
    assert fitted["fitted"].sum() == pytest.approx(2357)
