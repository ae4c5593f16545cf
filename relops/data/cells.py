"""How a text cell is read, as macros of the engine: cleaned text, money, numbers, booleans, times.

Each reading macro gives null for what it cannot read; its argument should be a plain column. Cells come as people
and programs write them: ``="00123"``, a leading apostrophe or backtick, ``¥1,234.50``, ``(12.00)``,
``2025年3月1日``, ``20250301``, ``2025-03-01T10:00:00+08:00``.
"""

from __future__ import annotations

from collections.abc import Sequence

from relops.data.engine import Engine, literal, literals, quote

# what exports print for "nothing"; NA is left out: it is a country
NOTHING = ("", "NULL", "(NULL)", "[NULL]", "<NULL>", "NONE", "NAN", "NAT", "N/A", "#N/A", "\\N", "-", "--", "—", "——",
           "/", "无", "空")
YES = ("true", "t", "yes", "y", "1", "1.0", "on", "是", "有", "真", "√")
NO = ("false", "f", "no", "n", "0", "0.0", "off", "否", "无", "假", "×")
LONGEST_NOTHING = max(len(word.encode()) for word in NOTHING)
BLANKS = " \t\r\n\u00a0\u3000\ufeff"
BLANK_CLASS = r"\s\x{a0}\x{3000}\x{feff}"
CURRENCY_SIGNS = (r"CNY|RMB|USD|EUR|GBP|JPY|HKD|TWD|SGD|AUD|CAD|NZD|CHF|KRW|INR|THB|(?:US|HK|NT|CA|AU|NZ|A|C|S)\$|"
                  r"IDR|VND|Rp[.]?|[¥￥$€£₩₹฿₫đ元圆円]")
# points part the thousands of rupiah and dong: Rp 150.000 is a hundred and fifty thousand
_POINTED = r"(\d{1,3})[.](\d{3})(?:[.](\d{3}))?(?:,(\d{1,2}))?"
POINTED = rf"^(?:Rp[.]?|IDR|VND|₫)\s*{_POINTED}$|^{_POINTED}\s*(?:₫|đ|VND|IDR)$"
UNPOINTED = r"\1\2\3\5\6\7.\4\8"
# how most amounts are written: read without the long way that the others take
PRICED = r"(?:-|[¥￥$€£] ?)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:[.]\d*)?元?"
UNIT_SIGNS = rf"{CURRENCY_SIGNS}|星"  # a score may be written as so many stars
UNIT_MARKS = rf"{UNIT_SIGNS}|[\s\x{{a0}}\x{{3000}}]"
BUDDHIST = (2500, 2600)
# years from 2500 are Buddhist ones and take the longer way
YEAR = r"(?:[013-9]\d|2[0-46-9])\d\d"
ISO = YEAR + r"-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"
# nearly ISO, as spreadsheets and Chinese exports write it: read by the engine once its signs are changed
NEARLY_ISO = YEAR + r"[-/年]\d{1,2}[-/月]\d{1,2}日?(?: \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
HALF_DAY = "[AaPp][Mm]|上午|下午|中午|凌晨|早上|晚上"
CLOCK = (rf"(?:[T ,]*({HALF_DAY})?[T ,]*(\d{{1,2}})[:时点](\d{{1,2}})"
         rf"(?:[:分](\d{{1,2}}(?:\.\d+)?))?[分秒]?\s*({HALF_DAY})?)?")
# minutes from UTC of the names that mean one zone only: CST is China's and America's
ZONES = {"EDT": -240, "EST": -300, "CDT": -300, "MDT": -360, "MST": -420, "PDT": -420, "PST": -480, "JST": 540,
         "KST": 540, "HKT": 480, "SGT": 480, "CET": 60, "CEST": 120, "AEST": 600, "AEDT": 660}
ZONE = rf"\s*(Z|(?:UTC|GMT)?[+-]\d{{1,2}}(?::?\d{{2}})?|UTC|GMT|{'|'.join(ZONES)})?"
WEEKDAY = r"(?:\s*(?:[(]?(?:星期|周|礼拜)[一二三四五六日天][)]?|[(][一二三四五六日天月火水木金土][)])\s*)?"
DAY_LEADS = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*[.]?,?\s+)?"
PARTS = "['a', 'b', 'c', 'before', 'hour', 'minute', 'second', 'after', 'zone']"
YEAR_FIRST = rf"^(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})日?{WEEKDAY}{CLOCK}{WEEKDAY}{ZONE}$"
# years of the Republic of China: 113 is 2024
MINGUO = rf"^(?:民[国國]\s*)?(1[0-4]\d)[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})日?{WEEKDAY}{CLOCK}{WEEKDAY}{ZONE}$"
# a year of two digits at the end is one of 2010 to 2029: in 24/3/1 the year stands first, and nobody can tell
YEAR_LAST = rf"^(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}|[12]\d){CLOCK}{ZONE}$"
COMPACT = r"^((?:19|20)\d{2})(\d{2})(\d{2})()(?:[ T]?(\d{2}):?(\d{2}):?(\d{2})?)?()()$"
# the months of a year by their first letters: English, Spanish, Portuguese, Italian, German (two ways), French
MONTHS = ("janfebmaraprmayjunjulaugsepoctnovdec", "enefebmarabrmayjunjulagosepoctnovdic",
          "janfevmarabrmaijunjulagosetoutnovdez", "genfebmaraprmaggiulugagosetottnovdic",
          "janfebmaraprmaijunjulaugsepoktnovdez", "janfebmrzaprmaijunjulaugsepoktnovdez",
          "janfevmaravrmaijunjulaousepoctnovdec")
# juin and juillet differ in the fourth letter
BEGINNINGS = ("jui[nl]", "fév", "mär", "jän", "aoû", "déc",
              *(year[at:at + 3] for year in MONTHS for at in range(0, 36, 3)))
MONTH = f"((?i:{'|'.join(dict.fromkeys(BEGINNINGS))}))(?i:[a-zç])*[.]?"
MONTH_NAMED = (rf"^{DAY_LEADS}(\d{{1,2}})(?:er)?(?:[.]? |[-/])(?i:de )?{MONTH}(?:[- /,]+|(?i: del? ))(\d{{4}}|\d{{2}})"
               rf"{CLOCK}(?:\s*(?i:hs?|hrs)[.]?)?{ZONE}$")
MONTH_LEADS = rf"^{DAY_LEADS}{MONTH}[- ](\d{{1,2}}),?[- ](\d{{4}}|\d{{2}}){CLOCK}{ZONE}$"
# days since 1899-12-30, as a spreadsheet counts them, from 1982 to 2099; seconds since 1970 from 2001 to 2100
SERIAL = r"(?:[3-6]\d{4}|7[0-2]\d{3})(?:\.\d+)?"
EPOCH = r"(?:1\d|2\d|3\d|40)\d{8}(?:\d{3})?"
MICROSECONDS = r"1\d{15}"  # so many digits are a time only where a header says so: they may be a number too
# a spreadsheet keeps fifteen digits of a number and shows longer ones by a power of ten
ROUNDED = r"\d([.]\d+)?[Ee][+]?(1\d|2\d)"
# a note behind an amount, such as "128.00(含运费)": in brackets, and no number itself
NOTE = r"^(.*\d[^(\[【]*)[(\[【][^)\]】]*[^-+\d.,%\s)\]】][^)\]】]*[)\]】]$"


# a sum: a list, or a case of so many words, would be worked out for every row of every file
ZONE_MINUTES = " + ".join(f"({minutes}) * CAST(zone = '{name}' AS BIGINT)" for name, minutes in ZONES.items())

# in an order in which each stands after those it uses
MACROS = {
    # most cells stay as they are: each step looks first, cheaply, whether there is anything to do
    "trimmed(x)": f"""CASE
        WHEN x > '!' AND x < {literal(chr(0xa0))} AND strlen(x) = length(x) AND right(x, 1) > '!' THEN x
        WHEN regexp_matches(x, '^[{BLANK_CLASS}]|[{BLANK_CLASS}]$') THEN trim(x, {literal(BLANKS)}) ELSE x END""",
    "unwrapped(x)": r"""CASE left(x, 1)
        WHEN '=' THEN CASE WHEN regexp_full_match(x, '="[^"]*"') THEN trimmed(substr(x, 3, length(x) - 3)) ELSE x END
        WHEN '''' THEN CASE WHEN regexp_matches(x, '^''[\d+*]') THEN substr(x, 2) ELSE x END
        WHEN '`' THEN trimmed(substr(x, 2))
        ELSE x END""",
    "filled(x)": f"CASE WHEN strlen(x) <= {LONGEST_NOTHING} AND upper(x) IN ({literals(NOTHING)}) THEN NULL ELSE x END",
    "half_width(x)": "translate(x, '０１２３４５６７８９．，－＋−（）［］％：／　', '0123456789.,-+-()[]%:/ ')",
    # thousands commas only where they stand as such, in India behind lakhs too: 12,50 is no twelve hundred and fifty
    "plain_digits(x)": r"""CASE
        WHEN regexp_full_match(x, '[+-]?\d{1,3}((,\d{3})+|(,\d{2})+,\d{3})(\.\d*)?(e4)?') THEN replace(x, ',', '')
        WHEN regexp_full_match(x, '[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?') THEN x END""",
    "plain_number(x)": r"""CASE
        WHEN regexp_full_match(x, '\(.+\)') THEN '-' || plain_digits(substr(x, 2, length(x) - 2))
        WHEN x LIKE '%-' THEN '-' || plain_digits(left(x, length(x) - 1))
        ELSE plain_digits(x) END""",
    "without_note(x)": f"regexp_replace(x, '{NOTE}', '\\1')",
    # 20.00 CR is 20.00-, 0.12万 is 0.12e4; every step names its argument once
    "bare_money(x)": rf"regexp_replace(replace(regexp_replace(regexp_replace(regexp_replace("
                     rf"without_note(half_width(x)), '{POINTED}', '{UNPOINTED}'), '({UNIT_MARKS}|(?i:dr)$)', '', 'g'), "
                     r"'(\d)(?i:cr)$', '\1-'), '万', 'e4'), '(\d)[''’](\d{3})', '\1\2', 'g')",
    "priced(x)": "replace(trim(x, '¥￥$€£ 元'), ',', '')",
    "as_money(x)": f"""TRY_CAST(CASE WHEN regexp_full_match(x, '-?[0-9]+([.][0-9]*)?') THEN x
        WHEN regexp_full_match(x, '{PRICED}') THEN priced(x) ELSE plain_number(bare_money(x)) END AS DECIMAL(18, 4))""",
    # money in the smallest units of its currency, as Stripe counts it: UGX and ISK in hundredths too
    "minor_money(x, currency)": """as_money(x) / CASE WHEN lower(currency) IN ('bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf',
            'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf') THEN 1
        WHEN lower(currency) IN ('bhd', 'jod', 'kwd', 'omr', 'tnd') THEN 1000 ELSE 100 END""",
    "is_number(x)": f"""CASE WHEN regexp_full_match(x, '{PRICED}') THEN true
        ELSE x IS NULL OR plain_number(bare_money(x)) IS NOT NULL END""",
    "as_number(x)": rf"""CASE WHEN regexp_full_match(x, '-?[0-9]+([.][0-9]*)?') THEN TRY_CAST(x AS DOUBLE)
        WHEN regexp_full_match(x, '{PRICED}') THEN TRY_CAST(priced(x) AS DOUBLE)
        WHEN x LIKE '%\%' ESCAPE '\'
        THEN TRY_CAST(plain_number(bare_money(left(x, length(x) - 1))) AS DOUBLE) / 100
        ELSE TRY_CAST(plain_number(bare_money(x)) AS DOUBLE) END""",
    "currency_code(x)": r"""CASE WHEN x IN ('人民币', '人民幣', '元', '¥', '￥', 'RMB', 'rmb') THEN 'CNY'
        WHEN x IN ('美元', '美金', '$', 'US$') THEN 'USD'
        WHEN x IN ('欧元', '€') THEN 'EUR' WHEN x IN ('英镑', '£') THEN 'GBP'
        WHEN x IN ('港币', '港元', '港幣', 'HK$') THEN 'HKD'
        WHEN x IN ('日元', '日圆', '日圓', '日币', '日幣', 'JP¥', '円') THEN 'JPY'
        WHEN x IN ('新台币', '台币', '新台幣', '台幣', '新臺幣', '臺幣', 'NT$', 'NTD') THEN 'TWD'
        WHEN x IN ('원', '₩') THEN 'KRW' WHEN x = '₹' THEN 'INR'
        WHEN regexp_full_match(x, '[\x{4e00}-\x{9fff}()]+[A-Za-z]{3}|[A-Za-z]{3}[\x{4e00}-\x{9fff}()]+')
        THEN replace(upper(regexp_extract(x, '[A-Za-z]{3}')), 'RMB', 'CNY') ELSE upper(x) END""",
    "as_boolean(x)": f"""CASE WHEN lower(x) IN ({literals(YES)}) THEN true
        WHEN lower(x) IN ({literals(NO)}) THEN false END""",
    "offset_of(zone)": rf"""CASE WHEN zone IN ('', 'Z', 'UTC', 'GMT') THEN INTERVAL 0 MINUTE
        WHEN right(zone, 1) >= 'A' THEN to_minutes({ZONE_MINUTES})
        ELSE to_minutes(CAST(regexp_extract(zone, '[+-]') || '1' AS BIGINT)
            * (CAST(regexp_extract(zone, '[+-](\d{{1,2}}?)(?::?\d{{2}})?$', 1) AS BIGINT) * 60
            + COALESCE(TRY_CAST(regexp_extract(zone, '[+-]\d{{1,2}}:?(\d{{2}})$', 1) AS BIGINT), 0))) END""",
    "hour_of(p)": """CASE WHEN lower(p['before'] || p['after']) IN ('pm', '下午', '晚上')
            AND TRY_CAST(p['hour'] AS BIGINT) < 12 THEN CAST(p['hour'] AS BIGINT) + 12
        WHEN lower(p['before'] || p['after']) IN ('am', '上午', '凌晨') AND TRY_CAST(p['hour'] AS BIGINT) = 12 THEN 0
        ELSE COALESCE(TRY_CAST(p['hour'] AS BIGINT), 0) END""",
    "month_of(name)": f"((strpos('{''.join(MONTHS)}', replace(strip_accents(lower(name)), 'jui', 'ju')) + 2) // 3 - 1) "
                      "% 12 + 1",
    "time_of(year, month, day, p, zone)": """TRY(timezone(
        CASE WHEN p['zone'] = '' THEN zone ELSE 'UTC' END,
        make_timestamp(CAST(year AS BIGINT), CAST(month AS BIGINT), CAST(day AS BIGINT),
            hour_of(p), COALESCE(TRY_CAST(p['minute'] AS BIGINT), 0),
            COALESCE(TRY_CAST(p['second'] AS DOUBLE), 0.0)) - offset_of(p['zone'])))""",
    # two digits of a year as POSIX reads them
    "year_of(y)": """CAST(y AS BIGINT) + CASE WHEN y LIKE '25__' THEN -543 WHEN length(y) = 4 THEN 0
        WHEN length(y) = 3 THEN 1911 WHEN y < '69' THEN 2000 ELSE 1900 END""",
    "month_named(p, zone)": "time_of(year_of(p['c']), month_of(p['b']), p['a'], p, zone)",
    "month_leads(p, zone)": "time_of(year_of(p['c']), month_of(p['a']), p['b'], p, zone)",
    "counted(x, zone)": f"""CASE WHEN regexp_full_match(x, '{SERIAL}')
            THEN timezone(zone, TIMESTAMP '1899-12-30' + to_seconds(CAST(round(CAST(x AS DOUBLE) * 86400) AS BIGINT)))
        WHEN regexp_full_match(x, '{EPOCH}|{MICROSECONDS}') THEN to_timestamp(CAST(left(x, 10) AS BIGINT))
            + to_microseconds(COALESCE(TRY_CAST(rpad(substr(x, 11), 6, '0') AS BIGINT), 0)) END""",
    "year_first(p, zone)": "time_of(year_of(p['a']), p['b'], p['c'], p, zone)",
    "year_last(p, zone, day_first)": """CASE WHEN day_first THEN time_of(year_of(p['c']), p['b'], p['a'], p, zone)
        ELSE time_of(year_of(p['c']), p['a'], p['b'], p, zone) END""",
    "time_by_parts(x, zone, day_first)": f"""CASE
        WHEN regexp_matches(x, '{YEAR_FIRST}') THEN year_first(regexp_extract(x, '{YEAR_FIRST}', {PARTS}), zone)
        WHEN regexp_matches(x, '{MINGUO}') THEN year_first(regexp_extract(x, '{MINGUO}', {PARTS}), zone)
        WHEN regexp_matches(x, '{COMPACT}') THEN year_first(regexp_extract(x, '{COMPACT}', {PARTS}), zone)
        WHEN day_first IS NOT NULL AND regexp_matches(x, '{YEAR_LAST}')
            THEN year_last(regexp_extract(x, '{YEAR_LAST}', {PARTS}), zone, day_first)
        WHEN regexp_matches(x, '{MONTH_NAMED}') THEN month_named(regexp_extract(x, '{MONTH_NAMED}', {PARTS}), zone)
        WHEN regexp_matches(x, '{MONTH_LEADS}') THEN month_leads(regexp_extract(x, '{MONTH_LEADS}', {PARTS}), zone)
        ELSE counted(x, zone) END""",
    "as_time(x, zone, day_first)": f"""CASE
        WHEN regexp_full_match(x, '{ISO}') THEN timezone(zone, TRY_CAST(x AS TIMESTAMP))
        WHEN regexp_full_match(x, '{NEARLY_ISO}')
            THEN timezone(zone, TRY_CAST(translate(x, '/年月日', '---') AS TIMESTAMP))
        ELSE time_by_parts(half_width(x), zone, day_first) END""",
}


def cleaned(table: str, cells: Sequence[str]) -> str:
    """Return the query that gives ``cells`` of a staging table cleaned, beside its other columns.

    A subquery for each step: a macro writes its argument out as often as it uses it, so it is given columns only.
    """
    query = quote(table)
    for step in ("trimmed", "unwrapped", "filled") if cells else ():
        query = f"(SELECT * REPLACE ({', '.join(f'{step}({cell}) AS {cell}' for cell in cells)}) FROM {query})"
    return query


def soiled(engine: Engine, table: str, cells: Sequence[str]) -> list[str]:
    """Return those ``cells`` of a staging table in which there is anything to clean at all.

    Most columns of most exports hold nothing: to see that costs a fraction of writing every cell anew.
    """
    if not cells:
        return []
    wide = [sign for sign in BLANKS if not sign.isascii()]
    # comparisons and one last sign: a pattern, or an ending for each blank, would take several times as long
    begins = " OR ".join(f"({{0}} >= {literal(sign)} AND {{0}} < {literal(chr(ord(sign) + 1))})" for sign in "='`")
    either = " OR ".join(f"prefix({{0}}, {literal(blank)}) OR suffix({{0}}, {literal(blank)})" for blank in wide)
    # one test after the other, each for those that the ones before have left; no word for nothing begins with a digit
    test = (f"CASE WHEN {{0}} < '!' OR {begins} OR substr({{0}}, -1) <= ' ' THEN true "
            f"WHEN strlen({{0}}) <> length({{0}}) THEN {either} OR {{0}} IN ({literals(NOTHING)}) "
            f"WHEN strlen({{0}}) <= {LONGEST_NOTHING} AND ({{0}} < '0' OR {{0}} >= ':') "
            f"THEN upper({{0}}) IN ({literals(NOTHING)}) ELSE false END")
    tests = ", ".join(f"bool_or({test.format(cell)})" for cell in cells)
    found = engine.rows(f"SELECT {tests} FROM {quote(table)}")[0]
    return [cell for cell, needed in zip(cells, found, strict=True) if needed]


def define_cells(engine: Engine) -> None:
    """Make the macros known to this connection."""
    for signature, body in MACROS.items():
        engine.create_macro(signature, body)
