"""Several items squeezed into one cell, such as ``龙井 250g×2；白瓷杯×1``: split where their form is known.

An order keeps of its items what it keeps of its lines: the first one's name, and the pieces of all of them; beside
these the names of all of them, as the attribute ``products``.
"""

from __future__ import annotations

from dataclasses import replace

from relops.data.contract import ContractColumn, contract
from relops.data.engine import Engine
from relops.data.typed import Typed

# a comma may stand in the name of an item, these hardly
BETWEEN = r"[;；|┋\n]"
COMMAS = r"[,，;；|┋\n]"  # taken where nearly all that they part ends in a number of pieces
PIECES = "件|个|份|盒|袋|瓶|包|套|pcs|pieces"
MARK = (rf"\s*([x×X*＊]\s*[0-9]+|[(（\[【]\s*([x×X*＊]|数量[:：]|qty[: ])?\s*[0-9]+\s*({PIECES})?\s*[)）\]】]"
        rf"|\s[0-9]+\s*({PIECES}))\s*$")
KNOWN_SHARE = 0.9
PRODUCTS = ContractColumn("products", "text")


def split_items(engine: Engine, typed: Typed) -> Typed:
    """Return the source with the cells of ``product`` split, if nearly all of their items end in a number of pieces.

    ``product`` becomes the first item's name, ``products`` the names of all of them; ``quantity`` the sum of pieces,
    where the row states none. Lines are left alone: each is one item already.
    """
    source = typed.mapping.staged.source
    if (typed.mapping.table.name != "orders" or source.grain == "line" or source.items == "whole"
            or "product" not in typed.columns):
        return typed
    pieces = next(filter(None, (_pieces(engine, typed.name, between) for between in (BETWEEN, COMMAS))), None)
    if pieces is None:
        return typed
    number = rf"CAST(regexp_extract(regexp_extract(x, '{MARK}', 1), '([0-9]+)', 1) AS INTEGER)"
    summed = (f"CAST(list_sum(list_transform(list_filter({pieces}, lambda x: regexp_matches(x, '{MARK}')), "
              f"lambda x: {number})) AS DECIMAL(18, 4))")
    own = "quantity" in typed.columns
    name = f"trim(regexp_replace(x, '{MARK}', ''))"
    kept = "" if own else f", {summed} AS quantity"
    if PRODUCTS.name not in typed.columns:
        kept += f", array_to_string(list_transform({pieces}, lambda x: {name}), '; ') AS {PRODUCTS.name}"
    renamed = f"trim(regexp_replace({pieces}[1], '{MARK}', '')) AS product"
    changes = f"{renamed}, coalesce(quantity, {summed}) AS quantity" if own else renamed
    engine.create_table(typed.name, f"SELECT * REPLACE ({changes}){kept} FROM {typed.name}", temporary=True)
    columns = typed.columns | {"quantity": contract()["orders"].columns["quantity"], PRODUCTS.name: PRODUCTS}
    return replace(typed, columns=columns)


def _pieces(engine: Engine, table: str, between: str) -> str | None:
    """Return the SQL of a cell's items, None where what stands between the signs is none."""
    pieces = f"list_filter(string_split_regex(product, '{between}'), lambda x: trim(x) <> '')"
    items, marked, several = engine.rows(
        f"SELECT count(*), count(*) FILTER (regexp_matches(item, '{MARK}')), coalesce(max(number), 0) FROM ("
        f"SELECT unnest(items) AS item, len(items) AS number FROM (SELECT {pieces} AS items FROM {table} "
        "WHERE product IS NOT NULL))")[0]
    return None if several < 2 or marked < KNOWN_SHARE * items else pieces
