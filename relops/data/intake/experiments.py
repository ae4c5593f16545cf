"""The experiments that a log of assignments holds: arms and outcomes as the file tells them, the rest asked or assumed.

Arms come from their values, the planned shares are taken to be equal unless the counts lie far from that, outcomes are
known by their headers and cells. What was so assumed says so beside its line of the brief.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from relops.brief.base import RESERVED_METRICS
from relops.data.column_evidence import gather
from relops.data.contract import contract
from relops.data.engine import literal
from relops.data.guess_state import read_all
from relops.data.headers import is_before, is_harm, is_outcome, measured
from relops.data.intake.draft import Draft
from relops.data.intake.questions import Ask, Question
from relops.data.notes import Notes, note
from relops.errors import BadInput, Problem

MOST_ARMS = 12
CLOSE_TO_EQUAL = 0.02  # an arm's share of all; beyond it the arms were hardly meant to be equal
UNLIKE_EQUAL = 0.001  # p value of equal shares below which they were not meant
SHARE_STEP = 0.05
CONTROL = re.compile(r"control.*|ctrl|base(line)?|hold_?out|placebo|psa|none|no(_.*|t_treated)?|untreated|a|0|old|"
                     r"original|false|对照.*|空白.*|不.*|未.*|无.*|原.*|旧.*")
TREATED = {"0": "control", "1": "treated", "false": "control", "true": "treated", "no": "control", "yes": "treated"}
YES_NO = set(TREATED) | {"t", "f", "y", "n", "是", "否"}
Drafted = tuple[list[dict[str, Any]], Notes]
Outcome = tuple[str, str]  # header and kind


def draft_experiments(drafts: Sequence[Draft], ask: Ask) -> Drafted:
    """Return the experiments of all logs of assignments as the brief holds them, with notes by path.

    Arms and experiments whose names are no ids of the brief are renamed by the expression of their column. Logs whose
    arms are one, or too many to be arms, make no experiment. Raises BadInput where an answer names no column.
    """
    plans: list[dict[str, Any]] = []
    notes: Notes = {}
    for draft in drafts:
        columns = draft.source["columns"]
        if draft.source["table"] == "assignments" and "arm" in columns:
            rules = dict(columns)
            names = {name: _renamed(draft, name) for name in ("experiment_id", "arm")}
            usable = _usable(draft)
            outcomes = _outcomes(usable, ask)
            before = [name for name, (header, kind) in usable.items()
                      if kind == "mean" and is_before(header) and name not in outcomes]
            counted = _counted(draft, rules, names)
            for experiment, counts in counted.items():
                if len(counts) == len(counted) == 1:
                    draft.notes["columns.arm"] = note("one_arm", arm=next(iter(counts)))
                elif 1 < len(counts) <= MOST_ARMS:
                    plans.append(_plan(experiment, counts, outcomes, before, ask, notes, f"experiments.{len(plans)}"))
    return plans, notes


def _renamed(draft: Draft, column: str) -> dict[str, str]:
    """Return value → id of a column, and let its rule give the ids where they differ."""
    columns, rule = draft.source["columns"], draft.source["columns"][column]
    if not isinstance(rule, str):
        return {}
    values = sorted({value for chunk in read_all(draft.group.forms, [rule]) for value in chunk[rule].unique() if value})
    if len(values) > MOST_ARMS:
        return {}
    ids = _ids(values)
    if any(value != own for value, own in ids.items()):
        cases = " ".join(f"WHEN {literal(value)} THEN {literal(own)}" for value, own in ids.items())
        quoted = '"' + rule.replace('"', '""') + '"'
        columns[column] = {"sql": f"CASE CAST({quoted} AS VARCHAR) {cases} END"}
        draft.notes[f"columns.{column}"] = note("renamed_arms")
    return ids


def _ids(values: Sequence[str]) -> dict[str, str]:
    """Return value → id of small letters, digits and underscores, different for values that differ in more than case
    and blanks around them: those are one arm written twice."""
    folded = {value: value.strip().lower() for value in values}
    words = dict.fromkeys(folded.values())
    if set(words) <= set(TREATED) and len(words) == 2:
        return {value: TREATED[word] for value, word in folded.items()}
    ids: dict[str, str] = {}
    for place, word in enumerate(words):
        own = re.sub(r"[^a-z0-9]+", "_", word).strip("_")
        if re.search(r"[^\x00-\x7f]", word):  # not of the Latin alphabet
            own = "control" if CONTROL.fullmatch(word) and "control" not in ids.values() else f"arm_{place + 1}"
        ids[word] = own if own and own not in ids.values() else f"{own or 'arm'}_{place + 1}"
    return {value: ids[word] for value, word in folded.items()}


def _counted(draft: Draft, rules: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]) -> dict[str, Counter]:
    """Return experiment → subjects by arm; ``rules`` are the columns as they were before they were renamed."""
    arm, of = rules["arm"], rules["experiment_id"]
    counts: dict[str, Counter] = {}
    if not names["arm"]:
        return counts
    for chunk in read_all(draft.group.forms, [name for name in (of, arm) if isinstance(name, str)]):
        tests = chunk[of].map(names["experiment_id"]) if isinstance(of, str) else str(of.get("value"))
        seen = chunk.assign(test=tests, drawn=chunk[arm].map(names["arm"])).groupby(["test", "drawn"]).size()
        for (test, drawn), subjects in seen.items():
            counts.setdefault(test, Counter())[drawn] += int(subjects)
    return counts


def _usable(draft: Draft) -> dict[str, Outcome]:
    """Return the attributes whose cells make a metric; of those that sound like one and hold one value a note tells."""
    known = contract()["assignments"].columns
    attributes = {name: rule for name, rule in draft.source["columns"].items()
                  if name not in known and isinstance(rule, str)}
    usable = {name: (header, kind) for name, header in attributes.items() if (kind := _kind(draft, header))}
    for name in attributes.keys() - usable.keys():
        if is_outcome(attributes[name]) and _has_one_value(draft, attributes[name]):
            draft.notes[f"columns.{name}"] = note("one_value")
    return usable


def _outcomes(usable: Mapping[str, Outcome], ask: Ask) -> dict[str, Outcome]:
    """Return the columns that are outcomes, as proposed by their headers and confirmed."""
    if not usable:
        return {}
    if len(usable) == 1 and all(is_outcome(header) or is_harm(header) for header, _ in usable.values()):
        return dict(usable)
    likely = [name for name, (header, _) in usable.items() if is_outcome(header)] or list(usable)
    answer = ask(Question("outcomes", "experiments.0.metrics", (), ", ".join(likely), (tuple(usable),)))
    chosen = [name for name in re.split(r"[,，、;；\s]+", answer) if name]
    unknown = [name for name in chosen if name not in usable]
    if unknown:
        raise BadInput(Problem("intake.no_outcome", "experiments.0.metrics", {
            "names": ", ".join(unknown), "columns": ", ".join(usable)}))
    return {name: usable[name] for name in chosen}


def _has_one_value(draft: Draft, header: str) -> bool:
    cells = gather(read_all(draft.group.forms, [header])).get(header)
    return cells is not None and cells.distinct == 1


def _kind(draft: Draft, header: str) -> str | None:
    """Return the kind of metric that the cells of a column make, None where they make none."""
    cells = gather(read_all(draft.group.forms, [header])).get(header)
    if cells is None or cells.distinct < 2:
        return None
    if cells.distinct == 2:
        values = {value.strip().lower() for chunk in read_all(draft.group.forms, [header])
                  for value in chunk[header].unique()}
        if values - {""} <= YES_NO:
            return "proportion"
    return "mean" if cells.is_number else None


def _plan(experiment: str, counts: Counter, outcomes: Mapping[str, Outcome], before: Sequence[str], ask: Ask,
          notes: Notes, place: str) -> dict[str, Any]:
    arms = sorted(counts)
    named = [arm for arm in arms if CONTROL.fullmatch(arm)]
    control = first = next(iter(named), arms[0])
    if len(named) != 1:  # a folder holds many logs: what the name of an arm says is not asked
        control = ask(Question("control", f"{place}.control", (first, *(arm for arm in arms if arm != first)), first))
    shares, how = _shares({arm: counts[arm] for arm in arms})
    notes |= {f"{place}.id": note("experiment_found"), f"{place}.arms": note(how), f"{place}.control": note("control")}
    metrics = [_metric(name, *outcome, number) for number, (name, outcome) in enumerate(outcomes.items(), 1)]
    if metrics and not any(metric["role"] == "primary" for metric in metrics):
        next((one for one in metrics if one["role"] == "secondary"), metrics[0])["role"] = "primary"
    notes |= {f"{place}.metrics.{number}.role": note("role") for number in range(len(metrics))}
    if before:
        notes[f"{place}.covariates"] = note("covariates")
    return {"id": experiment, "arms": shares, "control": control} | (
        {"covariates": list(before)} if before else {}) | ({"metrics": metrics} if metrics else {})


def _shares(counts: Mapping[str, int]) -> tuple[dict[str, float], str]:
    """Return the planned share of each arm and the note on how it is known: equal where the counts do not
    speak against it."""
    total = sum(counts.values())
    observed = np.array([count / total for count in counts.values()])
    unlike = stats.chisquare(list(counts.values())).pvalue < UNLIKE_EQUAL
    if np.abs(observed - 1 / len(counts)).max() < CLOSE_TO_EQUAL or not unlike:
        return dict.fromkeys(counts, 1 / len(counts)), "shares_equal"
    rounded = np.round(observed / SHARE_STEP) * SHARE_STEP
    if np.abs(rounded - observed).max() >= CLOSE_TO_EQUAL or rounded.min() <= 0 or not np.isclose(rounded.sum(), 1):
        rounded = observed
    shares = [round(float(share), 6) for share in rounded[:-1]]
    return dict(zip(counts, [*shares, round(1 - sum(shares), 6)], strict=True)), "shares_from_counts"


def _metric(name: str, header: str, kind: str, number: int) -> dict[str, Any]:
    harm = is_harm(header)
    role = "guardrail" if harm else "primary" if kind == "proportion" else "secondary"
    measures = measured(header) if kind == "mean" else None
    fits = re.fullmatch(r"[a-z0-9_]+", name) and name not in RESERVED_METRICS
    return {"id": name if fits else f"outcome_{number}", "table": "assignments", "column": name, "kind": kind,
            "role": role, "direction": "decrease" if harm else "increase",
            **({"measures": measures} if measures else {})}

