"""What customers say: short texts in two languages with a true polarity, and public mentions with one incident."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from relops.data.demo.settings import SECONDS_PER_DAY, DemoSettings, choose, waking
from relops.data.demo.write import Frame, labels, numbers, times
from relops.locale import LANGUAGES, read_yaml

POLARITIES = ("positive", "negative", "neutral")
DAYS_PER_MONTH = 30.4
MEDIAN_REACH = 120
REACH_SPREAD = 1.6


@functools.cache
def voice() -> dict[str, Any]:
    """Return what customers say (``voice.yaml``)."""
    return read_yaml(Path(__file__).with_name("voice.yaml"))


@functools.cache
def texts() -> tuple[str, ...]:
    """Return every text: by polarity, opinion, remark and language, the last turning fastest; those of the incident
    behind all others."""
    said = [f"{opinion[language]}{remark[language]}" for polarity in POLARITIES
            for opinion in voice()["opinions"][polarity] for remark in voice()["remarks"] for language in LANGUAGES]
    return (*said, *(entry[language] for entry in voice()["mentions"]["incident_texts"] for language in LANGUAGES))


@functools.cache
def text_polarities() -> dict[str, str]:
    """Return text → true polarity."""
    remarks, found = len(voice()["remarks"]) * len(LANGUAGES), {}
    kinds = [polarity for polarity in POLARITIES for _ in range(len(voice()["opinions"][polarity]) * remarks)]
    for text, polarity in zip(texts(), [*kinds, *["negative"] * len(texts())], strict=False):
        found[text] = polarity
    return found


def draw_texts(polarity: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return a text (place in :func:`texts`) of each polarity (place in ``POLARITIES``)."""
    sizes = np.array([len(voice()["opinions"][name]) for name in POLARITIES])
    starts = np.cumsum(sizes) - sizes
    remarks, number = len(voice()["remarks"]), len(polarity)
    opinion = starts[polarity] + (generator.random(number) * sizes[polarity]).astype(np.int64)
    remark = generator.integers(0, remarks, number)
    return (opinion * remarks + remark) * len(LANGUAGES) + _language(number, generator)


def _language(number: int, generator: np.random.Generator) -> np.ndarray:
    return (generator.random(number) < voice()["english_share"]).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Mentions:
    """Public mentions in order of time; ``incident`` marks those about the incident."""

    seconds: np.ndarray
    source: np.ndarray
    reach: np.ndarray
    sentiment: np.ndarray
    text: np.ndarray
    incident: np.ndarray


def draw_mentions(settings: DemoSettings) -> Mentions:
    """Return what is said in public over the whole period; more customers, more talk."""
    law, generator = voice()["mentions"], settings.blocks()[0].generator("mentions")
    monthly = law["per_thousand_month"] * settings.customers / 1000
    usual = generator.poisson(monthly * settings.data_days / DAYS_PER_MONTH)
    incident = law["incident"]
    stirred = max(8, generator.poisson(monthly * incident["share_of_month"]))
    days = np.minimum(generator.exponential(incident["half_life_days"] / np.log(2), stirred), incident["days"])
    start = settings.day_number(incident["day"])
    seconds = np.concatenate([generator.random(usual) * settings.data_days, start + days]) * SECONDS_PER_DAY
    about = np.arange(usual + stirred) >= usual
    sentiment = np.where(about, POLARITIES.index("negative"), choose(generator, law["sentiment"]["share"], len(about)))
    text = draw_texts(sentiment, generator)
    told = generator.integers(0, len(law["incident_texts"]), stirred) * len(LANGUAGES) + _language(stirred, generator)
    text[about] = len(texts()) - len(law["incident_texts"]) * len(LANGUAGES) + told
    reach = MEDIAN_REACH * np.exp(REACH_SPREAD * generator.standard_normal(len(about)))
    reach *= np.where(about, incident["reach_factor"], 1)
    source = choose(generator, law["sources"]["share"], len(about))
    seconds = waking(seconds.astype(np.int64))
    order = np.argsort(seconds, kind="stable")
    return Mentions(*(values[order] for values in (
        seconds, source, np.rint(reach).astype(np.int64), sentiment, text, about)))


def mention_frame(settings: DemoSettings, mentions: Mentions) -> Frame:
    """Return the mentions table."""
    law = voice()["mentions"]
    return Frame({
        "mentioned_at": times(settings, mentions.seconds), "source": labels(mentions.source, law["sources"]["ids"]),
        "reach": numbers(mentions.reach), "sentiment": labels(mentions.sentiment, POLARITIES),
        "text": labels(mentions.text, texts())}, "mentioned_at, source, reach, sentiment, text")
