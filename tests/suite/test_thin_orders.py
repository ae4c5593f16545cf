"""Projects with too few orders for one question or another: the whole suite runs to the end and says what lacks."""

import datetime

import pytest

from relops.store import merge
from relops.suite.runner import Options, run_project

BRIEF = """client: {name: A company}
finance: {currency: CNY}
period: {timezone: Asia/Shanghai}
meta: {languages: [en]}
data:
  sources:
    - {table: orders, files: orders.csv, grain: order, refunds: negative}
"""


def orders(customers, days, gap_days, least=1, amount="25.00"):
    """Customer i begins on day i (again and again within ``days``) and comes back every ``gap_days`` + i % 7 days."""
    start, rows = datetime.date(2024, 1, 1), []
    for customer in range(customers):
        bought = list(range(customer % days, days, gap_days + customer % 7))
        often = max(least, 1 + customer % 5)
        rows += [f"C{customer},{start + datetime.timedelta(day)},{amount}" for day in bought[:often]]
    return [f"O{number},{row}" for number, row in enumerate(rows)]


# what is in the file, what cannot be stated of it, and a number that its sentence gives
CASES = {
    "a score of customers": (orders(20, 400, 30), "lifetime_value.choice.missing", "M2", {"repeat": 16}),
    "nobody comes back": (orders(300, 500, 600), "lifetime_value.holdout.missing", "M2", {"repeat": 0}),
    "five weeks": (orders(400, 35, 6), "lifetime_value.holdout.missing", "M2", {"customers": 0}),
    "nothing is paid": (orders(300, 500, 20, amount="0.00"), "lifetime_value.gamma_gamma.missing", "M2", {"repeat": 0}),
    "one customer": (orders(1, 60, 3, least=9), "lifetime_value.holdout.missing", "M2", {}),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_suite_says_what_lacks_and_goes_on(tmp_path, case):
    rows, missing_id, code, numbers = CASES[case]
    (tmp_path / "orders.csv").write_text("\n".join(["order_id,customer_id,ordered_at,amount", *rows, ""]))
    (tmp_path / "brief.yaml").write_text(BRIEF, encoding="utf-8")
    result = run_project(tmp_path, Options(language="en"))
    assert (result.exit_code, result.failures) == (0, [])
    exhibits = merge(result.folder / "store", [entry["name"] for entry in result.record["notebooks"]])
    missing = exhibits.missing[missing_id]
    assert missing["code"] == code
    found = {name: record.value for name, record in exhibits.numbers(missing).items()}
    assert {name: found[name] for name in numbers} == numbers
    # what one sentence found is its own, whatever other sentences count
    assert all(evidence_id.startswith(f"{missing_id}:") for evidence_id in missing["numbers"].values())
