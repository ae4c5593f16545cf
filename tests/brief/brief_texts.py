"""Texts of briefs that several tests begin with."""

# three lines: whatever a test adds begins on line four
LEAST = """\
client: {name: Harbour Tea}
finance: {currency: GBP}
period: {timezone: Europe/London}
"""
