"""relops: relationship and word-of-mouth operations plans from a company's own records."""

__version__ = "0.1.0"
