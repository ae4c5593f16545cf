"""relops: relationship and word-of-mouth operations plans from a company's own records."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "open_notebook"]


def __getattr__(name: str) -> Any:
    """Load ``open_notebook`` when it is first asked for: a bare ``import relops`` imports nothing else."""
    if name == "open_notebook":
        from relops.notebook import open_notebook

        return open_notebook
    raise AttributeError(f"module 'relops' has no attribute {name!r}")
