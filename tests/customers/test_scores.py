"""Every customer's scores: joined back by the engine, equal to what the models say, private, and safe in Excel."""

import datetime
import stat
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest

from relops.customers.availability import Unavailable
from relops.customers.fitting import fit_gamma_gamma, fit_model
from relops.customers.history import constructed_history, read_history
from relops.customers.history_summary import customer_histories, spend_summary
from relops.customers.prediction import redraw
from relops.customers.rfm.groups import GroupRules
from relops.customers.score_book import score_customers, write_book
from relops.customers.scores import AT_ONCE, ScoreTerms, score_histories, write_scores
from relops.customers.value_terms import ValueTerms
from relops.data.engine import Engine

END = datetime.date(1997, 9, 30)
TERMS = ValueTerms(END, datetime.date(1998, 9, 30))
RULES = GroupRules(3, 77.0, 164.0, 2457, {}, 77.0, 164.0)


@pytest.fixture(scope="module")
def company(sample_rows, tmp_path_factory):
    """An engine file with the sample's purchase days, and the door's map of ids beside it."""
    folder = tmp_path_factory.mktemp("scores")
    with Engine.create(folder / "engine.duckdb") as engine:
        engine.connection.register("given", sample_rows.astype({"ordered_on": "datetime64[s]"}))
        engine.create_table("purchase_days", """SELECT customer_id, ordered_on::DATE AS day,
            sum(amount::DECIMAL(18, 4)) AS amount, count(*) AS orders FROM given WHERE ordered_on <= '1997-09-30'
            GROUP BY ALL""")
        engine.copy_to("SELECT DISTINCT customer_id AS hash, '=' || customer_id || ' <&>' AS id FROM purchase_days",
                       folder / "ids.parquet")
    with Engine.open(folder / "engine.duckdb") as engine:
        yield folder, engine, engine.table("purchase_days")


@pytest.fixture(scope="module")
def made_with(company):
    _, _, days = company
    history = read_history(days, END, "none")
    spend = fit_gamma_gamma(spend_summary(days, END))
    return history, ScoreTerms(fit_model("bg_nbd", history), fit_model("mbg_nbd", history), spend, TERMS, RULES, 0.9)


@pytest.fixture(scope="module")
def written(company, made_with):
    folder, engine, days = company
    history, terms = made_with
    path = write_scores(engine, days, history, terms, folder / "ids.parquet", folder / "private")
    return path, pd.read_parquet(path)


def test_every_customer_is_scored_as_if_alone(company, made_with, written):
    _, _, days = company
    _, terms = made_with
    _, scores = written
    each = customer_histories(days, END).to_pandas().set_index("customer_id")
    assert len(scores) == len(each) == 2357 and scores["customer"].is_unique
    rows = scores.assign(key=scores["customer"].str[1:-4]).set_index("key").loc[each.index]
    alone = constructed_history(each["frequency"], each["recency_days"] / 7, each["T_days"] / 7)
    assert rows["alive"].to_numpy() == pytest.approx(terms.activity.probability_alive(alone), rel=1e-9)
    expected = terms.model.expected_purchases(alone, TERMS.span("weeks"))
    assert rows["expected_purchases"].to_numpy() == pytest.approx(expected, rel=1e-9)
    p, q, v = terms.spend.theta
    x = each["frequency"].to_numpy(float)
    spend = (p * v + p * x * each["mean_spend"].to_numpy()) / (p * x + q - 1)
    assert rows["expected_spend"].to_numpy() == pytest.approx(spend, rel=1e-6)
    assert rows["revenue_value"].to_numpy() == pytest.approx(expected * spend, rel=1e-6)
    assert (rows["recency_days"] == each["T_days"] - each["recency_days"]).all()
    assert (rows["frequency"] == each["frequency"] + 1).all()
    assert rows["monetary"].sum() == pytest.approx(float(each["revenue"].sum()))
    assert scores["group"].value_counts().to_dict() == {"churned": 1696, "loyal": 283, "dormant": 283, "riser": 95}


def test_ranks_follow_the_value_and_files_are_the_owners_alone(written):
    path, scores = written
    assert scores["rank"].tolist()[:3] == [1, 2, 3]
    assert scores["revenue_value"].is_monotonic_decreasing
    tied = scores.groupby("rank")["revenue_value"].nunique()
    assert (tied == 1).all()
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path.stat().st_mode & 0o777 == 0o666  # Windows
    assert not list(path.parent.glob("*.part"))


def test_intervals_are_those_of_redrawn_parameters(made_with, written):
    """The delta method against refits to redrawn customers, for the customers of the three highest ranks."""
    history, terms = made_with
    _, scores = written
    rng = np.random.default_rng(4)
    models, spends = redraw(terms.model, 200, rng), redraw(terms.spend, 200, rng)
    for row in scores.head(3).itertuples():
        place = np.flatnonzero((history.frequency == row.frequency - 1)
                               & (np.round((history.T - history.recency) * 7) == row.recency_days))
        alone = replace(history, frame=history.frame.iloc[place[:1]].assign(customers=1, mean_spend=0.0))
        x = float(row.frequency - 1)
        point = terms.spend.theta
        own = (row.expected_spend * (point[0] * x + point[1] - 1) - point[0] * point[2]) / (point[0] * x)
        drawn = [replace(terms.model, theta=theta).expected_purchases(alone, TERMS.span("weeks"))[0]
                 * (p * v + p * x * own) / (p * x + q - 1) for theta, (p, q, v) in zip(models, spends, strict=True)]
        low, high = np.quantile(drawn, [0.05, 0.95])
        assert row.revenue_value_high - row.revenue_value_low == pytest.approx(high - low, rel=0.35)
        assert row.revenue_value_low < row.revenue_value < row.revenue_value_high


def test_histories_in_pieces_equal_histories_at_once(made_with, monkeypatch):
    history, terms = made_with
    whole = score_histories(history, terms)
    assert len(history.frame) < AT_ONCE
    monkeypatch.setattr("relops.customers.scores.AT_ONCE", 300)
    pd.testing.assert_frame_equal(score_histories(history, terms), whole, rtol=1e-9)


def test_without_spend_purchases_rank_and_value_is_empty(company, made_with, tmp_path):
    folder, engine, days = company
    history, terms = made_with
    path = write_scores(engine, days, history, replace(terms, spend=None), folder / "ids.parquet", tmp_path)
    scores = pd.read_parquet(path)
    assert scores["revenue_value"].isna().all() and scores["expected_purchases"].is_monotonic_decreasing


def test_the_workbook_holds_the_rows_and_computes_nothing(company, written, tmp_path):
    _, engine, _ = company
    path, scores = written
    done = write_book(engine, path, tmp_path, TERMS, "90%", ["zh", "en"])
    assert (done.customers, done.listed) == (2357, 2357)
    book = openpyxl.load_workbook(tmp_path / "customers.xlsx", read_only=True)
    rows = list(book["scores"].iter_rows(values_only=True))
    assert len(rows) == 2358 and len(rows[0]) == len(scores.columns)
    assert rows[0][0] == "客户 / Customer"
    assert rows[1][0] == "'" + scores["customer"][0] and rows[1][0].endswith("<&>")  # defused, and whole
    assert rows[1][1:4] == (scores["recency_days"][0], scores["frequency"][0], pytest.approx(scores["monetary"][0]))
    assert rows[1][4] == "忠诚者" and rows[1][-1] == 1
    assert (tmp_path / "customers.xlsx").stat().st_size < 200_000  # packed, not only wrapped
    notes = [row[0] for row in book["notes"].iter_rows(values_only=True)]
    assert len(notes) == 8 and "90%" in notes[-1] and not any("more than" in note for note in notes)


def test_a_sheet_that_cannot_hold_all_says_so(company, written, tmp_path):
    _, engine, _ = company
    done = write_book(engine, written[0], tmp_path, TERMS, "90%", ["en"], most_rows=100)
    assert (done.customers, done.listed) == (2357, 100)
    book = openpyxl.load_workbook(tmp_path / "customers.xlsx", read_only=True)
    assert sum(1 for _ in book["scores"].iter_rows()) == 101
    assert "2,357 customers, more than the 100 rows" in list(book["notes"].iter_rows(values_only=True))[-1][0]


def test_both_files_in_one_call(company, made_with, tmp_path):
    folder, engine, days = company
    history, terms = made_with
    done = score_customers(history, terms.model, terms.activity, TERMS, engine=engine, purchase_days=days,
                           spend=Unavailable("M2", "orders.amount"), rules=RULES, level=0.9,
                           ids=folder / "ids.parquet", folder=tmp_path, languages=["zh"])
    assert done.listed == 2357
    assert {"scores.parquet", "customers.xlsx"} <= {path.name for path in tmp_path.iterdir()}
