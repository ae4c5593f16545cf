"""Projects without orders, or without a customer in any: the whole suite runs to the end, with every heading, and says
what is missing."""

import docx
import pytest

from relops.documents.outline import DOCUMENTS, load_outline
from relops.store import merge
from relops.suite.runner import Options, run_project

BRIEF = """client: {{name: A company}}
finance: {{currency: CNY}}
period: {{timezone: Asia/Shanghai, data_end: 2025-06-30}}
meta: {{languages: [en]}}
data:
  sources:
    - {{table: {table}, files: data/{table}.csv}}
"""
ROWS = {
    "assignments": ("experiment_id,customer_id,arm,assigned_at", [
        f"E1,C{i},{('control', 'treatment')[i % 2]},2025-01-{1 + i % 9:02d}" for i in range(200)]),
    "feedback": ("given_at,kind,score,scale_max,customer_id", [
        f"2025-0{1 + i % 6}-{1 + i % 27:02d},nps,{i % 11},10,C{i % 120}" for i in range(300)]),
    "orders": ("order_id,ordered_at,amount", [
        f"O{i},2025-0{1 + i % 6}-{1 + i % 27:02d},{10 + i % 17}.50" for i in range(300)]),
}


def missing_list(document) -> dict[str, str]:
    """Return field → code of the numbered list of what is missing."""
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    return {row[3]: row[1] for row in rows if len(row) > 4 and row[0].isdigit() and row[1].startswith("M")}


@pytest.mark.slow
@pytest.mark.parametrize("table", ROWS)
def test_the_suite_runs_to_the_end_and_says_what_is_missing(tmp_path, table):
    header, rows = ROWS[table]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / f"{table}.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    (tmp_path / "brief.yaml").write_text(BRIEF.format(table=table), encoding="utf-8")
    result = run_project(tmp_path, Options(language="en"))
    assert (result.exit_code, result.failures) == (0, [])
    exhibits = merge(result.folder / "store", [entry["name"] for entry in result.record["notebooks"]])
    assert exhibits.evidence[f"data.{table}.rows_used"]["value"] == len(rows)
    assert exhibits.missing["diagnosis.retention_worth.missing"]["code"] == "M1"
    headings = []
    for outline in map(load_outline, DOCUMENTS):
        document = docx.Document(result.folder / f"{outline.file}.en.docx")
        found = [line.text for line in document.paragraphs if line.style.name.startswith("Heading")]
        headings += [spec.id for spec in outline.sections if any(line.endswith(spec.title["en"]) for line in found)]
        lacked = missing_list(document)
        assert lacked["orders.customer_id"] == "M1 not supplied"
        assert table not in lacked
    assert len(headings) == 70
