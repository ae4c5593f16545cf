"""What a cell of a notebook sees: the tables, the brief, the rulers, and ``publish``.

>>> import relops
>>> nb = relops.open_notebook("03_rfm_segments", project=project, run=run, language=language)
"""

from typing import Any

__all__ = ["Notebook", "Tables", "open_notebook"]


def __getattr__(name: str) -> Any:
    """Load the session when it is asked for: the suite uses small parts of this room before anything is warm."""
    if name in __all__:
        from relops.notebook import session

        return getattr(session, name)
    raise AttributeError(f"module 'relops.notebook' has no attribute {name!r}")
