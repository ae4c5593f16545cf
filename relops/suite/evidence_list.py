"""The list of all evidence ids, ``data/evidence-ids.md``: ``python -m relops.suite.evidence_list`` rewrites it."""

from __future__ import annotations

from pathlib import Path

from relops.exhibits import SUBJECTS, registry

HEAD = """# Evidence ids · 证据编号

Generated from the `evidence.yaml` of each room by `python -m relops.suite.evidence_list`; do not edit.
由各模块的 `evidence.yaml` 生成，请勿手改。`<word>` stands for one part · `<word>` 代表其中一段。
A number in a sentence about what is missing stands behind that sentence's id and a colon: it is that sentence's own.
“缺什么”的句子里的数，编号前带该句编号与冒号，只属于那一句。

| id | unit · 单位 | 名称 | name |
|---|---|---|---|
"""


def evidence_list() -> str:
    """Return the list as Markdown, ordered by subject, then id."""
    order = sorted(registry().items(), key=lambda item: (SUBJECTS.index(item[0].split(".")[0]), item[0]))
    rows = [f"| `{pattern}` | {entry['unit']} | {entry['zh']} | {entry['en']} |" for pattern, entry in order]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    Path("data/evidence-ids.md").write_text(evidence_list(), encoding="utf-8")
