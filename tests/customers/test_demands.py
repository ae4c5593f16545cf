"""What a model must not be asked: each is refused in a sentence that names the value, and nothing else breaks."""

import datetime

import numpy as np
import pandas as pd
import pytest

from relops.customers.availability import Unavailable
from relops.customers.diagnosis.concentration import concentration
from relops.customers.fitting import fit_gamma_gamma, fit_model
from relops.customers.history import constructed_history
from relops.customers.models import BgNbd, ConstantRate, ParetoNbd, ShiftedBetaGeometric
from relops.customers.prediction import forecast
from relops.customers.rfm.scores import cut_points, cut_rules, score
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
