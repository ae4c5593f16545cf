"""BG/BB on the donations of Fader, Hardie and Shang (2010), and the shifted beta-geometric on the contracts of Fader
and Hardie (2007, 2010).

Sources: the paper's spreadsheet (brucehardie.com) and the vignette of BTYD 2.4; tests of lifetimes and pymc-marketing;
data/customer_retention.rda of foretell; README of jdmaturen/shifted_beta_geometric_py. "recomputed" = an independent
computation that agrees with these. The donations are those that the lifetimes wheel carries.
"""

import warnings

import numpy as np
import pytest

from relops.customers.availability import ConvergenceError, Unavailable
from relops.customers.fitting import fit_contracts, fit_model
from relops.customers.history import CustomerHistory, constructed_history
from relops.customers.sbg import Likelihood, lifetime, residual_lifetime, survivor_counts
from relops.errors import BadInput
from relops.units import AnnualRate

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
COHORTS = [[10000, 8000, 6480, 5307, 4391], [10000, 8000, 6480, 5307], [10000, 8000, 6480], [10000, 8000]]


@pytest.fixture(scope="module")
def donations():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.datasets import load_donations

        rows = load_donations()
    frame = rows.rename(columns={"periods": "T", "weights": "customers"}).astype(float).assign(mean_spend=0.0)
    return CustomerHistory(frame, None, "years", "year")


@pytest.fixture(scope="module")
def donors(donations):
    return fit_model("bg_bb", donations)


def donor(frequency, recency):
    return constructed_history(np.array(frequency), np.array(recency), 6, "years", "year")


def test_maximum_likelihood_of_donations(donations, donors):
    assert (donations.n, len(donations.frame)) == (11104, 22)
    assert donors.theta == pytest.approx([1.203522, .749716, .656718, 2.783441], rel=2e-6)  # recomputed
    assert donors.theta == pytest.approx([1.204, .750, .657, 2.783], abs=6e-4)  # the paper
    assert donors.log_likelihood == pytest.approx(-33225.581274, abs=1e-5)  # recomputed; BTYD -33225.58
    assert list(donors.standard_errors.values()) == pytest.approx([.069391, .029448, .051009, .320815], rel=5e-5)


def test_donations_expected_of_a_new_donor(donors):  # pymc-marketing, the paper's spreadsheet
    printed = [.4985, .9233, 1.2969, 1.6323, 1.9381, 2.2202, 2.4826, 2.7285, 2.9603, 3.1798, 3.3887]
    found = donors.newcomer().purchases(np.arange(12.0))[:, 0]
    assert found[1:] == pytest.approx(printed, abs=6e-5)
    yearly = [5535.83, 4717.06, 4147.62, 3724.67, 3395.89, 3131.65, 2913.78, 2730.48, 2573.73, 2437.85, 2318.73]
    assert 11104 * np.diff(found) == pytest.approx(yearly, abs=0.1)


def test_donors_by_number_of_donations(donors):  # recomputed; the paper prints 3454.9 and 1253.1
    found = 11104 * donors.purchase_probability(np.arange(7), 6)
    assert found == pytest.approx([3454.88, 1888.65, 1348.88, 1113.38, 1017.92, 1027.17, 1253.11], abs=6e-3)


def test_what_single_donors_will_do(donors, donations):
    alive = donors.probability_alive(donor([0, 2, 6], [0, 4, 6]), ahead=1)
    assert alive == pytest.approx([.108133, .589657, .930434], abs=1e-6)  # recomputed; the paper .11 .59 .93
    assert donors.expected_purchases(donations, 5) @ donations.customers == pytest.approx(12884.16, abs=6e-3)
    assert donors.expected_purchases(donor([0, 4], [0, 5]), 10) == pytest.approx([.1302169, 3.627858], rel=1e-4)


def test_chances_of_donors_add_up(donors):
    history = donor([0, 2, 6], [0, 4, 6])
    chance = np.array([donors.purchase_probability(count, 5, history) for count in range(6)])
    assert chance.sum(axis=0) == pytest.approx([1, 1, 1], abs=1e-12)
    assert np.arange(6) @ chance == pytest.approx(donors.expected_purchases(history, 5), rel=1e-10)
    drawn = donors.outlook(history).simulate(5, np.repeat([0, 1, 2], 20_000), np.random.default_rng(1)).reshape(3, -1)
    error = drawn.std(axis=1) / np.sqrt(20_000)
    assert (np.abs(drawn.mean(axis=1) - donors.expected_purchases(history, 5)) < 4 * error).all()


def test_opportunities_are_not_days(donations, donors, cdnow_history):
    with pytest.raises(BadInput):
        fit_model("bg_bb", cdnow_history)
    with pytest.raises(BadInput):
        donors.expected_purchases(constructed_history(2, 4, 6, "years"), 5)


@pytest.mark.parametrize(("cohort", "theta", "log_likelihood"), [
    (REGULAR, (.704077, 1.182043), -1680.26519), (HIGH_END, (.668088, 3.806095), None)])
def test_maximum_likelihood_of_contracts(cohort, theta, log_likelihood):  # recomputed
    model = fit_contracts(survivor_counts([cohort]), "years")
    assert model.theta == pytest.approx(theta, rel=2e-6)
    if log_likelihood:
        assert model.log_likelihood == pytest.approx(log_likelihood, abs=1e-4)
        survived = 100 * model.survival(np.arange(8, 13))
        assert survived == pytest.approx([22.01, 20.44, 19.12, 17.99, 17.00], abs=6e-3)


def test_contracts_at_alpha_and_beta_of_one():  # printed per head
    frame = survivor_counts([HIGH_END])
    likelihood = Likelihood(frame["periods"], frame["lost"])
    value, _, _ = likelihood.derivatives(np.ones(2), frame["customers"].to_numpy(float))
    assert value / 1000 == pytest.approx(-2.115, abs=6e-4)


def test_several_cohorts():  # recomputed; the paper prints 3.80 and 15.19
    model = fit_contracts(survivor_counts(COHORTS), "years")
    assert model.theta == pytest.approx([3.798125, 15.191906], rel=1e-6)
    assert model.log_likelihood == pytest.approx(-40255.8373, abs=1e-4)
    assert model.n == 40000


def test_discounted_residual_lifetime():  # jdmaturen, recomputed
    found = residual_lifetime(.668088, 3.806095, .10, np.array([0, 1, 2, 3, 4, 7]))
    assert found[:5] == pytest.approx([5.41448, 5.90138, 6.29389, 6.61992, 6.89671], abs=6e-6)
    assert found[5] == pytest.approx(7.530, abs=6e-4)
    assert lifetime(.668088, 3.806095, .10) == pytest.approx(5.92225, abs=6e-6)


def test_a_living_customer_is_not_a_new_one():
    # the trap of a "probability alive" that is S(T + t): it must be S(T + t) / S(T)
    model = fit_contracts(survivor_counts([REGULAR]), "years")
    stays = model.survival(1, renewed=np.arange(4))
    assert stays == pytest.approx(model.retention(np.arange(1, 5)), rel=1e-12)
    assert stays == pytest.approx(model.survival(np.arange(1, 5)) / model.survival(np.arange(4)), rel=1e-12)
    assert (np.diff(stays) > 0).all()


@pytest.mark.parametrize("rate", [0.001, 0.1, 0.9])
def test_residual_lifetime_is_the_discounted_sum(rate):
    model = fit_contracts(survivor_counts([HIGH_END]), "years")
    # far out the sum falls as a power: beyond so many periods nothing counts at these rates
    ahead = np.arange(1, 60_000)
    summed = (model.survival(ahead, 3) * (1 + rate) ** (1.0 - ahead)).sum()
    assert model.residual_lifetime(AnnualRate(rate), 3)[0] == pytest.approx(summed, rel=1e-9)
    assert model.lifetime(AnnualRate(rate)) == pytest.approx(
        1 + (model.survival(ahead) * (1 + rate) ** (0.0 - ahead)).sum(), rel=1e-9)


def test_contracts_that_cannot_be():
    with pytest.raises(BadInput) as refused:
        survivor_counts([[10, 12], [5], REGULAR, [0, 0]])
    assert [problem.place for problem in refused.value.problems] == ["cohort 1", "cohort 2", "cohort 4"]
    with pytest.raises(Unavailable) as reason:
        fit_contracts(survivor_counts([[100, 90]]))
    assert reason.value.code == "M2"
    # everybody alike: the same share is lost every time
    with pytest.raises(ConvergenceError) as reason:
        fit_contracts(survivor_counts([[8000, 4000, 2000, 1000, 500]]))
    assert reason.value.code == "M7"
