"""What customers say: short texts in two languages with a true polarity, and public mentions with one incident."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
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


def draw_texts(polarity: np.ndarray, generator: np.random.Generator,
               about: Mapping[str, tuple[np.ndarray, Sequence[str]]] = MappingProxyType({})) -> np.ndarray:
    """Return a text (place in :func:`texts`) of each polarity (place in ``POLARITIES``) that fits what it is ``about``:
    key of an opinion or remark → the place of each in a list of names. What has no such key fits everything."""
    opinions = [entry for name in POLARITIES for entry in voice()["opinions"][name]]
    sides = np.repeat(np.arange(len(POLARITIES)), [len(voice()["opinions"][name]) for name in POLARITIES])
    opinion = _one_that_fits(opinions, about, sides == polarity[:, None], generator)
    every = np.ones((len(polarity), len(voice()["remarks"])), dtype=bool)
    remark = _one_that_fits(voice()["remarks"], about, every, generator)
    return (opinion * len(voice()["remarks"]) + remark) * len(LANGUAGES) + _language(len(polarity), generator)


def _one_that_fits(entries: Sequence[Mapping[str, Any]], about: Mapping[str, tuple[np.ndarray, Sequence[str]]],
                   allowed: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return for each row of ``allowed`` (row × entry) an even draw of the entries that are allowed and fit."""
    for key, (place, names) in about.items():
        fits = np.array([[name in entry.get(key, names) for entry in entries] for name in names])
        allowed = allowed & fits[place]
    upto = np.cumsum(allowed, axis=1)
    wanted = np.floor(generator.random(len(allowed)) * upto[:, -1]).astype(np.int64)
    return (upto <= wanted[:, None]).sum(axis=1)


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
