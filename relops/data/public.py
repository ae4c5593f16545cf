"""Public data that travel with the package: CDNOW, inside the lifetimes wheel.

CDNOW is an online music shop; all purchases up to June 1998 of the customers who first bought in the first
quarter of 1997 (Fader and Hardie, 2001). The sample is every tenth customer.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

CDNOW_BRIEF = {
    "client": {"name": "CDNOW", "industry": "music_retail", "business_model": "b2c",
               "contract": "noncontractual"},
    "finance": {"currency": "USD"},
    "period": {"timezone": "America/New_York"},
}
CDNOW_END = "1998-06-30"
# the calibration period of the papers that fit BG/NBD and Gamma-Gamma to the sample
SAMPLE_END = "1997-09-30"


def _dataset(name: str) -> Path:
    # found without importing lifetimes, which would import half of scientific Python
    folder = find_spec("lifetimes").submodule_search_locations[0]
    return Path(folder) / "datasets" / name


def cdnow_master() -> Path:
    """Return the file of all 23,570 customers (69,659 purchases), with a header."""
    return _dataset("CDNOW_master.txt")


def cdnow_sample() -> Path:
    """Return the file of 2,357 customers (6,919 purchases), without a header."""
    return _dataset("CDNOW_sample.txt")


def _source(path: Path) -> dict[str, Any]:
    return {
        "table": "orders", "files": f"data/{path.name}", "separator": "blanks", "date_format": "%Y%m%d",
        "grain": "event",
        "columns": {"customer_id": "customer_id", "ordered_at": "date", "amount": "dollar_value",
                    "quantity": "number_of_cds"},
    }


def cdnow_master_source() -> dict[str, Any]:
    """Return the mapping of the full file: one row a purchase."""
    return _source(cdnow_master())


def cdnow_sample_source() -> dict[str, Any]:
    """Return the mapping of the sample: no header, and its own customer number in the second column."""
    names = ["master_customer_id", "customer_id", "date", "number_of_cds", "dollar_value"]
    return _source(cdnow_sample()) | {"header": "none", "names": names}
