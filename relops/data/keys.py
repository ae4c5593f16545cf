"""Keys that tell persons apart: as they are compared, and which values are none."""

from __future__ import annotations

import re

from relops.data.engine import Engine, literal, literals

# a mask would make one person of strangers; so would a word that shops type in for nobody in particular
ENCRYPTED = ("##", "$$")
NOBODY = ("散客", "游客", "匿名", "匿名用户", "未知", "无名氏", "非会员", "非会员顾客", "现金客户",
          "零售客户", "零散客户", "匿名客户", "匿名用戶", "非會員", "訪客", "ゲスト", "非会員",
          "guest", "anonymous", "unknown", "walk-in", "walk in", "walkin", "walk-in customer", "walk in customer",
          "walkin customer", "cash customer", "cash sale", "cash sales", "guest customer", "guest user",
          "guest checkout", "no customer", "laufkunde", "barverkauf", "client de passage", "consumidor final",
          "cliente mostrador")
KEY_FAULTS = ("masked", "nobody")
LONGEST_NOBODY = max(len(word) for word in NOBODY)  # each ends in a letter, most ids in a digit
MOBILE = r"(?:^|[^0-9])(?:\+?(?:00)?86[ -]?)?(1[3-9][0-9]{9})(?:[^0-9]|$)"
NONE = "0+([.]0+)?"  # what shops give to guests, of whom they keep no number
PHONE = r"[0-9+() .\-]+"
MAIL = r"[^@\s]+@[^@\s]+[.][^@\s]+"
MACROS = {
    "key_fault(x)": f"""CASE
        WHEN contains(x, '*') OR contains(x, '＊') OR {' OR '.join(f'starts_with(x, {literal(m)})' for m in ENCRYPTED)}
            OR (starts_with(x, '~') AND length(x) > 12)
            OR (contains(lower(x), 'xxxx') AND regexp_full_match(x, '[0-9]{{3}}[xX]{{4,}}[0-9]{{4}}'))
            THEN 'masked'
        WHEN right(x, 1) > '9' AND length(x) <= {LONGEST_NOBODY}
            AND lower(x) IN ({literals(NOBODY)}) THEN 'nobody'
        WHEN starts_with(x, '0') AND regexp_full_match(x, '{NONE}') THEN 'nobody' END""",
    "id_key(x)": "CASE WHEN key_fault(x) IS NULL THEN x END",
    "phone_digits(x)": "regexp_replace(x, '[^0-9]', '', 'g')",
    # a mobile number may stand beside a name; any other number must stand alone
    "bare_phone(x)": f"""CASE WHEN regexp_matches(x, '{MOBILE}') THEN regexp_extract(x, '{MOBILE}', 1)
        WHEN regexp_full_match(x, '{PHONE}') THEN phone_digits(regexp_replace(x, '[.]0$', '')) END""",
    "domestic(d)": "CASE WHEN regexp_full_match(d, '(00)?861[3-9][0-9]{9}') THEN right(d, 11) ELSE d END",
    "real_phone(d)": "CASE WHEN length(d) BETWEEN 7 AND 15 AND d <> repeat(left(d, 1), length(d)) THEN d END",
    "phone_key(x)": "CASE WHEN key_fault(x) IS NULL THEN real_phone(domestic(bare_phone(half_width(x)))) END",
    "mail_key(x)": f"CASE WHEN key_fault(x) IS NULL AND regexp_full_match(x, '{MAIL}') THEN lower(x) END",
}


def define_keys(engine: Engine) -> None:
    """Make the macros known to this connection; they rest on those of cells."""
    for signature, body in MACROS.items():
        engine.create_macro(signature, body)


def key_value(name: str, text: str) -> str:
    """Return the SQL of a key as it is compared, null where it is none.

    Its name says what it is: phones are digits without the country's code, e-mail addresses are in lower case, all
    other keys stay as they stand.
    """
    if re.search(r"phone|mobile|tel|手机|电话", name.lower()):
        return f"phone_key({text})"
    return f"mail_key({text})" if re.search(r"mail|邮箱|邮件", name.lower()) else f"id_key({text})"
