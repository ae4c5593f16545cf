"""Files of an unknown client become the sources of a brief: gathered, recognised or guessed, the rest asked."""

from relops.data.intake.draft import Draft
from relops.data.intake.drafting import draft_sources
from relops.data.intake.experiments import draft_experiments
from relops.data.intake.files import gather_files
from relops.data.intake.questions import Question, first_choice

__all__ = ["Draft", "Question", "draft_experiments", "draft_sources", "first_choice", "gather_files"]
