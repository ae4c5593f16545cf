"""The dictionary of the contract, ``data/README.md``: ``python -m relops.data.dictionary`` rewrites it."""

from __future__ import annotations

from pathlib import Path

from relops.data.contract import ContractColumn, ContractTable, contract
from relops.locale import text

HEAD = """# The data contract · 数据合同

Generated from `relops/data/contract.yaml` and its messages by `python -m relops.data.dictionary`; do not edit.
由 `relops/data/contract.yaml` 及其文案生成，请勿手改。

Eight tables, each of which may be absent; at least one must be there. **Bold** columns are required in their table.
八张表，任何一张都可以没有，至少要有一张。**加粗**的列在该表中必填。

`demo/` holds the small edition of the demo company in this shape · `demo/` 是示例公司的小型版，正是这个样子。
The evidence ids of every number stand in `evidence-ids.md` · 各项数字的证据编号见 `evidence-ids.md`。
"""
COLUMNS = ("| column | type | unit · 单位 | 中文名 | name | example | allowed · 允许 |",
           "|---|---|---|---|---|---|---|")
UNITS = {
    "customer": "id, hashed at the door · 编号，入库即加密", "text": "text · 文本",
    "time": "client's local time · 客户所在时区", "date": "date · 日期",
    "money": "`finance.currency` · 简报所列币种", "quantity": "pieces or packs · 件、份", "number": "number · 数值",
    "boolean": "true or false · 是或否",
}
# numbers whose unit is part of what they mean
SECONDS = "seconds · 秒"
OWN_UNITS = {"wait_s": SECONDS, "handle_s": SECONDS, "points": "points · 积分", "score": "points of the scale · 分",
             "scale_max": "points of the scale · 分", "reach": "people · 人次"}
# a company's tables may hold columns of their own, which its brief names: those of the demo company
OWN_COLUMNS = "\n".join(("""
## beyond the contract · 合同之外

Columns of their own that the demo company's tables hold; `brief.yaml` names them (`data.sources[].columns`).
示例公司的表另有自己的列，由 `brief.yaml` 的 `data.sources[].columns` 写明。
""", *COLUMNS, "| assignments.opted_out | boolean | true or false · 是或否 | 分组之后退订 "
                         "| left the list after the assignment | `true` |  |", ""))
ONLY_SOMETIMES = "required unless outcomes are columns of this table · 结果不在本表时必填"


def dictionary() -> str:
    """Return the dictionary as Markdown: one table of columns for each table of the contract."""
    return HEAD + "".join(map(_table, contract().values())) + OWN_COLUMNS


def _table(table: ContractTable) -> str:
    title = text(f"data.table.{table.name}", "zh")
    return "\n".join([f"\n## {table.name} · {title}\n", *COLUMNS, *map(_row, table.columns.values())]) + "\n"


def _row(column: ContractColumn) -> str:
    name = f"**{column.name}**" if column.required is True else column.name
    cells = (name, column.type, OWN_UNITS.get(column.name, UNITS[column.type]),
             text(f"data.column.{column.name}", "zh"), text(f"data.column.{column.name}", "en"),
             f"`{column.example}`", allowed_values(column))
    return f"| {' | '.join(cells)} |"


def allowed_values(column: ContractColumn) -> str:
    """Return what a column may hold: its values, its bounds, when it is required."""
    told = [", ".join(f"`{value}`" for value in column.allowed or ())]
    told += [f"≥ {column.low}" if column.low is not None else "", f"≤ {column.high}" if column.high is not None else ""]
    told.append(ONLY_SOMETIMES if isinstance(column.required, str) else "")
    return "; ".join(filter(None, told))


if __name__ == "__main__":
    Path("data/README.md").write_text(dictionary(), encoding="utf-8")
