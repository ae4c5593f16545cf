"""Numbers and dates as a reader of each language expects them. The only place that turns a value into text."""

from __future__ import annotations

import datetime
import math
from typing import Any

from babel import Locale
from babel.dates import format_date as babel_date
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent

from relops.locale import text

# parsed once: Babel would do it again for every number
BABEL = {"zh": Locale.parse("zh_CN"), "en": Locale.parse("en_GB")}
COUNTS = ("rows", "orders", "customers", "purchases")
SPANS = ("days", "weeks", "months")
# decimals by unit; money and counts are handled apart
SMALLEST_P = 0.001
DECIMALS = {"share": 1, "points": 1, "ratio": 3, "log_likelihood": 2}


def is_missing(value: Any) -> bool:
    """Return whether a value stands for "nothing" (None, NaN, NaT)."""
    return value is None or value is not value or (isinstance(value, float) and math.isnan(value))


def format_value(value: Any, unit: str, language: str, *, bare: bool = False) -> str:
    """Return ``value`` as text with its unit.

    Units: rows, orders, customers, purchases, days, weeks, months, share (0..1, shown in percent), points,
    ratio, p_value, parameter (four significant digits), log_likelihood, ``money:<ISO currency>``, date, text.
    ``bare`` leaves the unit out (for table cells, whose header names it); a share keeps its percent sign.
    """
    if is_missing(value):
        return text("locale.not_available", language)
    if unit == "text":
        return str(value)
    if unit == "date":
        return format_date(value, language)
    if unit.startswith("money:"):
        return format_money(float(value), unit.removeprefix("money:"), language, bare=bare)
    if unit == "p_value":
        return _p_value(float(value), language, bare)
    if unit == "share":
        return format_percent(value, "#,##0.0%", locale=BABEL[language], decimal_quantization=True)
    number = _number(value, unit, language)
    if bare or unit in ("ratio", "parameter", "log_likelihood", "count"):
        return number
    return f"{number} {text(f'locale.unit.{unit}', language)}"


def format_difference(value: float, unit: str, language: str) -> str:
    """Return a difference of two values with its sign; of two shares in percentage points."""
    if unit.startswith("money:") and not is_missing(value):
        return format_money(value, unit.removeprefix("money:"), language, plus="+")
    shown = format_value(100 * value, "points", language) if unit == "share" else format_value(value, unit, language)
    return f"+{shown}" if value > 0 else shown


def _p_value(value: float, language: str, bare: bool) -> str:
    """Return a p value to three digits, a smaller one as below the smallest of these; "p" before it unless ``bare``."""
    small = value < SMALLEST_P
    number = format_decimal(SMALLEST_P if small else value, "0.000", locale=BABEL[language])
    if bare:
        return f"< {number}" if small else number
    return f"p < {number}" if small else f"p = {number}"


def _number(value: Any, unit: str, language: str) -> str:
    if unit in COUNTS or unit == "count":
        whole = float(value).is_integer()
        return format_decimal(value, "#,##0" if whole else "#,##0.0", locale=BABEL[language])
    if unit == "parameter":
        return f"{float(value):.4g}"
    digits = DECIMALS.get(unit, 2)
    if unit in SPANS:
        digits = 0 if float(value).is_integer() else 1
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, pattern, locale=BABEL[language])


def format_money(value: float, currency: str, language: str, *, bare: bool = False, plus: str = "") -> str:
    """Return an amount: whole units from a hundred on, cents below, the ISO code unless ``bare``. A sign stands at the
    digits, as in ``USD -5.00``; above zero it is ``plus``."""
    pattern = "#,##0" if abs(value) >= 100 else "#,##0.00"
    if bare:
        return format_decimal(value, pattern, locale=BABEL[language])
    pattern = f"¤¤ {plus if value > 0 else ''}{pattern};¤¤ -{pattern}"
    return format_currency(value, currency, pattern, locale=BABEL[language], currency_digits=False)


def format_axis_money(value: float, currency: str, language: str) -> str:
    """Return an amount for an axis: short form (万 and 亿 in Chinese, K and M in English)."""
    value = float(f"{value:.10g}")  # a tick at three steps of 0.1 is 0.30000000000000004
    return format_compact_currency(value, currency, locale=BABEL[language], fraction_digits=1)


def format_interval(low: Any, high: Any, unit: str, language: str) -> str:
    """Return ``low to high`` with the unit said once."""
    first = format_value(low, unit, language, bare=not unit.startswith("money:"))
    last = format_value(high, unit, language, bare=unit.startswith("money:"))
    return text("locale.between", language, low=first, high=last)


def format_date(day: datetime.date | str, language: str) -> str:
    """Return a date: 1997年9月30日, 30 Sept 1997."""
    if isinstance(day, str):
        day = datetime.date.fromisoformat(day[:10])
    return babel_date(day, "long" if language == "zh" else "medium", locale=BABEL[language])


def format_period(start: Any, end: Any, language: str) -> str:
    """Return a span of dates, both ends included."""
    return text("locale.between", language, low=format_date(start, language), high=format_date(end, language))
