"""What the columns of a wide survey ask: recommendation, satisfaction, effort, an opinion in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from relops.data.column_evidence import ColumnEvidence

KINDS = (
    ("nps", re.compile(r"推荐|recommend|NPS", re.IGNORECASE)),
    ("complaint", re.compile(r"不满|投诉|抱怨|complain|dissatisf|disappoint", re.IGNORECASE)),
    ("csat", re.compile(r"满意|satisf|评分|打分|评价.*分|rate\b|rating|CSAT", re.IGNORECASE)),
    ("ces", re.compile(r"省力|费力|容易|方便|\beffort|\beasy\b|CES", re.IGNORECASE)),
)
OPINION = re.compile(r"建议|意见|想说|想对|原因|为什么|感受|评价|喜欢|改进|改善|期望|希望|吐槽|补充|comment|"
                     r"suggest|feedback|why|improve|\bbetter\b|anything|tell us|in your own words", re.IGNORECASE)
SCALE = re.compile(r"[（(]?\s*[0-9]+\s*(?:分)?\s*[-–—~～至到]\s*([0-9]+)\s*(?:分)?\s*[)）]?")
SCALES = (5, 7, 10, 100)
# worded answers, worst first: on each step of a scale the words that stand for it, of which a question uses one
WORDED = (
    (("非常不满意", "很不满意", "十分不满意", "极不满意"), ("不满意", "比较不满意", "较不满意", "不太满意"),
     ("一般", "中立"), ("满意", "比较满意", "较满意"), ("非常满意", "很满意", "十分满意", "极满意")),
    (("差",), ("较差",), ("一般",), ("较好",), ("好",)),
    (("very dissatisfied", "extremely dissatisfied", "completely dissatisfied"),
     ("dissatisfied", "somewhat dissatisfied"), ("neither satisfied nor dissatisfied", "neutral"),
     ("satisfied", "somewhat satisfied"), ("very satisfied", "extremely satisfied", "completely satisfied")),
    (("strongly disagree",), ("disagree", "somewhat disagree"), ("neither agree nor disagree", "neutral"),
     ("agree", "somewhat agree"), ("strongly agree",)),
)
NUMBERED = re.compile(r"(\d+)\s*(?:分|[:：、.（(]|[-–—]\s*[^\d\s])")  # 5 - Very satisfied


def find_questions(names: Sequence[str], pattern: str, evidence: dict[str, ColumnEvidence],
                   answers: dict[str, list[str]]) -> dict[str, Any]:
    """Return header → question for ``unpivot`` of the columns that match ``pattern`` and ask for feedback.

    ``answers`` holds the different answers of a column where they are few.
    """
    asked = {}
    for name in names:
        if re.search(pattern, name) and name in evidence and evidence[name].filled:
            question = _question(name, evidence[name], answers.get(name, []))
            if question:
                asked[name] = question
    return asked


def _question(name: str, cells: ColumnEvidence, answers: list[str]) -> dict[str, Any] | None:
    kind = next((kind for kind, words in KINDS if words.search(name)), None)
    opinion = OPINION.search(name)
    if cells.is_number and kind and kind != "complaint":
        return {"kind": kind, "scale_max": _scale(name, kind, answers)}
    if answers and kind and kind != "complaint":
        if all(map(NUMBERED.match, answers)):
            points = [NUMBERED.match(answer)[1] for answer in answers]
            return {"kind": kind, "scale_max": _scale(name, kind, points)}
        worded = next(filter(None, (_points(answers, scale) for scale in WORDED)), None)
        if worded:
            return {"kind": kind, "scale_max": len(WORDED[0]), "scores": worded}
    if kind == "complaint" or (opinion and not cells.is_number):
        return {"kind": "complaint" if kind == "complaint" else "review"}
    return None


def _points(answers: list[str], scale: Sequence[Sequence[str]]) -> dict[str, int] | None:
    """Return word → points on a scale of words, the answers as they are written; None where a step has two of them
    or one of them is not on it."""
    steps = {word: step for step, words in enumerate(scale, 1) for word in words}
    points = {answer: steps.get(answer.strip().lower()) for answer in answers}
    given = list(points.values())
    if None in given or any(given.count(step) > 1 for step in given):
        return None
    absent = {scale[step - 1][0]: step for step in range(1, len(scale) + 1) if step not in given}
    return dict(sorted({**points, **absent}.items(), key=lambda pair: pair[1]))


def _scale(name: str, kind: str, answers: list[str]) -> int:
    """Return the top of a scale: as the header says, ten for recommendation, else the least that holds the answers."""
    stated = SCALE.search(name)
    if stated and int(stated[1]) in SCALES:
        return int(stated[1])
    if kind == "nps":
        return 10
    highest = max((float(answer) for answer in answers if re.fullmatch(r"\d+(\.\d+)?", answer)), default=5.0)
    return next((scale for scale in SCALES if highest <= scale), 100)
