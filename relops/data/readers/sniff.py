"""The outer form of an unknown file, found by evidence, and its cells as the door will read them."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from relops.brief.sources import Source
from relops.data.cells import cleaned, define_cells
from relops.data.engine import Engine
from relops.data.expressions import compile_expression
from relops.data.sources import Staged, stage
from relops.errors import BadInput, Problem

# of 2,048 rows each
CHUNK_VECTORS = 100


@dataclass(frozen=True)
class FileForm:
    """How a file is read; ``kind`` is what it is (text, workbook, web, json, sqlite ...), ``separator`` a word of
    the brief (``,`` ``;`` ``tab`` ``|`` ``blanks``), None with ``encoding`` for all but texts. ``names`` are the
    headers, made up (column_1 ...) where there are none."""

    path: Path
    kind: str
    encoding: str | None
    separator: str | None
    has_header: bool
    names: tuple[str, ...]
    engine: Engine | None = field(default=None, compare=False, repr=False)
    staged: Staged | None = field(default=None, compare=False, repr=False)


def sniff(path: Path, sheet: str | None = None) -> FileForm:
    """Return the form of a file of any kind that the door reads; ``sheet`` names a sheet, table or member of it.

    Raises BadInput when the file does not exist, is empty, holds only a header, or is no table.
    """
    if not path.exists():
        raise BadInput(Problem("data.guess.no_file", str(path), {}))
    folder = Path(tempfile.mkdtemp(prefix="relops-"))
    engine = Engine.create(folder / "sniff.duckdb")
    try:
        define_cells(engine)
        real = Path(os.path.realpath(path))  # Path.resolve() raises on a link that leads to itself
        source = Source(table="orders", files=str(real), sheet=sheet)
        staged = stage(engine, real.parent, source, 0, folder, headed=False)
    except BaseException:
        _forget(engine, folder)
        raise
    one = staged.opened[0]
    is_text = one.kind == "text"
    form = FileForm(path, one.kind, one.text.encoding if is_text else None, one.text.separator if is_text else None,
                    one.headed, tuple(one.names), engine, staged)
    weakref.finalize(form, _forget, engine, folder)
    return form


def sum_values(form: FileForm, rule: str | dict[str, str], amount: str) -> Counter[str]:
    """Return the money under the header ``amount`` beside each text of a column, empty cells as ''."""
    return _grouped(form, rule, "{}", f"CAST(coalesce(sum(as_money({form.staged.cell(amount)})), 0) AS DOUBLE)", amount)


def count_values(form: FileForm, rule: str | dict[str, str], shown: str = "{}") -> Counter[str]:
    """Return how often each text stands in a column, empty cells as ''; nothing of a constant.

    ``rule`` is as in the brief: a header, or ``{sql: expression}`` over headers; ``shown`` is the SQL by which its
    text is counted.
    """
    return _grouped(form, rule, shown, "count(*)")


def _grouped(form: FileForm, rule: str | dict[str, str], shown: str, aggregate: str, *used: str) -> Counter[str]:
    staged = form.staged
    text = staged.cell(rule) if isinstance(rule, str) else compile_expression(
        rule["sql"], str(form.path), staged.cell, staged.headers) if "sql" in rule else None
    if text is None:
        return Counter()
    cells = [cell for cell in (f"c{place}" for place in range(len(staged.headers)))
             if re.search(rf"\b{cell}\b", text) or cell in map(staged.cell, used)]
    value = shown.format(f"CAST(TRY({text}) AS VARCHAR)")
    return Counter(dict(form.engine.rows(
        f"SELECT coalesce({value}, ''), {aggregate} FROM {cleaned(staged.table, cells)} GROUP BY 1")))


def _forget(engine: Engine, folder: Path) -> None:
    engine.close()
    shutil.rmtree(folder, ignore_errors=True)


def work_out(form: FileForm, columns: list[str], query: str, most: int | None = None) -> pd.DataFrame:
    """Return what a query makes of the rows of a file, or the first ``most`` of them: the table ``cells``, with
    ``columns`` as v0, v1 ... in the texts that :func:`read_chunks` gives."""
    limit = f" LIMIT {most}" if most else ""
    return form.engine.execute(f"WITH cells AS ({_texts(form, columns)}{limit}) {query}").df()


def read_chunks(form: FileForm, columns: list[str]) -> Iterator[pd.DataFrame]:
    """Yield the whole file in pieces, only ``columns``, every cell as cleaned text, empty cells as ''."""
    rows = form.engine.execute(_texts(form, columns))
    while len(chunk := rows.fetch_df_chunk(CHUNK_VECTORS)):
        chunk.columns = columns
        yield chunk.astype("string")


def _texts(form: FileForm, columns: list[str]) -> str:
    cells = [str(form.staged.cell(name)) for name in columns]
    listed = ", ".join(f"coalesce({cell}, '') AS v{place}" for place, cell in enumerate(cells))
    return f"SELECT {listed} FROM {cleaned(form.staged.table, list(dict.fromkeys(cells)))}"
