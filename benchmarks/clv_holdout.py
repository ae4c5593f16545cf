"""Hold-outs of CDNOW, Online Retail and the demo company: our default against lifetimes, PyMC-Marketing, baseline.

Each data set is split once; every system is fitted to the time before the split and asked for each customer's
purchases after it. Ours is the model that the package's own rule chooses from hold-outs *within* the time before
the split: it never sees the weeks it is judged by. lifetimes is its BG/NBD on one row a customer. PyMC-Marketing
is its BG/NBD and its Pareto/NBD by MAP under default priors, in an environment of their own that this script
makes on first use (``RELOPS_BENCH_VENV`` names the folder) and fills from the package index. The baseline goes on
at each customer's own past rate.

``RELOPS_REAL_DATA`` names the folder of Online Retail; without it that data set is left out and said to be.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import tempfile
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import lifetimes
import numpy as np
import pandas as pd
from ibis import _
from lifetimes import BetaGeoFitter

from relops.customers.estimates import critical_value
from relops.customers.fitting import fit_model
from relops.customers.history import constructed_history, read_history
from relops.customers.history_summary import customer_histories
from relops.customers.holdout_scores import Ranking, Score, mean_score
from relops.customers.model_choice import Choice, choose, fit_candidates, roll
from relops.customers.models import ConstantRate
from relops.customers.weighted import weighted_sum
from relops.data.demo.make import make_blocks
from relops.data.demo.settings import DemoSettings
from relops.data.demo.tally import Tally

CDNOW = Path(lifetimes.__file__).parent / "datasets" / "CDNOW_master.txt"
RETAIL = "online_retail_2010_2011.csv.gz"
DEMO_CUSTOMERS, DEMO_WEEKS = 20_000, 52
HOLDOUT_WEEKS, ORIGINS = 13, 3  # the notebook's defaults, within the time before the split
LEVEL = 0.9
METRICS = ("MAE", "bias", "Gini")
SAME = 0.001  # a thousandth of a purchase, of the total, of a Gini: the same model by another optimiser, no difference
WHY = ("Where the same law stands among ours as not chosen, the fit is the same and only the choice differs: the rule "
       "sees nothing after the split; what it saw is below. A season that lies after the split alone, as the weeks "
       "before Christmas do in the retail data, favours whoever forecasts more, for whatever reason.")
PYMC = """
import json, sys, warnings
import pandas as pd
warnings.filterwarnings("ignore")
from pymc_marketing.clv import BetaGeoModel, ParetoNBDModel
rows, weeks = pd.read_csv(sys.argv[1]), float(sys.argv[2])
found = {}
for name, kind in (("PyMC-Marketing BG/NBD", BetaGeoModel), ("PyMC-Marketing Pareto/NBD", ParetoNBDModel)):
    try:
        model = kind(data=rows)
        model.fit(method="map", progressbar=False)
        expected = model.expected_purchases(data=rows, future_t=weeks)
        found[name] = [float(value) for value in expected.values.ravel()]
    except Exception as fault:
        found[name] = f"{type(fault).__name__}: {fault}"
json.dump(found, open(sys.argv[3], "w"))
"""


@dataclass(frozen=True)
class Case:
    """A data set split at a day: purchase days up to it, and per customer frequency, recency, T (weeks) and what he
    bought (``actual``) in the ``weeks`` after it."""

    name: str
    purchase_days: ir.Table
    split: datetime.date
    weeks: int
    customers: pd.DataFrame


def purchase_table(rows: pd.DataFrame) -> ir.Table:
    """Return one row per customer and day as the door leaves them."""
    backend = ibis.duckdb.connect()
    backend.con.register("given", rows.astype({"day": "datetime64[s]"}))
    backend.con.execute("""CREATE TABLE purchase_days AS SELECT customer_id, day::DATE AS day,
        sum(amount)::DECIMAL(18, 4) AS amount, count(*) AS orders FROM given GROUP BY ALL""")
    return backend.table("purchase_days")


def split_case(name: str, days: ir.Table, split: datetime.date, weeks: int,
               actual: pd.Series | None = None) -> Case:
    """Return a case; ``actual`` by customer where it does not lie in the table itself."""
    if actual is None:
        end = split + datetime.timedelta(weeks=weeks)
        later = days.filter((_.day > split) & (_.day <= end)).group_by("customer_id").aggregate(actual=_.count())
        actual = later.to_pandas().set_index("customer_id")["actual"]
    each = customer_histories(days, split).to_pandas().sort_values("customer_id", ignore_index=True)
    customers = pd.DataFrame({
        "customer_id": each["customer_id"], "frequency": each["frequency"], "recency": each["recency_days"] / 7,
        "T": each["T_days"] / 7, "actual": each["customer_id"].map(actual).fillna(0)})
    return Case(name, days, split, weeks, customers)


def cdnow() -> Case:
    """Return CDNOW, all 23,570 customers, split as in the literature."""
    rows = pd.read_csv(CDNOW, sep=r"\s+", header=None, skiprows=1, names=["customer_id", "day", "quantity", "amount"],
                       dtype={"customer_id": str, "day": str})
    rows["day"] = pd.to_datetime(rows["day"], format="%Y%m%d")
    return split_case("CDNOW", purchase_table(rows), datetime.date(1997, 9, 30), 39)


def online_retail() -> Case | None:
    """Return Online Retail (identified, positive lines) with its last quarter held out, or None without the file."""
    path = Path(os.environ.get("RELOPS_REAL_DATA", "")) / RETAIL
    if not path.is_file():
        return None
    rows = duckdb.sql(f"""SELECT CAST("CustomerID" AS VARCHAR) AS customer_id, CAST("InvoiceDate" AS DATE) AS day,
        "Quantity" * "UnitPrice" AS amount FROM read_csv('{path}')
        WHERE "CustomerID" IS NOT NULL AND "Quantity" > 0 AND "UnitPrice" > 0""").df()
    return split_case("Online Retail", purchase_table(rows), datetime.date(2011, 9, 9), 13)


def demo(plain: bool) -> Case:
    """Return an edition of the demo company with the year after its data, which the generator alone knows."""
    settings = DemoSettings(customers=DEMO_CUSTOMERS, plain=plain)
    frames, actual, before = [], {}, 0
    for made in make_blocks(settings, Tally(settings)):
        events, future = made.programme.events, made.future.horizons[DEMO_WEEKS].days
        day = pd.Timestamp(settings.first_day) + pd.to_timedelta(events.seconds // 86_400, unit="D")
        frames.append(pd.DataFrame({"customer_id": (events.owner + before).astype(str), "day": day,
                                    "amount": events.cents / 100}))
        actual |= dict(zip(map(str, np.arange(len(future)) + before), future, strict=True))
        before += len(future)
    days = purchase_table(pd.concat(frames, ignore_index=True))
    return split_case(f"demo, {'plain' if plain else 'full'} edition", days, settings.last_day, DEMO_WEEKS,
                      pd.Series(actual))


def our_choice(case: Case) -> tuple[Choice, dict[str, np.ndarray]]:
    """Return the choice that the rule makes before the split, and what each model fitted expects of each customer
    after it."""
    history = read_history(case.purchase_days, case.split, "none")
    fitted = fit_candidates(history, fit_model)
    holdouts = roll(case.purchase_days, history, HOLDOUT_WEEKS, ORIGINS, "none", fit=fit_model)
    rows = rows_of(case)
    return choose(fitted, holdouts, {}), {name: model.expected_purchases(rows, float(case.weeks))
                                          for name, model in fitted.items()}


def rows_of(case: Case):
    return constructed_history(*(case.customers[name].to_numpy(float) for name in ("frequency", "recency", "T")))


def lifetimes_bg(case: Case) -> np.ndarray | str:
    """Return what lifetimes' BG/NBD expects of each customer, or what it says where it cannot."""
    columns = [case.customers[name] for name in ("frequency", "recency", "T")]
    try:
        fitter = BetaGeoFitter().fit(*columns)
    except Exception as fault:
        return f"{type(fault).__name__}"
    return np.asarray(fitter.conditional_expected_number_of_purchases_up_to_time(case.weeks, *columns), float)


def pymc(case: Case) -> dict[str, np.ndarray | str]:
    """Return what PyMC-Marketing's models expect of each customer, or what they say where they cannot."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        python = pymc_python(environment)
        with tempfile.TemporaryDirectory() as work:
            rows, answer = Path(work) / "rows.csv", Path(work) / "answer.json"
            case.customers.drop(columns="actual").to_csv(rows, index=False)
            subprocess.run([python, "-c", PYMC, rows, str(case.weeks), answer], check=True, env=environment,
                           capture_output=True, text=True)
            found = json.loads(answer.read_text())
    except subprocess.CalledProcessError as fault:
        step, last = "pip" if "pip" in fault.cmd else "its run", (fault.stderr or "").strip().splitlines()[-1:]
        return {"PyMC-Marketing": f"not measured, {step} failed: {' '.join(last)}"}
    return {name: value if isinstance(value, str) else np.array(value) for name, value in found.items()}


def pymc_python(environment: Mapping[str, str]) -> Path:
    """Return the interpreter of an environment that holds PyMC-Marketing, made on first use. Raises
    CalledProcessError where it cannot be installed."""
    folder = Path(os.environ.get("RELOPS_BENCH_VENV") or Path(tempfile.gettempdir()) / "relops-bench-pymc")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
    held = subprocess.run([python, "-m", "pip", "show", "--quiet", "pymc-marketing"], env=environment, check=False)
    if held.returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", "pymc-marketing"], check=True, env=environment,
                       capture_output=True, text=True)
    return python


def scores(expected: np.ndarray, actual: np.ndarray) -> dict[str, Score]:
    """Return MAE, size of the bias and Gini with how they move with each customer."""
    one = np.ones_like(actual)
    bias = mean_score(expected - actual, one) / mean_score(actual, one)
    return {"MAE": mean_score(np.abs(expected - actual), one), "bias": bias,
            "Gini": Ranking(expected, actual, one).area() / Ranking(actual, actual, one).area()}


def verdict(metric: str, ours: Score, other: Score) -> str:
    """Return whether ours is better, worse, or tied: within a thousandth, or within the interval of the difference
    over customers."""
    if metric == "bias":
        ours, other = (Score(abs(one.value), np.sign(one.value) * one.pull) for one in (ours, other))
    gap = other - ours if metric != "Gini" else ours - other
    half = max(critical_value(LEVEL) * np.sqrt(weighted_sum(np.ones_like(gap.pull), gap.pull**2)), SAME)
    return "better" if gap.value > half else "worse" if gap.value < -half else "tie"


def lines_of(case: Case) -> tuple[list[str], list[str], str]:
    """Return the rows of the table of a case, where ours is worse, and what the rule saw before the split."""
    choice, fitted = our_choice(case)
    constant = ConstantRate().expected_purchases(rows_of(case), case.weeks)
    rivals: dict[str, np.ndarray | str] = {"lifetimes BG/NBD": lifetimes_bg(case), **pymc(case),
                                           "constant rate": constant}
    actual = case.customers["actual"].to_numpy(float)
    ours = scores(fitted[choice.model], actual)
    about = f"{case.name}: {len(actual):,} customers, {actual.sum():,.0f} purchases in {case.weeks} weeks"
    lines, worse = [_row(about, f"relops ({choice.model})", ours, {})], []
    lines += [_row("", f"relops {name}, not chosen", scores(expected, actual), {})
              for name, expected in fitted.items() if name != choice.model]
    for rival, expected in rivals.items():
        if isinstance(expected, str) or not np.isfinite(expected).all():
            lines.append(f"| | {rival} | no answer: {expected if isinstance(expected, str) else 'NaN'} | | |")
            continue
        found = scores(expected, actual)
        verdicts = {metric: verdict(metric, ours[metric], found[metric]) for metric in METRICS}
        lines.append(_row("", rival, found, verdicts))
        worse += [f"{case.name}: {rival} on {metric}" for metric, word in verdicts.items() if word == "worse"]
    seen = ", ".join(f"{row.model} {row.deviance:.4f} / {row.aic:,.0f}" for row in choice.table.itertuples())
    return lines, worse, f"{case.name} (hold-outs: {choice.origins}): {seen}"


def _row(about: str, name: str, found: Mapping[str, Score], verdicts: Mapping[str, str]) -> str:
    cells = [f"{found[metric].value:{'+.3f' if metric == 'bias' else '.4f'}}"
             + (f" ({verdicts[metric]})" if verdicts else "") for metric in METRICS]
    return f"| {about} | {name} | {' | '.join(cells)} |"


def main() -> str:
    """Measure and return a section of RESULTS.md."""
    cases = [case for case in (cdnow(), online_retail(), demo(plain=False), demo(plain=True)) if case is not None]
    lines, worse, seen = [], [], []
    for case in cases:
        rows, lost, told = lines_of(case)
        lines, worse, seen = lines + rows, worse + lost, [*seen, told]
    missing = [] if any(case.name == "Online Retail" for case in cases) else ["", "Online Retail: no data here."]
    return "\n".join([
        "### Lifetime value on held-out purchases", "",
        "Bias is expected less actual over actual. In brackets: ours is better, tied or worse by the "
        f"{LEVEL:.0%} interval of the difference over customers; below {SAME:g} is a tie.", "",
        "| data | system | MAE | bias | Gini |", "|---|---|---|---|---|", *lines, "",
        f"Ours is worse: {'; '.join(worse)}. {WHY}" if worse else "Ours is best or tied everywhere.", "",
        f"Seen before the split, deviance a customer on hold-outs / AIC: {'; '.join(seen)}.", *missing])


if __name__ == "__main__":
    print(main())
