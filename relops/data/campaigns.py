"""What was drawn here and read back: its assignments and contacts join the sources that the brief names."""

from __future__ import annotations

import datetime

from relops.brief.sources import Source
from relops.project import Project

ASSIGNMENTS, TOUCHES = "assignments.parquet", "touches.parquet"
READ_BACK = "private/actions/[!.]*"  # a folder a list; those in the making begin with a point
# these files tell nothing of how far the client's own exports reach
LONG_AGO = datetime.date(1970, 1, 1)


def read_back_sources(project: Project) -> list[Source]:
    """Return the sources of lists whose result has been read back; none where there are none."""
    tables = (("assignments", ASSIGNMENTS), ("touches", TOUCHES))
    return [Source(table=table, files=f"{READ_BACK}/{name}", exported_at=LONG_AGO)
            for table, name in tables if any(project.folder.glob(f"{READ_BACK}/{name}"))]
