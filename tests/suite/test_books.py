"""The client's own totals stand beside ours on page one of a whole run."""

import docx
import pytest

from relops.suite.runner import Options, run_project

BRIEF = """client: {name: A company}
finance: {currency: CNY}
period: {timezone: Asia/Shanghai, data_end: 2025-03-31}
meta: {languages: [en]}
data:
  control:
    - {month: 2025-01, orders: 50, sales: 1000, refunds: 0}
    - {month: 2025-02, orders: 50, sales: 1010, refunds: 0}
    - {month: 2025-03, orders: 50, sales: 1000, refunds: 0}
  sources:
    - {table: orders, files: orders.csv, grain: order, refunds: negative}
"""


@pytest.mark.slow
def test_totals_of_three_months_are_held_against_ours(tmp_path):
    rows = [f"O{number},C{number % 40},2025-0{1 + number % 3}-{1 + number % 27:02d},20.00" for number in range(150)]
    (tmp_path / "orders.csv").write_text("\n".join(["order_id,customer_id,ordered_at,amount", *rows, ""]))
    (tmp_path / "brief.yaml").write_text(BRIEF, encoding="utf-8")
    result = run_project(tmp_path, Options(language="en"))
    assert (result.exit_code, result.failures) == (0, [])
    text = "\n".join(line.text for line in docx.Document(result.folder / "plan-relationship.en.docx").paragraphs)
    assert "over 3 months that can be compared, the sum differs by CNY -10.00 (-0.3%), within the tolerance" in text
    assert "2025-02 alone differs by -1.0%" in text
