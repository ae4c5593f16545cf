"""Which table and which of its columns the headers of an unknown file name."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from relops.data.contract import contract
from relops.data.folding import fold
from relops.data.readers.sniff import FileForm
from relops.locale import read_yaml

# required columns that a file's name or another header can stand in for
STANDS_IN = {"assignments": ("experiment_id", "assigned_at"), "feedback": ("kind",), "touches": ("channel",)}
CONTACTS = {"email": re.compile("mail|邮"), "alipay_account": re.compile("支付宝"),
            "phone": re.compile("phone|mobile|tel|手机|电话")}
UNITS = re.compile(r"[(\[]\s*(元|人民币|港币|港元|新台币|台币|日元|円|(us|hk|nt|[cas])?\$|[¥£€]|usd|cny|rmb|eur|gbp"
                   r"|hkd|twd|jpy|krw|inr|idr|vnd|thb|sgd|myr|php|aud|cad|nzd|chf|sek|nok|dkk|pln|ars|brl|mxn|clp|cop"
                   r"|pen|원)\s*[)\]]")
# what one unit of a header's is in units of the currency
SCALED = {"万": 10_000, "万元": 10_000, "千元": 1_000, "百万": 1_000_000, "百万元": 1_000_000, "亿元": 100_000_000,
          "角": 0.1, "分": 0.01, "cent": 0.01, "cents": 0.01, "pence": 0.01, "k": 1_000, "'000": 1_000, "000s": 1_000,
          "thousand": 1_000, "thousands": 1_000, "in thousands": 1_000, "million": 1_000_000, "millions": 1_000_000,
          "千円": 1_000, "万円": 10_000}
SCALE = re.compile(r"(?:[(\[【/]|单位\s*:?|[,:])\s*(?:rmb|cny|usd|eur|us\$|[¥£$€])?\s*("
                   + "|".join(map(re.escape, sorted(SCALED, key=len, reverse=True))) + r")\s*[)\]】]?\s*$")
NO_MONEY = ("id", "no", "at", "by")  # a header of refunds that ends so names them, or says when and by whom
BEFORE = re.compile("before|after")
REQUIRED = {name: tuple(column for column in table.required() if column not in STANDS_IN.get(name, ()))
            for name, table in contract().items()}


@functools.cache
def headers() -> dict[str, dict[str, list[str]]]:
    """Return headers.yaml: table → column → headers met, normalised, best first."""
    known = read_yaml(Path(__file__).with_name("headers.yaml"))
    return {table: {column: [normal(name) for name in names] for column, names in columns.items()}
            if isinstance(columns, dict) else {"": [normal(name) for name in columns]}
            for table, columns in known.items()}


def normal(header: str) -> str:
    """Return a header without case, width, accents, blanks, marks and brackets."""
    folded = SCALE.sub("", UNITS.sub("", fold(header)))
    return re.sub(r"[\s_\-./()\[\]【】'\"`=:*#?？：]", "", folded)


def scale(header: str) -> tuple[str, float] | None:
    """Return the unit that a header of money states and what it is worth in the currency, as (万元, ten thousand);
    None where it states none or the plain one."""
    found = SCALE.search(fold(header))
    return (found[1], SCALED[found[1]]) if found else None


def worth_reading(form: FileForm, table: str) -> list[str]:
    """Return the columns to look into: those a header names, and all of them where headers do not suffice."""
    names = dict.fromkeys(form.names)
    known = headers()[table].values()
    named = {name for wanted in known for name, _ in found_by_header(form.names, wanted)}
    named |= set(contact_headers(form.names))
    return [name for name in names if name in named] if is_complete(table, form) else list(names)


def found_by_header(names: tuple[str, ...], wanted: list[str]) -> list[tuple[str, bool]]:
    """Return the headers that fit a column, best first, with whether the fit is exact."""
    folded = {name: normal(name) for name in names}
    exact = [name for known in dict.fromkeys(wanted) for name in names if folded[name] == known]
    # a longer header may begin with a known one, as in "Order Date (UTC)", or end with one, as in "用户实际支付金额",
    # unless it sums up many, as "最近消费时间" does; short words would mislead
    long = [known for known in wanted if len(known) >= (4 if re.search(r"[\u4e00-\u9fff]", known) else 8)
            and known not in headers()["whole_words"][""]]
    others = [name for name in names if name not in exact]
    begins = [name for known in long for name in others if folded[name].startswith(known)]
    summing = tuple(headers()["summary_words"][""])
    plain = [name for name in others if not folded[name].startswith(summing) and not BEFORE.search(folded[name])]
    ends = [name for known in long for name in plain if folded[name].endswith(known)]
    return [(name, True) for name in exact] + [(name, False) for name in dict.fromkeys((*begins, *ends))]


def contact_kind(header: str, example: str = "") -> str | None:
    """Return what kind of contact of a customer a header names: phone, email, alipay_account; None for any other.

    Where the header leaves it open, as "Recipient" does, the example of its cells tells.
    """
    name, known = normal(header), headers()
    listed = name in known["identity"][""]
    if not listed and (not name.endswith(tuple(known["contact_words"][""])) or any(
            word in name for word in known["staff_words"][""])):
        return None
    kind = next((kind for kind, words in CONTACTS.items() if words.search(name)), None)
    if kind or not example:
        return kind
    return "email" if "@" in example else "phone" if re.fullmatch(r"[-+()\s\d]{7,}", example) else None


def contact_headers(names: Sequence[str]) -> list[str]:
    """Return the headers that may stand in for a customer's id, best first."""
    known = [name for name, _ in found_by_header(tuple(names), headers()["identity"][""])]
    return [*known, *(name for name in names if name not in known and contact_kind(name))]


def is_whole_order(amount: Any) -> bool:
    """Return whether the header of an amount says that it is the whole order's, not a line's."""
    words, name = headers(), normal(amount) if isinstance(amount, str) else ""
    return any(word in name for word in words["order_money_words"][""]) and not any(
        word in name for word in words["line_money_words"][""])


def says_line(amount: str) -> bool:
    """Return whether the header of an amount says that it is a line's."""
    return any(word in normal(amount) for word in headers()["line_money_words"][""])


def counts(header: str) -> bool:
    """Return whether a header says that its numbers are pieces, not money, nor yes and no."""
    return any(word in normal(header) for word in headers()["counting_words"][""])


def numbers_something(header: str) -> bool:
    """Return whether a header sounds like the number of a transaction, not like that of goods, persons or places."""
    name, words = normal(header), headers()
    return name.endswith(tuple(words["number_endings"][""])) and not any(
        word in name for word in words["number_unlike"][""])


def tells_refunds(header: str) -> bool:
    """Return whether a header sounds like money given back, in whichever language."""
    name, words = normal(header), headers()
    told = name in words["refund_names"][""] or any(word in name for word in words["refund_words"][""])
    return told and not name.endswith(NO_MONEY) and not any(word in name for word in words["refund_unlike"][""])


def choose_table(form: FileForm) -> str:
    """Return the contract table whose columns the headers name best; orders for a file without headers."""
    if not form.has_header:
        return "orders"
    if {"experiment_id", "arm", "customer_id"} <= named_columns("assignments", form):
        return "assignments"
    if is_test_log(form):
        return "assignments"
    scores = {}
    for table, required in REQUIRED.items():
        matched = named_columns(table, form) - {"customer_id"}  # stands in most tables: tells nothing
        scores[table] = (is_complete(table, form), len(matched) + 2 * len(matched & set(required)))
    if not any(complete for complete, _ in scores.values()) and is_experiment(form) and not is_records(form):
        return "assignments"
    return max(scores, key=lambda table: scores[table])


def is_experiment(form: FileForm) -> bool:
    """Return whether headers name arms and an outcome, though nobody's id: each row is a subject."""
    arms = [*headers()["assignments"]["arm"], *headers()["arm_words"][""]]
    return bool(found_by_header(form.names, arms)) and any(map(is_outcome, form.names))


def is_test_log(form: FileForm) -> bool:
    """Return whether headers name an arm in a word that means nothing else: a dated list of subjects and what they
    spent would else be one of purchases."""
    vague = headers()["vague_arm_words"][""]
    arms = [name for name in headers()["assignments"]["arm"] if name not in vague]
    return any(normal(name) in arms for name in form.names) and any(map(is_outcome, form.names)) \
        and not is_records(form)


def is_records(form: FileForm) -> bool:
    """Return whether headers name the id of an order or a ticket: then no row is a subject."""
    return "order_id" in named_columns("orders", form) or "ticket_id" in named_columns("tickets", form)


def is_outcome(header: str) -> bool:
    """Return whether a header sounds like what became of a subject, not like what was there before."""
    name = normal(header)
    return not any(word in name for word in headers()["before_words"][""]) and any(
        word in name for word in (*headers()["outcome_words"][""], *headers()["harm_words"][""]))


def is_before(header: str) -> bool:
    """Return whether a header sounds like what was there before an assignment."""
    return any(word in normal(header) for word in headers()["before_words"][""])


def measured(header: str) -> str | None:
    """Return what an amount under a header measures, revenue or margin; None where it does not sound like money."""
    words = headers()
    return next((what for what in ("margin", "revenue")
                 if any(word in normal(header) for word in words[f"{what}_words"][""])), None)


def is_harm(header: str) -> bool:
    """Return whether a header sounds like an outcome of which less is better."""
    return any(word in normal(header) for word in headers()["harm_words"][""])


def is_complete(table: str, form: FileForm) -> bool:
    """Return whether the headers name every required column of a table."""
    return form.has_header and named_columns(table, form) >= set(REQUIRED[table])


def named_columns(table: str, form: FileForm) -> set[str]:
    """Return the columns of a table that the headers name.

    A product of quantity and price counts as an amount; a time alone makes no feedback, an id alone no
    list of customers.
    """
    known = headers()[table]
    matched = {column for column in known if found_by_header(form.names, known[column])}
    if table == "touches" and contact_headers(form.names):
        matched.add("customer_id")
    if table == "orders" and {"quantity", "unit_price"} <= matched:
        matched.add("amount")
    if table == "feedback" and not matched & {"score", "text"}:
        matched -= {"given_at"}
    return set() if table == "customers" and len(matched) == 1 else matched
