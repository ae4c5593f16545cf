"""The hold-out: its arithmetic by hand, which model serves and why, calibration, last year's same weeks."""

import datetime
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from relops.customers.availability import ConvergenceError, Unavailable
from relops.customers.calibration import calibration_table, decile_table, ranking_table, recency_table, tenth
from relops.customers.fitting import fit_bg_nbd, fit_gamma_gamma, fit_model, fit_nbd
from relops.customers.history import constructed_history, customer_history, read_history
from relops.customers.history_summary import holdout_summary, spend_summary
from relops.customers.holdout_scores import Ranking, poisson_deviance, score
from relops.customers.model_choice import (
    CANDIDATES,
    LOCK_ACTIVITY,
    LOCK_MODEL,
    choose,
    fit_candidates,
    latest,
    roll,
    rolling_ends,
    serving,
    to_freeze,
)
from relops.customers.models import ConstantRate
from relops.customers.same_weeks import find_peak, same_weeks, track_record
from relops.customers.tracking import track
from relops.customers.validation import earned, hold_out, interval_coverage, rolling_scores, validate
from relops.customers.value_terms import ValueTerms

DAY = datetime.date
END = DAY(1997, 9, 30)
LAST = DAY(1998, 6, 30)
NO_SPEND = Unavailable("M2", "orders")


@pytest.fixture(scope="module")
def whole(sample_rows, make_purchases):
    """The sample to its last day, the usual 39 weeks held out."""
    return make_purchases(sample_rows, LAST)


@pytest.fixture(scope="module")
def past(whole):
    return customer_history(holdout_summary(whole.purchase_days, END, LAST), END)


@pytest.fixture(scope="module")
def held(past):
    return hold_out(past, [fit_model(name, past) for name in CANDIDATES], LAST)


@pytest.fixture(scope="module")
def judged(held, whole):
    spend = fit_gamma_gamma(spend_summary(whole.purchase_days, END))
    return validate(held, held.models["bg_nbd"], spend=spend, level=0.9)


@pytest.fixture(scope="module")
def everything(whole):
    return read_history(whole.purchase_days, LAST, "none")


@pytest.fixture(scope="module")
def fitted(everything):
    return fit_candidates(everything, fit_model)


@pytest.fixture(scope="module")
def rolled(whole, everything):
    return roll(whole.purchase_days, everything, 13, 3, "none", fit=fit_model)


def test_scores_on_four_customers_by_hand():
    frame = pd.DataFrame({"frequency": [0, 2], "recency": [0.0, 5.0], "T": [10.0, 10.0], "customers": [30, 10],
                          "mean_spend": [0.0, 200.0], "holdout_purchases": [0, 4], "holdout_spend": [0.0, 900.0]})
    small = replace(constructed_history([0], [0.0], [1.0], unit="weeks"), frame=frame, observation_end=END)
    fixed = SimpleNamespace(name="bg_nbd", expected_purchases=lambda *_: np.array([0.5, 3.0]),
                            purchase_probability=lambda count, span, rows: np.full(len(rows.frame), 0.2))
    held = hold_out(small, [fixed], END + datetime.timedelta(weeks=10))
    result = validate(held, fixed, spend=NO_SPEND, level=0.9)
    scores = {key: estimate.value for key, estimate in result.scores.items()}
    assert scores["bg_nbd", "mae"] == pytest.approx((30 * 0.5 + 10 * 1) / 40)
    assert scores["bg_nbd", "rmse"] == pytest.approx(np.sqrt((30 * 0.25 + 10 * 1) / 40))
    assert scores["bg_nbd", "bias"] == pytest.approx(45 / 40 - 1)
    assert scores["baseline", "bias"] == pytest.approx(10 * 2 / 40 - 1)  # 2 / 10 x 10 weeks each
    assert scores["bg_nbd", "gini"] == scores["baseline", "gini"] == pytest.approx(1)
    assert result.gain.value == pytest.approx((10 * 4) / 40 - (30 * 0.25 + 10 * 1) / 40)
    assert result.top_fifth.value == pytest.approx(0.8)  # the first fifth is eight of the ten buyers
    assert (held.purchases, held.weeks, result.revenue_bias) == (40, 10, None)


def bootstrap(values, actual, customers, metric, replicates=150):
    n, rng, found = int(customers.sum()), np.random.default_rng(3), []
    for _ in range(replicates):
        weights = rng.multinomial(n, customers / n).astype(float)
        used = weights > 0
        found.append(score({"model": values[used], "baseline": 0.5 * values[used]}, actual[used], weights[used],
                           0.9)["model", metric].value)
    return np.std(found)


@pytest.mark.parametrize("metric", ["mae", "rmse", "bias", "gini", "top", "gain"])
def test_intervals_are_those_the_bootstrap_tends_to(held, metric):
    values, actual, customers = held.expected["bg_nbd"], held.actual, held.customers
    one = score({"model": values, "baseline": 0.5 * values}, actual, customers, 0.9)["model", metric]
    assert (one.high - one.low) / 2 / 1.6449 == pytest.approx(bootstrap(values, actual, customers, metric), rel=0.2)


def test_deviance_favours_the_right_mean():
    counts = np.random.default_rng(5).poisson(0.7, 200_000).astype(float)
    means = {guess: poisson_deviance(np.full_like(counts, guess), counts).mean() for guess in (0.5, 0.7, 0.9)}
    assert min(means, key=means.get) == 0.7
    assert poisson_deviance(np.array([0.0, 2.0]), np.array([0.0, 2.0])) == pytest.approx([0, 0], abs=1e-8)
    assert np.isfinite(poisson_deviance(np.array([0.0]), np.array([1.0]))).all()


def test_the_published_hold_out_of_the_sample(held, judged):
    """39 weeks, exact conditional expectations: sums, errors and correlation counted by an independent script."""
    totals = {name: held.total(name) for name in held.models}
    assert held.purchases == 1882
    assert totals == pytest.approx({"nbd": totals["nbd"], "bg_nbd": 1653.409, "pareto_nbd": 1665.513,
                                    "mbg_nbd": 1576.728}, rel=1e-4)
    for name, mae, rmse in (("bg_nbd", .78545, 1.60798), ("pareto_nbd", .75452, 1.60285), ("mbg_nbd", .76478, 1.60718)):
        assert judged.scores[name, "mae"].value == pytest.approx(mae, abs=2e-5)
        assert judged.scores[name, "rmse"].value == pytest.approx(rmse, abs=2e-5)
    by_frequency = judged.calibration
    assert by_frequency["customers"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert by_frequency["actual"].round(4).tolist() == [.2367, .6970, 1.3925, 1.56, 2.5323, 2.9474, 3.8621, 6.3594]
    assert by_frequency["bg_nbd"].round(4).tolist() == pytest.approx(
        [.2251, .5231, 1.0441, 1.5203, 2.1638, 2.6538, 3.5040, 6.1570], abs=2e-4)


def test_every_score_has_an_interval_around_it(judged):
    assert judged.verdict == "better"
    assert abs(judged.revenue_bias["bg_nbd"].value) < abs(judged.revenue_bias["baseline"].value)
    for estimate in (*judged.scores.values(), judged.gain, judged.top_fifth, judged.coverage,
                     *judged.revenue_bias.values(), *judged.spend.values()):
        assert estimate.low < estimate.value < estimate.high
    assert set(judged.spend) == {(name, metric) for name in ("gamma_gamma", "own_mean")
                                 for metric in ("mae", "rmse", "bias", "gini")}


def test_prediction_intervals_cover_what_the_model_itself_brings_forth(held, past):
    model = held.models["bg_nbd"]
    row_of = np.repeat(np.arange(len(past.frame)), past.frame["customers"])
    drawn = model.outlook(past).simulate(held.span, row_of, np.random.default_rng(8))
    frame = past.frame.iloc[row_of].assign(customers=1, holdout_purchases=drawn)
    made = replace(held, history=replace(past, frame=frame))
    covered = interval_coverage(made, "bg_nbd", 0.9)
    # counts are whole: the interval of a customer holds the level or more, never less
    assert covered.value > 0.9 and covered.n == 2357
    assert interval_coverage(replace(made, history=replace(past, frame=frame.assign(
        holdout_purchases=drawn + 9))), "bg_nbd", 0.9).value < 0.05


def test_too_few_purchases_held_out_is_a_reason(past):
    nothing = replace(past, frame=past.frame.assign(holdout_purchases=0, holdout_spend=0.0))
    for history, models in ((nothing, [fit_bg_nbd(past)]), (past, [])):
        with pytest.raises(Unavailable) as reason:
            hold_out(history, models, LAST)
        assert (reason.value.code, reason.value.field) == ("M2", "lifetime_value.holdout")


def test_a_model_that_loses_is_withheld_and_one_that_wins_serves(past, held):
    model, span = held.models["bg_nbd"], 39.0
    # customers who go on exactly at their own rate: the baseline is right, the model wrong
    steady = np.round(ConstantRate().expected_purchases(past, span))
    outcomes = {"worse": steady, "better": np.round(model.expected_purchases(past, span))}
    for verdict, came in outcomes.items():
        history = replace(past, frame=past.frame.assign(holdout_purchases=came, holdout_spend=0.0))
        result = validate(hold_out(history, [model], LAST), model, spend=NO_SPEND, level=0.9)
        assert result.verdict == verdict
    assert earned(model, result) is model
    lost = validate(hold_out(replace(past, frame=past.frame.assign(holdout_purchases=steady)), [model], LAST), model,
                    spend=NO_SPEND, level=0.9)
    with pytest.raises(Unavailable) as reason:
        earned(model, lost)
    assert (reason.value.code, reason.value.field) == ("M7", "lifetime_value.holdout")
    assert reason.value.numbers["bg_nbd"].value > reason.value.numbers["baseline"].value


def test_a_model_that_could_not_be_fitted_before_cannot_be_judged(past, held):
    alone = hold_out(past, [held.models["nbd"]], LAST)
    with pytest.raises(Unavailable) as reason:
        validate(alone, held.models["bg_nbd"], spend=NO_SPEND, level=0.9)
    assert (reason.value.code, reason.value.field) == ("M7", "lifetime_value.bg_nbd")


def test_ranking_treats_equals_alike():
    actual, customers = np.array([3.0, 1.0, 0.0]), np.array([10.0, 10.0, 20.0])
    tied = ranking_table({"bg_nbd": np.array([1.0, 1.0, 0.0])}, actual, customers)
    assert np.interp([0.25, 0.5, 1], tied["share_customers"], tied["bg_nbd"]) == pytest.approx([0.5, 1, 1])
    assert np.interp([0.25, 0.5], tied["share_customers"], tied["perfect"]) == pytest.approx([0.75, 1])
    rows = np.random.default_rng(2).permutation(3)
    one, other = (Ranking(np.array([1.0, 1.0, 0.0])[order], actual[order], customers[order]).area().value
                  for order in (slice(None), rows))
    assert one == pytest.approx(other)


def test_calibration_pools_high_frequencies():
    table = calibration_table(np.array([0, 6, 7, 20]), np.array([0.0, 1, 2, 6]), np.array([5.0, 5, 3, 1]),
                              {"bg_nbd": np.array([0.1, 1, 2, 6])}, 0.9)
    assert table["frequency"].tolist() == [0, 6, 7]
    assert table["customers"].tolist() == [5, 5, 4]
    assert table["actual"].tolist() == [0, 1, 3]
    assert table["bg_nbd"].iloc[-1] == 3


def test_tenths_keep_equals_together():
    customers = np.array([700.0, 100, 100, 100])
    assert tenth(np.array([0.1, 0.2, 0.3, 0.4]), customers).tolist() == [4, 8, 9, 10]
    assert tenth(np.array([1.0, 1, 1, 1]), customers).tolist() == [6] * 4
    table = decile_table(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.0, 1, 1, 2]), customers,
                         {"m": np.array([0.1, 0.2, 0.3, 0.4])}, 0.9)
    assert table["customers"].tolist() == customers.tolist()
    assert (table["customers"] @ table["m"]) == pytest.approx(70 + 20 + 30 + 40)


def test_recency_bands_hold_every_customer(judged):
    table = judged.recency
    assert table["customers"].sum() == 2357
    assert len(set(table["to"] - table["from"])) == 1
    assert (table["customers"] * table["bg_nbd"]).sum() == pytest.approx(1653.409, rel=1e-4)
    lone = recency_table(np.zeros(2), np.ones(2), np.ones(2), {"m": np.ones(2)}, 0.9)
    assert lone[["from", "to"]].values.tolist() == [[0, 1]]


def test_rolling_hold_outs_follow_each_other_while_history_lasts(rolled, whole):
    assert [(held.calibration_end, held.holdout_end) for held in rolled] == [
        (DAY(1998, 3, 31), LAST), (DAY(1997, 12, 30), DAY(1998, 3, 31)), (DAY(1997, 9, 30), DAY(1997, 12, 30))]
    assert latest(rolled) is rolled[0]
    assert rolling_ends(LAST, 77.9, 13, 9)[-1] == DAY(1997, 12, 30)  # 25.9 weeks lie before the one after it
    assert rolling_ends(LAST, 26, 13, 9) == [LAST]
    short = read_history(whole.purchase_days, DAY(1997, 5, 1), "none")
    with pytest.raises(Unavailable) as reason:
        roll(whole.purchase_days, short, 13, 3, "none", fit=fit_model)
    assert reason.value.code == "M2"
    table = rolling_scores(rolled, "bg_nbd", 0.9)
    assert table["actual_purchases"].tolist() == [held.purchases for held in rolled]
    assert (table["model_rmse"] < table["baseline_rmse"]).all()


def test_the_rule_picks_by_hold_out_then_aic_then_order(fitted, rolled):
    choice = choose(fitted, rolled, {})
    table = choice.table.set_index("model")
    assert choice.source == "holdout" and choice.origins == 3
    assert table["gap"].min() == 0 and table["contender"].any()
    assert not table.loc["nbd", "contender"]
    contenders = table[table["contender"]]
    assert choice.model == contenders.index[contenders["aic"] <= contenders["aic"].min() + 2][0]
    assert choice.activity in ("mbg_nbd", "pareto_nbd")
    assert serving(fitted, choice) is fitted[choice.model]
    assert to_freeze(choice) == {LOCK_MODEL: choice.model, LOCK_ACTIVITY: choice.activity}


def test_a_near_tie_goes_to_the_simpler_model(past, held):
    nbd, bg = fit_nbd(past), held.models["bg_nbd"]
    same = replace(held, models={"nbd": nbd, "bg_nbd": bg},
                   expected=held.expected | {"nbd": held.expected["bg_nbd"]})
    alike = replace(bg, log_likelihood=nbd.log_likelihood + 2.5)  # three points of AIC worse by its two parameters
    assert choose({"nbd": nbd, "bg_nbd": alike}, [same], {}).model == "nbd"
    assert choose({"nbd": nbd, "bg_nbd": bg}, [same], {}).model == "bg_nbd"  # 180 points of log-likelihood better


def test_noise_does_not_move_the_choice(fitted, rolled):
    chosen = choose(fitted, rolled, {}).model
    jitter = np.random.default_rng(9)
    for _ in range(20):
        shaken = [replace(held, expected={name: values * np.exp(jitter.normal(0, 0.01, len(values)))
                                          for name, values in held.expected.items()}) for held in rolled]
        assert choose(fitted, shaken, {}).model == chosen


def test_the_lock_goes_first_and_the_report_can_say_so(fitted, rolled):
    frozen = choose(fitted, rolled, {LOCK_MODEL: "bg_nbd", LOCK_ACTIVITY: "pareto_nbd"})
    assert (frozen.model, frozen.activity, frozen.source) == ("bg_nbd", "pareto_nbd", "lock")
    assert frozen.today == choose(fitted, rolled, {}).model
    gone = choose({"nbd": fitted["nbd"]}, NO_SPEND, {LOCK_MODEL: "bg_nbd"})
    assert (gone.model, gone.source, gone.activity) == ("nbd", "aic", None)
    assert to_freeze(gone) == {} == to_freeze(NO_SPEND)
    with pytest.raises(Unavailable) as reason:
        serving(fitted, gone, activity=True)
    assert reason.value.code == "M7"


def test_candidates_that_have_no_peak_drop_out(past):
    def fit(name, history):
        if name != "nbd":
            raise ConvergenceError(name, "a")
        return fit_model(name, history)

    assert list(fit_candidates(past, fit)) == ["nbd"]
    with pytest.raises(ConvergenceError):
        fit_candidates(past, lambda name, history: fit("bg_nbd", history))


def test_tracking_follows_exact_exposure(whole, held):
    """Cumulative repeat purchases of the sample, exposure from each first purchase day: actual and expected."""
    result = track(whole.purchase_days, held, held.models["bg_nbd"])
    weeks = result.weeks.set_index("week")
    assert weeks.loc[[20, 25, 39, 52, 78], "actual_cumulative"].tolist() == [1359, 1672, 2457, 3183, 4339]
    assert weeks.loc[[20, 25, 39, 52, 78], "expected_cumulative"].tolist() == pytest.approx(
        [1301.60, 1659.95, 2493.96, 3127.68, 4160.61], abs=0.02)
    assert weeks["actual_weekly"].cumsum().iloc[-1] == weeks["actual_cumulative"].iloc[-1]
    pareto = track(whole.purchase_days, held, held.models["pareto_nbd"]).weeks.set_index("week")
    assert pareto.loc[[20, 25, 39, 52, 78], "expected_cumulative"].tolist() == pytest.approx(
        [1297.84, 1664.42, 2524.93, 3184.43, 4270.04], abs=0.02)
    assert result.calibration_week == 39
    with pytest.raises(Unavailable):
        track(whole.purchase_days, replace(held, models={}), held.models["bg_nbd"])


def test_last_year_stands_beside_the_forecast(master_rows, make_purchases):
    company = make_purchases(master_rows, LAST)
    model = fit_nbd(read_history(company.purchase_days, LAST, "none"))
    terms = ValueTerms(LAST, LAST + datetime.timedelta(weeks=26))
    result = same_weeks(company.purchase_days, model, terms, "none", level=0.9)
    assert (result.start, result.end, result.weeks) == (DAY(1997, 7, 2), DAY(1997, 12, 30), 26)
    assert result.customers == 23_570
    window = master_rows[(master_rows["ordered_on"] >= "1997-07-02") & (master_rows["ordered_on"] <= "1997-12-30")]
    assert result.purchases == len(window.drop_duplicates(["customer_id", "ordered_on"]))
    assert result.revenue == pytest.approx(window["amount"].astype(float).sum())
    assert result.validation.holdout.purchases == result.purchases
    assert track_record(result, NO_SPEND) is result.validation
    assert track_record(NO_SPEND, NO_SPEND) is NO_SPEND


def test_half_a_year_of_history_is_needed_for_a_record_of_last_years_weeks(master_rows, make_purchases):
    end = DAY(1998, 6, 29)  # a day less: the year before begins after 181 days of data
    company = make_purchases(master_rows, end)
    result = same_weeks(company.purchase_days, fit_nbd(read_history(company.purchase_days, end, "none")),
                        ValueTerms(end, end + datetime.timedelta(weeks=26)), "none", level=0.9)
    assert (result.validation.code, result.validation.field) == ("M2", "orders.ordered_at")
    found = result.validation.numbers
    assert (round(found["seen"].value * 7), found["needed"].value) == (181, 26)
    assert result.purchases > 0, "what was bought in these weeks stands all the same"
    assert track_record(result, NO_SPEND) is NO_SPEND


def test_nobody_a_year_ago_is_a_reason(sample, whole):
    model = fit_nbd(read_history(sample.purchase_days, END, "none"))
    with pytest.raises(Unavailable) as reason:
        same_weeks(sample.purchase_days, model, ValueTerms(END, DAY(1998, 9, 30)), "none", level=0.9)
    assert (reason.value.code, reason.value.field) == ("M2", "orders.ordered_at")


def test_a_week_that_stands_out_is_found_with_its_date():
    counts = np.full(52, 100.0)
    counts[30] = 260
    peak = find_peak(counts, DAY(2026, 6, 30), 52)
    assert (peak.first_day, peak.purchases, peak.ratio) == (DAY(2026, 1, 28), 260, 2.6)
    assert find_peak(counts, DAY(2026, 6, 30), 30) is None  # it lies outside the weeks ahead
    counts[30] = 120
    assert find_peak(counts, DAY(2026, 6, 30), 52) is None
    few = np.full(52, 2.0)
    few[10] = 5  # two and a half times, yet within chance
    assert find_peak(few, DAY(2026, 6, 30), 52) is None
