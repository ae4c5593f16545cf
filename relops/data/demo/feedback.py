"""Surveys and reviews: scores from one hidden satisfaction, answered more by the pleased and the cross."""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields

import numpy as np

from relops.data.demo.basket import CATEGORIES, LEVELS
from relops.data.demo.events import NOBODY
from relops.data.demo.orders import COMPLETED, Orders
from relops.data.demo.purchases import CHANNELS, STORE
from relops.data.demo.settings import SECONDS_PER_DAY, Block, DemoSettings, company, waking
from relops.data.demo.tables import customer_column, store_names
from relops.data.demo.tickets import ABSENT, Tickets, service
from relops.data.demo.voice import POLARITIES, draw_texts, texts
from relops.data.demo.write import Frame, identity, labels, numbers, times

KINDS = ("nps", "csat", "review", "ces", "complaint")
NPS, CSAT, REVIEW, CES, COMPLAINT = range(len(KINDS))
# a complaint holds no score
SCALES = np.array([10, 5, 5, 7, 0])
TOUCHPOINTS = ("checkout", "delivery", "pickup", "after_sales")
# an NPS score of at least, and of at most
PROMOTER, DETRACTOR = 9, 6
# the share of the scale from which a text is kind, and up to which it is not
POSITIVE_FROM, NEGATIVE_TO = 0.8, 0.5


@functools.cache
def store_satisfaction(settings: DemoSettings) -> np.ndarray:
    """Return what each store adds to satisfaction, in its standard deviations: the same in every block."""
    law = service()
    draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence(settings.seed, spawn_key=(1 << 31, 1))))
    added = law["store_spread"] * draw.standard_normal(company()["stores"])
    added[draw.permutation(company()["stores"])[:law["weak_stores"]["count"]]] -= law["weak_stores"]["less"]
    return added


@dataclass(frozen=True, eq=False)
class Feedback:
    """Answers in arrays; ``text`` is a place in the list of texts or -1, ``answered`` when the company replied, in
    seconds, or -1."""

    kind: np.ndarray
    owner: np.ndarray
    seconds: np.ndarray
    score: np.ndarray
    touchpoint: np.ndarray
    store: np.ndarray
    text: np.ndarray
    answered: np.ndarray

    def where(self, chosen: np.ndarray) -> Feedback:
        """Return the rows of a mask or of places."""
        return Feedback(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass
class FeedbackTruth:
    """Whole numbers of a block: what all who were asked would say, and what those who answered said."""

    asked: int = 0
    asked_promoters: int = 0
    asked_detractors: int = 0
    answered: int = 0
    answered_promoters: int = 0
    answered_detractors: int = 0
    texts_positive: int = 0
    texts_negative: int = 0
    texts_neutral: int = 0
    csat_answered: int = 0
    csat_top_two: int = 0
    ces_answered: int = 0
    ces_sum: int = 0
    complaints: int = 0


def draw_feedback(block: Block, orders: Orders, tickets: Tickets) -> tuple[Feedback, FeedbackTruth]:
    """Return the feedback on a block's orders and tickets, and the truth behind it."""
    law, generator = service(), block.generator("feedback")
    done = np.flatnonzero((orders.kind == COMPLETED) & (orders.owner != NOBODY))
    person = generator.standard_normal(block.customers)
    truth, parts = FeedbackTruth(), []
    shares = {NPS: law["nps"]["invited"], CSAT: law["csat"]["share"], REVIEW: law["reviews"]["share"], COMPLAINT: 1.0}
    for kind, share in shares.items():
        place = done[generator.random(len(done)) < share]
        if kind == REVIEW:
            place = place[orders.channel[place] == STORE]  # the public sites rate stores
        feeling = 0.6 * person[orders.owner[place]] + 0.8 * generator.standard_normal(len(place))
        at_store = orders.channel[place] == STORE
        feeling += np.where(at_store, store_satisfaction(block.settings)[orders.store[place]], 0)
        score = np.zeros(len(place), dtype=np.int64) if kind == COMPLAINT else _scores(kind, feeling)
        answered = generator.random(len(place)) < _chances(kind, score, feeling)
        if kind == NPS:
            _count_nps(truth, "asked", score)
        parts.append(_answers(block, orders, kind, (place[answered], score[answered]), generator))
    parts.append(_efforts(tickets, person, generator))
    feedback = Feedback(**{field.name: np.concatenate([getattr(part, field.name) for part in parts])
                           for field in fields(Feedback)})
    inside = feedback.seconds < block.settings.data_days * SECONDS_PER_DAY
    feedback = feedback.where(np.flatnonzero(inside)[np.argsort(feedback.seconds[inside], kind="stable")])
    _count(truth, feedback)
    return feedback, truth


def _efforts(tickets: Tickets, person: np.ndarray, generator: np.random.Generator) -> Feedback:
    """Return what customers say of the effort that a closed ticket cost them: the slower, the more."""
    law = service()["ces"]
    closed = np.flatnonzero((tickets.closed != ABSENT) & (tickets.owner != NOBODY))
    place = closed[generator.random(len(closed)) < law["asked"] * law["answered"]]
    hours = (tickets.closed[place] - tickets.opened[place]) / 3600
    ease = law["mean"] - law["per_doubling"] * np.log2(hours / law["usual_hours"])
    ease += law["spread"] * (0.6 * person[tickets.owner[place]] + 0.8 * generator.standard_normal(len(place)))
    seconds = waking(tickets.closed[place] + generator.integers(3600, 2 * SECONDS_PER_DAY, len(place)))
    none = np.full(len(place), -1)
    return Feedback(np.full(len(place), CES), tickets.owner[place], seconds,
                    np.clip(np.rint(ease), 1, SCALES[CES]).astype(np.int64),
                    np.full(len(place), TOUCHPOINTS.index("after_sales")), tickets.store[place], none, none)


def _scores(kind: int, feeling: np.ndarray) -> np.ndarray:
    law = service()[("nps", "csat", "reviews")[kind]]
    lowest = 0 if kind == NPS else 1
    return np.clip(np.rint(law["mean"] + law["spread"] * feeling), lowest, SCALES[kind]).astype(np.int64)


def _chances(kind: int, score: np.ndarray, feeling: np.ndarray) -> np.ndarray:
    """Return the chance that somebody with this score answers, or with this feeling complains."""
    if kind == COMPLAINT:
        return service()["complaints"]["share"] * np.exp(-service()["complaints"]["falls"] * feeling)
    if kind == NPS:
        law = service()["nps"]["answered"]
        return np.where(score >= PROMOTER, law["promoter"],
                        np.where(score <= DETRACTOR, law["detractor"], law["passive"]))
    if kind == CSAT:
        law = service()["csat"]
        return np.where(score <= 2, law["answered_low"], law["answered_high"])
    return np.ones(len(score))


def _answers(block: Block, orders: Orders, kind: int, given: tuple[np.ndarray, np.ndarray],
             generator: np.random.Generator) -> Feedback:
    place, score = given
    number = len(place)
    seconds = waking(orders.seconds[place] + generator.integers(SECONDS_PER_DAY, 6 * SECONDS_PER_DAY, number))
    polarity = _polarity(score, kind)
    writes = generator.random(number) < service()["text_share"][KINDS[kind]]
    replied = (polarity == POLARITIES.index("negative")) & (generator.random(number) < 0.55)
    answered = np.where(replied, seconds + (generator.exponential(1.4, number) * SECONDS_PER_DAY).astype(np.int64), -1)
    answered = np.where(answered < block.settings.data_days * SECONDS_PER_DAY, answered, -1)
    at_store = orders.channel[place] == STORE
    elsewhere = np.where(orders.channel[place] == CHANNELS.index("mini_programme"), TOUCHPOINTS.index("pickup"),
                         TOUCHPOINTS.index("delivery"))
    touchpoint = np.where(at_store, TOUCHPOINTS.index("checkout"), elsewhere)
    goods = [entry["id"] for entry in CATEGORIES]
    text = np.where(writes, draw_texts(polarity, generator, {"at": (touchpoint, TOUCHPOINTS), "goods": (
        orders.product[place] // LEVELS, goods)}), -1)
    return Feedback(np.full(number, kind), orders.owner[place], seconds, score, touchpoint, orders.store[place],
                    text, answered)


def _count(truth: FeedbackTruth, feedback: Feedback) -> None:
    """Count what those who answered said."""
    score = {kind: feedback.score[feedback.kind == kind] for kind in (NPS, CSAT, CES)}
    _count_nps(truth, "answered", score[NPS])
    _count_texts(truth, feedback)
    truth.csat_answered, truth.csat_top_two = len(score[CSAT]), int((score[CSAT] >= SCALES[CSAT] - 1).sum())
    truth.ces_answered, truth.ces_sum = len(score[CES]), int(score[CES].sum())
    truth.complaints = int((feedback.kind == COMPLAINT).sum())


def _count_nps(truth: FeedbackTruth, who: str, score: np.ndarray) -> None:
    setattr(truth, who, len(score))
    setattr(truth, f"{who}_promoters", int((score >= PROMOTER).sum()))
    setattr(truth, f"{who}_detractors", int((score <= DETRACTOR).sum()))


def _polarity(score: np.ndarray, kind: np.ndarray | int) -> np.ndarray:
    """Return what a text beside a score says (place in ``POLARITIES``)."""
    share = score / np.maximum(SCALES[kind], 1)  # a complaint's is zero
    return np.where(share >= POSITIVE_FROM, POLARITIES.index("positive"),
                    np.where(share <= NEGATIVE_TO, POLARITIES.index("negative"), POLARITIES.index("neutral")))


def _count_texts(truth: FeedbackTruth, feedback: Feedback) -> None:
    polarity = _polarity(feedback.score, feedback.kind)[feedback.text >= 0]
    for place, name in enumerate(POLARITIES):
        setattr(truth, f"texts_{name}", int((polarity == place).sum()))


def feedback_frame(block: Block, feedback: Feedback) -> Frame:
    """Return the feedback table of a block."""
    settings = block.settings
    columns = {
        "given_at": times(settings, feedback.seconds), "kind": labels(feedback.kind, KINDS),
        "customer": customer_column(block, feedback.owner),
        "score": numbers(feedback.score, feedback.kind == COMPLAINT),
        "scale_max": numbers(SCALES[feedback.kind], feedback.kind == COMPLAINT),
        "touchpoint": labels(feedback.touchpoint, TOUCHPOINTS),
        "store_id": labels(feedback.store, store_names()), "text": labels(feedback.text, texts()),
        "is_public": labels((feedback.kind == REVIEW).astype(int), ("false", "true")),
        "answered_at": times(settings, np.maximum(feedback.answered, 0), feedback.answered < 0)}
    return Frame(columns, f"given_at, kind, {identity('C', 'customer')} AS customer_id, score, scale_max, touchpoint, "
                          "store_id, text, is_public, answered_at")
