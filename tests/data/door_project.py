"""A small project of its own for each test of the door."""

from pathlib import Path

import yaml

from relops.data import Audit, ingest
from relops.data.engine import Engine
from relops.project import Project

KEY = "00" * 32


def make_project(folder: Path, files: dict[str, str | bytes], sources: list[dict], **brief) -> Project:
    """Write files and a brief into a folder and open it as a project."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "private").mkdir(exist_ok=True)
    (folder / "private" / "id.key").write_text(KEY, encoding="ascii")
    for name, content in files.items():
        (folder / "data" / name).write_bytes(content.encode() if isinstance(content, str) else content)
    for source in sources:
        source.setdefault("files", f"data/{next(iter(files), None)}")
    body = {"client": {"name": "test"}, "finance": {"currency": "CNY"},
            "period": {"timezone": "Asia/Shanghai", "data_end": "2025-12-31"}, "data": {"sources": sources}}
    for path, value in brief.items():
        block, key = path.split("__")
        body.setdefault(block, {})[key] = value
    (folder / "brief.yaml").write_text(yaml.safe_dump(body, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return Project.open(folder)


class Door:
    """What went through the door: the audit, the engine's tables, the quarantine."""

    def __init__(self, folder: Path, files: dict[str, str | bytes], *sources: dict, **brief):
        project = make_project(folder, files, list(sources), **brief)
        self.quarantine = folder / "run" / "private" / "quarantine"
        self.audit: Audit = ingest(project, folder / "run" / "engine.duckdb", self.quarantine)
        self.path = folder / "run" / "engine.duckdb"

    def rows(self, sql: str) -> list[tuple]:
        with Engine.open(self.path) as engine:
            return engine.rows(sql)

    def classes(self, table: str = "orders") -> tuple[int, ...]:
        """Rows in, used, merged, superseded, excluded, refused."""
        return tuple(self.audit.rows(table, f"rows_{name}")
                     for name in ("in", "used", "merged", "superseded", "excluded", "refused"))


COLUMNS = {"ordered_at": "date", "amount": "amount", "customer_id": "customer"}


def orders(**changes) -> dict:
    """A source of orders with the headers date, amount and customer; a column mapped to None is left out."""
    columns = COLUMNS | changes.pop("columns", {})
    return {"table": "orders", "columns": {name: rule for name, rule in columns.items() if rule}, **changes}
