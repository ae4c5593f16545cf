"""Whether a column that calls itself a state holds the buyer's, not the order's."""

from __future__ import annotations

import re
from collections import Counter

from relops.data.bases import as_text
from relops.data.engine import literal
from relops.data.folding import fold
from relops.data.guess_state import Guess
from relops.data.headers import headers, normal
from relops.data.notes import note
from relops.data.readers.sniff import count_values
from relops.data.statuses import class_by_words

CODE = re.compile("[A-Z]{2,3}")  # so may a status be written: CMP, RFD
PARTED = "\t"


def leave_places(guess: Guess, status: str | None) -> str | None:
    """Return the header of the status: none where it is the buyer's state, as TX, which is the region."""
    if not status or not _tells_places(guess, status):
        return status
    if "region" not in guess.columns:
        guess.take("region", status, note("by_likeness"))
    return None


def strange_state(guess: Guess) -> str | None:
    """Return the header of the region where it says state and holds codes that are few places': perhaps a status."""
    region = guess.columns.get("region")
    if not isinstance(region, str) or not _is_state(region):
        return None
    values = guess.values(region)
    strange = values and all(map(CODE.fullmatch, values)) and 2 * len(_codes().intersection(values)) < len(values)
    return region if strange and not _has_cities(guess, region, again=True) else None


def _is_state(header: str) -> bool:
    return normal(header).endswith(tuple(headers()["state_endings"][""]))


def _tells_places(guess: Guess, header: str) -> bool:
    """Return whether a state is a place: no word of a status, beside a city or a postal code that lies in one such
    place only. Codes must be known ones; names must be the same whenever a city comes again."""
    if not _is_state(header):
        return False
    values = guess.values(header)
    if not guess.count(header):  # more of them than a status has
        return True
    if not values or class_by_words(values, "status") or any(map(str.isdecimal, values)):
        return False
    coded = all(map(CODE.fullmatch, values))
    return not (coded and not _codes().issuperset(values)) and _has_cities(guess, header, again=not coded)


def _codes() -> set[str]:
    return {code.upper() for code in headers()["place_codes"][""]}


def _has_cities(guess: Guess, state: str, again: bool) -> bool:
    places = [name for name in guess.form.names if name != state and tells_place(name)]
    return any(_lie_in(guess, name, state, again) for name in places if places.count(name) == 1)


def tells_place(header: str) -> bool:
    """Return whether a header names a city, a postal code or the address of a house, in a word of its own."""
    parted = fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header))
    words, known = re.findall("[a-z]+", parted), headers()
    named = any(word in (words if word.isascii() else parted) for word in known["place_words"][""])
    return named and not any(word in words for word in known["place_unlike"][""])


def _lie_in(guess: Guess, place: str, state: str, again: bool) -> bool:
    """Return whether each city lies in one state, but for a few that share a name; ``again``: and some come again."""
    pair = {"sql": f"{as_text(place)} || {literal(PARTED)} || {as_text(state)}"}
    pairs = sum((count_values(form, pair) for form in guess.forms), Counter())
    pairs.pop("", None)
    cities = {known.rpartition(PARTED)[0] for known in pairs}
    return bool(cities) and 10 * len(pairs) <= 11 * len(cities) and (pairs.total() > len(cities) or not again)
