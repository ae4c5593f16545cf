"""The two plans: outlines filled from the store and the brief, printed as Word and HTML from one model."""

from relops.documents import html
from relops.documents.build import build, document_model
from relops.documents.model import UntracedNumber
from relops.documents.read_first import read_first

__all__ = ["UntracedNumber", "build", "document_model", "html", "read_first"]
