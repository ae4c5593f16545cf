"""Where a client is, as far as files tell: the currency and the time zone to propose."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from relops.data.intake.draft import Draft
from relops.data.intake.recognised import named
from relops.data.readers.sniff import count_values

CHINESE = {"currency": "CNY", "timezone": "Asia/Shanghai"}
JAPANESE = {"currency": "JPY", "timezone": "Asia/Tokyo"}
TAIWAN = {"currency": "TWD", "timezone": "Asia/Taipei"}
HONG_KONG = {"currency": "HKD", "timezone": "Asia/Hong_Kong"}
KOREAN = {"currency": "KRW", "timezone": "Asia/Seoul"}
ELSEWHERE = {"currency": "USD", "timezone": "UTC"}
# kana, but for the one that Chinese brands adorn themselves with
KANA = r"[\u3041-\u306d\u306f-\u3096\u30a1-\u30fa]"
# words of headers that tell a place, the first that is met; Taiwan by signs of the traditional script that are no
# Japanese ones, and by words that Japan does not use
PLACES = {r"[\uac00-\ud7a3]": KOREAN, KANA: JAPANESE, "港幣|港元|八達通": HONG_KONG,
          "[單價實數號會應總營點對發賣戶們狀關]|新?[臺台]幣|買家|付款時|訂購|日期.*[額時]|[額時].*日期": TAIWAN,
          "注文|購入|金額|会員番号": JAPANESE, r"[\u4e00-\u9fff]": CHINESE}
# what no Chinese header says: any header tells, whatever became of its column
JAPAN = re.compile(rf"{KANA}|取引|支払|値引|売上|店舗")
# signs that belong to one currency; those of several, as a bare dollar, tell none
SIGNS = {"€": "EUR", "EUR": "EUR", "£": "GBP", "GBP": "GBP", "HK$": "HKD", "HKD": "HKD", "NT$": "TWD", "US$": "USD",
         "USD": "USD", "CHF": "CHF", "円": "JPY", "JPY": "JPY", "RMB": "CNY", "CNY": "CNY", "元": "CNY",
         "₹": "INR", "INR": "INR", "₩": "KRW", "KRW": "KRW", "원": "KRW", "฿": "THB", "THB": "THB"}
SIGN = "|".join(map(re.escape, SIGNS))
OFFSET = "[+-][0-9]{{2}}:?[0-9]{{2}}$"
# offsets from UTC met in one file → a zone that keeps them, the most populous one
ZONES = {("+0800",): "Asia/Shanghai", ("+0900",): "Asia/Tokyo", ("+0530",): "Asia/Kolkata", ("+0700",): "Asia/Bangkok",
         ("+0100",): "Europe/Berlin", ("+0200",): "Europe/Berlin", ("+0100", "+0200"): "Europe/Berlin",
         ("+0000", "+0100"): "Europe/London", ("-0500",): "America/New_York", ("-0400",): "America/New_York",
         ("-0400", "-0500"): "America/New_York", ("-0500", "-0600"): "America/Chicago", ("-0600",): "America/Chicago",
         ("-0600", "-0700"): "America/Denver", ("-0700", "-0800"): "America/Los_Angeles",
         ("-0800",): "America/Los_Angeles", ("+1000",): "Australia/Brisbane", ("+1000", "+1100"): "Australia/Sydney",
         ("-0300",): "America/Sao_Paulo", ("+0300",): "Europe/Istanbul", ("+0400",): "Asia/Dubai"}


def proposed_place(drafts: Sequence[Draft], stated: Counter[str]) -> dict[str, str]:
    """Return the currency and the time zone to propose: by the currencies ``stated`` in columns, the signs and offsets
    in the cells, else by the language of the headers."""
    # of formulas the headers alone: their patterns are our own words
    words = " ".join(header for draft in drafts for rule in draft.source["columns"].values()
                     for header in named(rule, draft.group.headers))
    place = dict(next((place for told, place in PLACES.items() if re.search(told, words)), ELSEWHERE))
    if any(JAPAN.search(header) for draft in drafts for header in draft.group.headers):
        place = dict(JAPANESE)
    codes = stated or Counter({SIGNS[sign]: rows for sign, rows in _told(drafts, "amount", f"({SIGN})").items()})
    if codes:
        place["currency"] = min(codes, key=lambda code: (-codes[code], code))
    offsets = tuple(sorted({offset.replace(":", "") for offset in _told(drafts, "ordered_at", f"({OFFSET})")}))
    return place | ({"timezone": ZONES[offsets]} if offsets in ZONES else {})


def _told(drafts: Sequence[Draft], column: str, pattern: str) -> Counter[str]:
    """Return how often each text that fits a pattern stands in the cells of a column of orders."""
    found: Counter[str] = Counter()
    for draft in drafts:
        header = draft.source["columns"].get(column) if draft.source["table"] == "orders" else None
        if isinstance(header, str):
            for form in draft.group.forms:
                found += count_values(form, header, f"regexp_extract({{}}, '{pattern}')")
    return Counter({text: rows for text, rows in found.items() if text})


def currencies(drafts: Sequence[Draft]) -> Counter[str]:
    """Return the codes of currencies that columns of the files name, with the rows of each."""
    found: Counter[str] = Counter()
    for draft in drafts:
        for form in draft.group.forms if "currency" in draft.source["columns"] else ():
            found += count_values(form, draft.source["columns"]["currency"], "currency_code({})")
    return Counter({code: rows for code, rows in found.items() if re.fullmatch("[A-Z]{3}", code)})
