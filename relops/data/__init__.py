"""From the client's files to the contract: the door, the engine, and what was counted on the way."""

from relops.data.audit import Audit, read_audit
from relops.data.door import ingest

__all__ = ["Audit", "ingest", "read_audit"]
