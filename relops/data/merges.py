"""Merges that wait: a file in the project's private folder, where a person says which records are one customer.

One answer in any row of a merge is the answer for the merge. The file may come back as a spreadsheet saves it: with
another separator, in another encoding. Rows without the number of a merge hold the answers given before.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relops.data.cells import NO, YES
from relops.data.persons import Merge
from relops.data.readers.encodings import decode, find_encoding
from relops.errors import BadInput, Problem

MERGES = "identity-merges.csv"
ANSWER = "accepted"
# what a person needs to know who opens the file: it stands where the answers go
HEADER = ("merge", "key", "value", "rows", f"{ANSWER}: yes/no 是/否 (one row answers for its merge 每组填一行即可)")
YES_WORDS = (*YES, "ok", "同意", "确认", "合并", "✓")
NO_WORDS = (*NO, "不是", "不同意", "不合并", "✗")
SEPARATORS = (",", ";", "\t")
# what a spreadsheet would reckon or shorten: formulas, leading zeros, long numbers, what looks like a power or a date
ALTERED = re.compile(r"[=+@-].*|0[0-9]+|[0-9]{12,}|[0-9]+[eE][0-9]+|[0-9]+([-/][0-9]+)+", re.DOTALL)
Record = tuple[str, str]


@dataclass(frozen=True)
class Answers:
    """The (key, value) of records whose merge a person accepted, and of those it declined."""

    accepted: frozenset[Record] = field(default=frozenset())
    declined: frozenset[Record] = field(default=frozenset())

    def waiting(self, held: Iterable[Merge]) -> int:
        """Return how many merges nobody has answered."""
        return sum(self.declined.isdisjoint(record[:2] for record in merge) for merge in held)


@dataclass(frozen=True)
class _Row:
    line: int
    merge: str
    record: Record
    answer: str

    @property
    def says_yes(self) -> bool:
        return self.answer in YES_WORDS

    @property
    def says_no(self) -> bool:
        return self.answer in NO_WORDS


def read_answers(path: Path) -> Answers:
    """Return what the file of merges answers; nothing without the file.

    Raises BadInput where a column is missing, an answer is no word for yes or no, or one merge has both.
    """
    if not path.is_file():
        return Answers()
    rows = list(_rows(path))
    problems = [Problem("data.door.merge_answer", f"{path}:{row.line}", {"value": row.answer}) for row in rows
                if row.answer and not (row.says_yes or row.says_no)]
    merges: dict[str, list[_Row]] = {}
    for row in rows:
        merges.setdefault(row.merge or f"line {row.line}", []).append(row)
    accepted: set[Record] = set()
    declined: set[Record] = set()
    for number, members in merges.items():
        yes, no = ([row for row in members if getattr(row, word)] for word in ("says_yes", "says_no"))
        if yes and no:
            problems.append(Problem("data.door.merge_both", f"{path}:{members[0].line}", {
                "merge": number, "yes": _lines(yes), "no": _lines(no)}))
        accepted |= {row.record for row in members} if yes else set()
        declined |= {row.record for row in no}
    if problems:
        raise BadInput(problems)
    return Answers(frozenset(accepted), frozenset(declined))


def _lines(rows: Sequence[_Row]) -> str:
    return ", ".join(str(row.line) for row in rows)


def _rows(path: Path) -> Iterator[_Row]:
    body = path.read_bytes()
    encoding = find_encoding([body])
    # a few Chinese signs tell too little: a spreadsheet that does not write Unicode writes GBK
    content = decode(body, encoding if encoding.startswith("utf") else "gb18030", str(path))
    first = content.split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator)
    head = [name.strip().lower() for name in next(reader, [])]
    places = {name: next((place for place, own in enumerate(head) if own.startswith(name)), None)
              for name in ("merge", "key", "value", ANSWER)}
    if None in places.values():
        raise BadInput(Problem("data.door.merge_columns", str(path), {
            "headers": ", ".join(head) or "–", "wanted": ", ".join((*HEADER[:-1], ANSWER))}))
    for cells in reader:
        merge, key, value, answer = (cells[place].strip() if place < len(cells) else "" for place in places.values())
        if key:
            yield _Row(reader.line_num, merge, (key, value.removeprefix("'")), answer.lower())


def write_merges(path: Path, held: Iterable[Merge], answers: Answers) -> None:
    """List the merges that are held, with the answers of those declined, and below them the answers given before; no
    file where there are neither.

    UTF-8 with mark, as Excel wants it; readable by its owner alone. Raises OSError.
    """
    rows = [(f"{number}", key, _safe(value), f"{count}", "no" if (key, value) in answers.declined else "")
            for number, merge in enumerate(held, 1) for key, value, count in merge]
    listed = {(key, value) for merge in held for key, value, _ in merge}
    rows += [("", key, _safe(value), "", "yes") for key, value in sorted(answers.accepted)]
    rows += [("", key, _safe(value), "", "no") for key, value in sorted(answers.declined - listed)]
    if not rows:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADER, *rows])
    content = text.getvalue().encode("utf-8-sig")
    if path.is_file() and path.read_bytes() == content:
        return  # nothing new: what was taken in with this file stays as it is
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


def _safe(value: str) -> str:
    return f"'{value}" if ALTERED.fullmatch(value) else value
