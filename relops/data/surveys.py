"""Wide surveys: a row a sheet, a column a question, taken apart into one record of feedback an answer.

The classes count rows of the file, as for every table: a sheet is used if it gave at least one answer, and left out
(``no_answer``) if all of its questions were skipped. Its answers bear what the sheet says of time and person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from relops.data.contract import ContractColumn, contract
from relops.data.engine import Engine, literal, literals, quote
from relops.data.mapping import Answer, Mapping
from relops.data.typed import Typed

SKIPPED = ("-2", "-3", "(跳过)", "（跳过）", "(空)", "（空）")
SCORED = ("nps", "csat", "ces")
RECOMMEND_MAX = 10
OF_THE_ANSWER = ("kind", "score", "scale_max", "touchpoint", "text")
QUESTION = ContractColumn("question", "text")
ASKS = re.compile(r"^\s*(Q|题)?\d+\s*[、.．:：)]|[?？]|^(请问)?您|满意|推荐|recommend|satisf", re.IGNORECASE)
POINTS = r"^([0-9]+([.][0-9]+)?)\s*(分|[:：、.（(]|[-–—]\s*[^0-9\s])"


def survey_columns(sources: Sequence[Typed]) -> dict[str, ContractColumn]:
    """Return the columns that answers bring into the table; none where no source is a wide survey."""
    known = contract()["feedback"].columns
    columns = {name: known[name] for name in OF_THE_ANSWER} | {QUESTION.name: QUESTION}
    return columns if any(typed.mapping.answers for typed in sources) else {}


def unread_questions(mapping: Mapping) -> list[str]:
    """Return the headers of a wide survey that ask something and feed nothing; none where it is no such survey."""
    if not mapping.answers:
        return []
    used = " ".join([*mapping.columns.values(), *(answer.cell for answer in mapping.answers)])
    return [header for place, header in enumerate(mapping.staged.headers)
            if ASKS.search(header) and not re.search(rf"\bc{place}\b", used)]


def write_answers(engine: Engine, sources: Sequence[Typed]) -> tuple[tuple[int, str, int, int, int, int], ...]:
    """Write the temporary table ``answers`` (_source, _row, _place and the columns of answers), and return of each
    question: place of its source, header, cells answered, skipped, blank, and filled with what is no answer to it.
    """
    parts, counts, before = [], [], 0
    for place, typed in enumerate(sources):
        for number, answer in enumerate(typed.mapping.answers):
            parts.append(f"SELECT {place} AS _source, _n + {before} AS _row, {number} AS _place, * EXCLUDE (_n) "
                         f"FROM ({_answers(answer, typed)})")
            counts.append(_count(engine, place, answer, typed))
        before += typed.mapping.staged.last
    engine.create_table("answers", " UNION ALL ".join(parts), temporary=True)
    return tuple(counts)


def _skips(typed: Typed) -> str:
    return literals((*SKIPPED, *typed.mapping.staged.source.skip_codes))


def _is_scored(answer: Answer) -> bool:
    question = answer.question
    return question.kind in SCORED or question.scale_max is not None or bool(question.scores)


def _top(answer: Answer) -> float | None:
    return answer.question.scale_max or (RECOMMEND_MAX if answer.question.kind == "nps" else None)


def _score(answer: Answer) -> str:
    """Return the SQL of an answer's points, null where it is none on this scale."""
    cell, top = answer.cell, _top(answer)
    worded = "".join(f" WHEN {literal(word.strip())} THEN {points!r}"
                     for word, points in answer.question.scores.items())
    points = f"coalesce(as_number({cell}), TRY_CAST(regexp_extract({cell}, '{POINTS}', 1) AS DOUBLE))"
    score = f"CASE {cell}{worded} ELSE {points} END" if worded else points
    inside = f"{score} >= 0" + (f" AND {score} <= {top!r}" if top is not None else "")
    return f"CASE WHEN {inside} THEN {score} END"


def _answers(answer: Answer, typed: Typed) -> str:
    question, top = answer.question, _top(answer)
    score = _score(answer) if _is_scored(answer) else "NULL"
    text = "NULL" if _is_scored(answer) else (
        f"unnest(list_filter(list_transform(string_split({answer.cell}, {literal(question.separator)}), "
        f"lambda x: trim(x)), lambda x: x <> ''))")
    touchpoint = literal(question.touchpoint) if question.touchpoint else "NULL"
    return (f"SELECT _n, {literal(question.kind)} AS kind, CAST({score} AS DOUBLE) AS score, "
            f"CAST({'NULL' if top is None else repr(float(top))} AS DOUBLE) AS scale_max, "
            f"CAST({touchpoint} AS VARCHAR) AS touchpoint, CAST({text} AS VARCHAR) AS text, "
            f"{literal(answer.header)} AS question FROM {typed.name} "
            f"WHERE {answer.cell} NOT IN ({_skips(typed)})" + (f" AND {score} IS NOT NULL" if score != "NULL" else ""))


def _count(engine: Engine, place: int, answer: Answer, typed: Typed) -> tuple[int, str, int, int, int, int]:
    cell, skipped = answer.cell, f"{answer.cell} IN ({_skips(typed)})"
    given = f"{cell} IS NOT NULL AND NOT {skipped}"
    good = f"{given} AND {_score(answer)} IS NOT NULL" if _is_scored(answer) else given
    found = engine.rows(f"SELECT count(*) FILTER ({good}), count(*) FILTER ({skipped}), "
                        f"count(*) FILTER ({cell} IS NULL), "
                        f"count(*) FILTER ({given} AND NOT ({good})) FROM {typed.name} WHERE _fault IS NULL")[0]
    return (place, answer.header, *found)


def with_answers(rows: str, sources: Sequence[Typed]) -> str:
    """Return the query of all rows in which sheets without any answer are left out."""
    places = ", ".join(str(place) for place, typed in enumerate(sources) if typed.mapping.answers)
    empty = (f"_source IN ({places}) AND coalesce(_class, 'merged') = 'merged' "
             "AND _row NOT IN (SELECT _row FROM answers)")
    return (f"SELECT * REPLACE (CASE WHEN {empty} THEN 'excluded' ELSE _class END AS _class, "
            f"CASE WHEN {empty} THEN 'no_answer:' ELSE _reason END AS _reason, "
            f"CASE WHEN {empty} THEN NULL ELSE _record END AS _record) FROM ({rows})")


def answer_records(records: str, columns: Sequence[str]) -> str:
    """Return the query of records with a sheet's one record replaced by those of its answers.

    The first answer keeps the number of its row, the others are numbered after all rows.
    """
    told = ", ".join(f"coalesce(a.{quote(name)}, r.{quote(name)}) AS {quote(name)}" for name in columns
                     if name in OF_THE_ANSWER or name == QUESTION.name)
    return f"""
        WITH sheets AS ({records}),
        told AS (SELECT *, row_number() OVER (PARTITION BY _row ORDER BY _place, _piece) AS _nth
            FROM (SELECT *, row_number() OVER (PARTITION BY _row, _place ORDER BY text) AS _piece FROM answers))
        SELECT r.* REPLACE ({told}, CASE WHEN a._nth IS NULL OR a._nth = 1 THEN r.record ELSE
            (SELECT max(_row) FROM rows_feedback) + row_number() OVER (
                PARTITION BY a._nth > 1 ORDER BY a._row, a._nth) END AS record)
        FROM sheets r LEFT JOIN told a ON r.record = a._row"""
