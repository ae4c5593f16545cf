"""Contracts counted by the engine, the model that fits them, and its hold-out."""

import datetime

import ibis
import numpy as np
import pandas as pd
import pytest

from relops.customers.availability import Unavailable
from relops.customers.contracts import contract_summary, value_contracts
from relops.customers.holdout_findings import say_contracts, say_no_contracts
from relops.exhibits import plain, render_finding
from relops.locale import LANGUAGES
from relops.store import Store

END = datetime.date(2026, 6, 30)


def table(rows):
    return ibis.memtable(pd.DataFrame(rows, columns=["contract_start", "contract_end"]).astype("datetime64[s]"))


@pytest.fixture(scope="module")
def company():
    """Six thousand contracts, started over three years; at each monthly renewal an own chance of leaving."""
    rng = np.random.default_rng(12)
    started = pd.Timestamp("2023-07-01") + pd.to_timedelta(rng.integers(0, 1090, 6000), unit="D")
    months = rng.geometric(rng.beta(0.7, 3.8, 6000))
    stop = [start + pd.DateOffset(months=int(min(lasting, 300)))
            for start, lasting in zip(started, months, strict=True)]
    return table({"contract_start": started, "contract_end": stop})


def test_months_are_counted_from_the_start_and_open_contracts_are_not_lost():
    found = contract_summary(table([
        ("2026-01-15", "2026-04-14"), ("2026-01-15", "2026-04-15"), ("2026-01-15", None), ("2026-01-15", "2026-12-31"),
        ("2026-06-29", None), ("2026-07-15", None), (None, "2026-01-01")]), END)
    assert found.to_dict("records") == [{"periods": 3, "lost": True, "customers": 2},
                                        {"periods": 5, "lost": False, "customers": 2}]


def test_the_law_is_found_again_and_beats_a_constant_rate(company):
    result = value_contracts(company, END, 12, 0.9)
    alpha, beta = (result.model.interval(name, 0.9) for name in ("alpha", "beta"))
    assert alpha[0] < 0.7 < alpha[1] and beta[0] < 3.8 < beta[1]
    assert abs(result.scores["sbg", "bias"].value) < 0.05 < abs(result.scores["constant_retention", "bias"].value)
    assert result.scores["sbg", "mae"].value < result.scores["constant_retention", "mae"].value
    assert result.scores["sbg", "gini"].low > 0 == result.scores["constant_retention", "gini"].value
    assert result.customers == result.staying["customers"].sum() and 0.5 < result.share_staying(result.model) < 1


def test_it_is_said_in_both_languages_with_every_number_declared(company, tmp_path):
    said = say_contracts(value_contracts(company, END, 12, 0.9), 0.9)
    store = Store(tmp_path / "store", "test", LANGUAGES)
    for exhibit in said:
        store.add(exhibit)
    assert {f"lifetime_value.sbg.{name}" for name in ("alpha", "beta", "log_likelihood", "aic")} | {
        f"lifetime_value.holdout.sbg.{name}" for name in ("mae", "rmse", "bias", "gini")} <= set(
            store.records["evidence"])
    assert "more at each later one" in plain(render_finding(said[-1], "en")) and render_finding(said[-1], "zh")
    assert [one.code for one in say_contracts(Unavailable("M1", "customers.contract_end"), 0.9)] == ["M1"]


def test_what_lacks_has_its_code(company):
    with pytest.raises(Unavailable) as reason:
        contract_summary(company.drop("contract_end"), END)
    assert (reason.value.code, reason.value.field) == ("M1", "customers.contract_end")
    with pytest.raises(Unavailable) as reason:
        value_contracts(None, END, 12, 0.9)
    assert reason.value.code == "M1"
    with pytest.raises(Unavailable) as reason:
        value_contracts(company.limit(20), END, 12, 0.9)
    assert reason.value.code == "M2"


def test_without_contracts_the_reason_is_said():
    [finding] = say_no_contracts("noncontractual")
    assert all("sBG" in plain(render_finding(finding, language)) for language in LANGUAGES)
    [missing] = say_no_contracts(None)
    assert (missing.code, missing.field) == ("M4", "client.contract")
