"""Interaction strategies: design a test, draw it, judge it, decide, choose whom to treat."""
