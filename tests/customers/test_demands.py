"""What a model must not be asked: each is refused in a sentence that names the value, and nothing else breaks."""

import datetime

import numpy as np
import pandas as pd
import pytest

from relops.customers.availability import Unavailable
from relops.customers.diagnosis.cohorts import second_purchase
from relops.customers.diagnosis.concentration import concentration
from relops.customers.diagnosis.survival import return_curves
from relops.customers.fitting import fit_gamma_gamma, fit_model
from relops.customers.history import constructed_history, read_holdout
from relops.customers.model_choice import roll
from relops.customers.models import BgNbd, ConstantRate, ParetoNbd, ShiftedBetaGeometric
from relops.customers.prediction import forecast
from relops.customers.rfm.groups import assign_groups
from relops.customers.rfm.scores import cut_points, cut_rules, rulers_to_freeze, score
from relops.customers.rfm.segments import TRADE_SEGMENTS, segment_rules
from relops.customers.value_terms import ValueTerms, check_parameters
from relops.errors import BadInput
from relops.units import AnnualRate

MODEL = BgNbd.at(0.243, 4.414, 0.793, 2.426)
ONE = constructed_history(2, 30.43, 38.86)
DAY = datetime.date(2025, 3, 1)
CONTRACTS = ShiftedBetaGeometric("sbg", None, np.zeros(0), np.array([0.668, 3.806]), np.zeros((2, 2)), 0.0, 0)


def refused(code, value, function, *given, **named):
    with pytest.raises(BadInput) as caught:
        function(*given, **named)
    problem, = caught.value.problems
    assert problem.code == f"customers.{code}" and value in problem.render("en") and value in problem.render("zh")


@pytest.mark.parametrize("span", [-1, np.nan, np.inf])
def test_a_span_is_finite_and_not_negative(span):
    for ask in (MODEL.expected_purchases, ConstantRate().expected_purchases, MODEL.probability_alive,
                lambda history, ahead: MODEL.purchase_probability(1, ahead, history)):
        refused("span", f"{span:g}", ask, ONE, span)
    refused("span", f"{span:g}", MODEL.purchase_probability, 1, span)
    refused("span", f"{span:g}", MODEL.outlook(ONE).simulate, span, np.zeros(3, int), np.random.default_rng(1))
    refused("span", f"{span:g}", CONTRACTS.survival, span)


@pytest.mark.parametrize("count", [-1, 0.5, np.nan])
def test_a_number_of_purchases_is_whole(count):
    refused("count", f"{count:g}", MODEL.purchase_probability, count, 10)
    refused("count", f"{count:g}", MODEL.purchase_probability, count, 10, ONE)
    refused("count", f"{count:g}", CONTRACTS.residual_lifetime, AnnualRate(0.1), count)


def test_discount_of_nothing_share_of_all_and_units_unknown():
    for intensity in (0.0, -0.1):
        refused("no_discount", str(intensity), MODEL.outlook(ONE).residual, intensity)
    refused("no_discount", "0", CONTRACTS.lifetime, AnnualRate(0))
    refused("open_share", "1", MODEL.outlook(ONE).next_purchase, 1)
    refused("history_unit", "W", ONE.in_unit, "W")
    refused("history_unit", "W", BgNbd.at, 1, 1, 1, 1, unit="W")
    refused("grain", "banana", constructed_history, 2, 30, 38, event_grain="banana")


def test_parameters_and_names_of_models():
    refused("parameters", "1, 2", BgNbd.at, 1, 2)
    refused("parameters", "0", ParetoNbd.at, 1, 2, 0, 1)
    refused("parameters", "nan", BgNbd.at, 1, 2, np.nan, 1)
    many = constructed_history(np.ones(40), np.linspace(1, 20, 40), 30.0)
    refused("model_name", "banana", fit_model, "banana", many)


def test_horizons_that_dates_do_not_reach():
    refused("horizon_weeks", "1000000", check_parameters, 1_000_000, 26, 200, 0.9)
    refused("holdout_weeks", "1000000", check_parameters, 52, 1_000_000, 200, 0.9)
    refused("horizon_end", "2025-02-28", ValueTerms, DAY, DAY - datetime.timedelta(1))


@pytest.mark.parametrize(("replicates", "level", "code", "value"), [
    (1, 0.9, "replicates", "1"), (18, 0.9, "replicates", "19"), (200, 90, "open_share", "90")])
def test_draws_too_few_for_their_level(replicates, level, code, value):
    refused(code, value, forecast, ONE, MODEL, np.array(["all"]), ValueTerms(DAY, DAY), spend=Unavailable("M2", "x"),
            replicates=replicates, level=level, seed=1)


def test_spend_without_repeat_purchase_is_left_out_and_a_missing_one_refused():
    rng = np.random.default_rng(1)
    often = np.arange(400) % 7 + 1
    own = rng.gamma(6 * often) / rng.gamma(4, 1 / 15, 400) / often
    spend = pd.DataFrame({"frequency": often, "mean_spend": own, "customers": 1, "squared_deviation": 0.0})
    plain = fit_gamma_gamma(spend)
    first = pd.DataFrame({"frequency": [0, 0], "mean_spend": [70.0, 3.0], "customers": 1, "squared_deviation": 0.0})
    again = fit_gamma_gamma(pd.concat([spend, first], ignore_index=True))
    assert (again.parameters, again.n, again.left_out) == (plain.parameters, 400, 2)
    refused("unknown_spend", "1", fit_gamma_gamma, spend.assign(mean_spend=[np.nan, *spend["mean_spend"][1:]]))


def test_scores_of_nobody_and_of_nothing():
    refused("unknown_value", "1", score, np.array([np.nan, 3.0]), (1.0, 2.0))
    refused("unknown_value", "1", concentration, pd.DataFrame({"revenue": [1.0, np.nan], "customers": 9}))
    nobody = pd.DataFrame({"recency_days": [], "purchase_days": [], "customers": []})
    reason = cut_points(nobody, pd.DataFrame({"revenue": [], "customers": []}), cut_rules(5), {})
    assert isinstance(reason, Unavailable) and reason.code == "M2"
    refused("unknown_value", "1", assign_groups, np.array([np.nan, 3.0]), np.array([1, 1]), None)
    refused("descending", "8, 2", score, np.array([1.0]), (8.0, 2.0))


@pytest.mark.parametrize("count", [-5, 0, 2.5])
def test_windows_and_numbers_of_holdouts_are_whole_and_positive(count):
    refused("whole", repr(count), read_holdout, None, DAY, count, "none")
    refused("whole", repr(count), roll, None, ONE, 26, count, "none", fit=fit_model)
    refused("whole", repr(count), second_purchase, pd.DataFrame(), count)
    refused("whole", repr(count), return_curves, pd.DataFrame({"days": [1]}), count)


def test_a_forecast_of_another_day_an_unknown_method_and_a_model_that_knows_no_errors():
    terms, ask = ValueTerms(ONE.observation_end, ONE.observation_end), {
        "spend": Unavailable("M2", "x"), "replicates": 50, "level": 0.9, "seed": 1}
    often = np.arange(80) ** 2 % 23
    fitted = fit_model("nbd", constructed_history(often, np.where(often, 20, 0), 30.0))
    refused("unknown_choice", "bootstap", forecast, ONE, fitted, np.array(["all"]), terms, method="bootstap", **ask)
    refused("stated_model", "bg_nbd", forecast, ONE, MODEL, np.array(["all"]), terms, **ask)
    refused("forecast_apart", "2025-03-01", forecast, ONE, fitted, np.array(["all"]), ValueTerms(DAY, DAY), **ask)
    refused("forecast_apart", "2", forecast, ONE, fitted, np.array(["all", "all"]), terms, **ask)
    refused("margin_rate", "30", ValueTerms, DAY, DAY, None, 30)
    refused("untyped_discount", "0.15", ValueTerms, DAY, DAY, 0.15)
    refused("open_share", "90", fitted.interval, "alpha", 90)
    refused("unknown_choice", "beta", fitted.interval, "beta", 0.9)


def test_other_shares_than_the_frozen_ones_are_cut_anew_and_nested_cuts_are_not_fixed():
    customers = pd.DataFrame({"recency_days": range(100), "purchase_days": 1, "customers": 1})
    totals = pd.DataFrame({"revenue": np.arange(1.0, 101), "customers": 1})
    frozen = rulers_to_freeze(None, cut_points(customers, totals, cut_rules(5), {}))
    assert "rfm.cut_shares" not in frozen  # equal ones need no word
    skewed = cut_rules(5, shares="0.5,0.8,0.9,0.95")
    anew = cut_points(customers, totals, skewed, frozen)
    assert anew.source == "data" and anew.monetary == pytest.approx((50.5, 80.2, 90.1, 95.05))
    again = cut_points(customers, totals.assign(revenue=totals["revenue"] * 2), skewed, rulers_to_freeze(None, anew))
    assert (again.source, again.monetary) == ("lock", anew.monetary)
    assert cut_points(customers, totals, cut_rules(5), rulers_to_freeze(None, anew)).source == "data"
    refused("nested_cuts", "frequency_cuts, monetary_cuts", cut_rules, 5, binning="nested", frequency="1,2,3,4",
            monetary="10,20,50,100")


@pytest.mark.parametrize("rule", [{"name": "others", "recency": [5, 5]}, "champions", 5])
def test_a_segment_named_as_the_rest_or_no_rule_at_all(rule):
    with pytest.raises(BadInput) as caught:
        segment_rules([rule, {"name": "old", "recency": [True, True]}])
    assert [problem.code for problem in caught.value.problems] == ["customers.segment_name", "customers.segment_box"]
    assert segment_rules([]) == TRADE_SEGMENTS
