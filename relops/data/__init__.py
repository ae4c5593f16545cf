"""From the client's files to the contract: the door, the engine, and what was counted on the way."""

from relops.data.audit import Audit, read_audit

__all__ = ["Audit", "read_audit"]
