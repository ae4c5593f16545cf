"""What must hold between the entries of a brief.

The rules read the plain content of the file, not the model, so that a wrong type in one place never hides a
broken rule in another: what a rule cannot read it leaves to the model, which refuses it by itself.
"""

from __future__ import annotations

from typing import Any

from relops.brief import rules_plan, rules_programme
from relops.brief.rule_tools import Broken

RULES = (*rules_plan.RULES, *rules_programme.RULES)


def broken_rules(content: Any) -> list[Broken]:
    """Return every broken rule in the plain content of a brief, in the order of the rules."""
    return [broken for rule in RULES for broken in rule(content)]
