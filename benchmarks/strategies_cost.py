"""What evaluating experiments costs: the one GROUP BY against the bare aggregate in SQL, against pandas and
statsmodels, and a simulation without effects against the bare draws.

The bare SQL computes the same counts, means, variances and covariances by segment and arm and nothing else.
``RELOPS_BENCH_SUBJECTS`` sets the largest number of subjects (ten million).
"""

from __future__ import annotations

import os
import resource
import sys

import ibis
import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from benchmarks import timed, timed_in_turn
from relops.brief.experiments import Experiment, Metric
from relops.strategies.effects import compare
from relops.strategies.methods import Settings
from relops.strategies.moments import Scan, scan
from relops.strategies.outcomes import Outcome, Subjects
from relops.strategies.segments import compare_segments
from relops.strategies.simulation import simulate_nothing

SUBJECTS, AGAINST_PANDAS = 10_000_000, 1_000_000
METRICS, SEGMENTS, LEVEL = 5, 8, 0.95
PEOPLE, DRAWS, SEED = 100_000, 200, 2_026
OUTCOMES = [Outcome(Metric(id=f"m{number}", kind="mean"), f"m{number}", past=f"m{number}__before")
            for number in range(METRICS)]
PLAN = Experiment(id="benchmark", control="control", arms={"control": 0.5, "treated": 0.5})
MOST_SQL, LEAST_PANDAS, MOST_DRAWS = 1.3, 5.0, 3.0
BARE = ", ".join(
    f"count({value}), avg({value}), avg({before}), var_samp({value}), var_samp({before}), covar_samp({value}, {before})"
    for value, before in ((outcome.value, outcome.covariate) for outcome in OUTCOMES))


def make_subjects(number: int) -> ibis.BaseBackend:
    """Return an engine with ``subjects``: arm, segment, five outcomes each with its value before."""
    connection = ibis.duckdb.connect(threads=2)
    connection.raw_sql("SET enable_progress_bar = false")
    columns = ", ".join(
        f"(hash(i + {2 * place + 3}) % 10007)::DOUBLE / 100 AS m{place}__before, "
        f"((hash(i + {2 * place + 3}) % 10007) + (hash(i + {2 * place + 4}) % 20011))::DOUBLE / 200 AS m{place}"
        for place in range(METRICS))
    connection.raw_sql(f"""CREATE TABLE subjects AS SELECT
        CASE WHEN hash(i) % 2 = 0 THEN 'control' ELSE 'treated' END AS arm,
        's' || (hash(i + 1) % {SEGMENTS}) AS segment, {columns} FROM range({number}) AS t(i)""")
    return connection


def judge(found: Scan, subjects: ibis.Table) -> int:
    """Return how many effects there are: overall and by segment, all metrics, adjusted by what was before."""
    done, settings = 0, Settings(1 - LEVEL, 0, 2_000, SEED)
    own = Subjects(PLAN, subjects, tuple(OUTCOMES))
    for outcome in OUTCOMES:
        moments = found.moments[outcome.metric.id]
        done += len(compare(moments, "control", LEVEL))
        done += sum(len(each.table) for each in compare_segments(outcome, own, moments, "segment", settings,
                                                                 level=LEVEL, family=METRICS * SEGMENTS))
    return done


def evaluate(connection: ibis.BaseBackend) -> int:
    """Evaluate all of it from the table of subjects."""
    subjects = connection.table("subjects")
    return judge(scan(subjects, OUTCOMES, ["arm", "segment"]), subjects)


def against_sql(number: int) -> tuple[str, float]:
    """Return the line about the bare aggregate, and its ratio."""
    connection = make_subjects(number)
    bare = f"SELECT arm, segment, count(*), {BARE} FROM subjects GROUP BY arm, segment ORDER BY ALL"
    (done, own), (_, plain) = timed_in_turn([lambda: evaluate(connection), lambda: connection.raw_sql(bare).fetchall()],
                                            times=15)
    assert done == METRICS * (1 + SEGMENTS)
    return (f"| {number:,} subjects, {METRICS} metrics with CUPED, {SEGMENTS} segments: {done} effects | bare SQL "
            f"aggregate | {plain:.2f} | {own:.2f} | **{own / plain:.2f}** to one |"), own / plain


def by_hand(frame: pd.DataFrame) -> int:
    """Return how many effects pandas and statsmodels find: a regression on arm and covariate, overall and by
    segment."""
    done = 0
    for outcome in OUTCOMES:
        for part in (frame, *(own for _, own in frame.groupby("segment"))):
            design = np.column_stack([np.ones(len(part)), part["arm"] == "treated", part[outcome.covariate]])
            fitted = OLS(part[outcome.value].to_numpy(), design).fit(cov_type="HC1")
            done += int(np.isfinite(fitted.conf_int()).all())
    return done


def against_pandas(number: int) -> tuple[str, float]:
    """Return the line about pandas and statsmodels, from rows in a frame, and its ratio."""
    connection = make_subjects(number)
    frame = connection.table("subjects").to_pandas()
    _, theirs = timed(lambda: by_hand(frame), times=1)
    done, own = timed(lambda: evaluate(connection), times=3)
    return (f"| {number:,} subjects, the same {done} effects | pandas and statsmodels | {theirs:.2f} | {own:.2f} "
            f"| **{theirs / own:.1f}** times |"), theirs / own


def against_draws() -> tuple[str, float]:
    """Return the line about random divisions of the same people, and its ratio."""
    values = np.random.default_rng(SEED).gamma(2, 10, PEOPLE)

    def bare() -> int:
        rng = np.random.default_rng(SEED)
        return sum(int((rng.random(PEOPLE) < 0.5)[0]) for _ in range(DRAWS))

    (_, plain), (found, own) = timed_in_turn([bare, lambda: simulate_nothing(values, 0.5, DRAWS, SEED)], times=7)
    return (f"| {DRAWS} divisions of {PEOPLE:,} subjects without effect ({found.alarms(0.05).mean():.1%} alarms) "
            f"| bare draws in numpy | {plain:.2f} | {own:.2f} | **{own / plain:.2f}** to one |"), own / plain


def peak_gigabytes() -> float:
    """Return the most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9


def main() -> str:
    """Measure and return a section of RESULTS.md. Raises AssertionError where a bound is broken."""
    largest = int(os.environ.get("RELOPS_BENCH_SUBJECTS", SUBJECTS))
    lines = ["## Evaluating experiments: cost", "", "Two threads.", "",
             "| work | against | other, s | relops, s | ratio |", "|---|---|---|---|---|"]
    ratios = []
    for measure in (lambda: against_sql(largest), lambda: against_pandas(min(largest, AGAINST_PANDAS)), against_draws):
        line, ratio = measure()
        lines.append(line)
        ratios.append(ratio)
    lines += ["", f"Peak memory {peak_gigabytes():.2f} GB, the tables in memory included."]
    sql, pandas, draws = ratios
    assert sql <= MOST_SQL and pandas >= LEAST_PANDAS and draws <= MOST_DRAWS, "\n".join(lines)
    return "\n".join(lines)


if __name__ == "__main__":
    print(main())
