"""The brief: what the client and the consultant decide, in ``brief.yaml``, checked before anything runs."""

from relops.brief.load import load_brief
from relops.brief.model import Brief
from relops.brief.paths import brief_value, is_empty
from relops.brief.schema import brief_schema
from relops.brief.writer import write_brief

__all__ = ["Brief", "brief_schema", "brief_value", "is_empty", "load_brief", "write_brief"]
