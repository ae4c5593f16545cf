"""Help in the reader's language: Typer's own words too, and lines of Chinese that wrap instead of being cut off."""

from __future__ import annotations

from rich.text import Text
from typer import rich_utils

from relops.locale import template, text

# what Typer prints itself, by the names it gives its constants
CONSTANTS = ("DEFAULT_STRING", "REQUIRED_LONG_STRING", "ARGUMENTS_PANEL_TITLE", "OPTIONS_PANEL_TITLE",
             "COMMANDS_PANEL_TITLE", "ERRORS_PANEL_TITLE", "ABORTED_TEXT", "RICH_HELP")
WORDS = {"Usage:": "usage", "[OPTIONS]": "options", "COMMAND [ARGS]...": "command",
         "Show this message and exit.": "show_help"}


class SpokenHighlighter(rich_utils.OptionHighlighter):
    """Typer's highlighter, through which usage and help texts pass on their way to the screen."""

    def __init__(self, language: str):
        super().__init__()
        self.words = {english: text(f"cli.typer.{key}", language) for english, key in WORDS.items()}

    def __call__(self, shown: str | Text) -> Text:
        """Return a text highlighted, with Typer's words in the reader's language, folded where it is too long: rich
        breaks lines at blanks only, and Chinese has none."""
        plain, style = (shown, "") if isinstance(shown, str) else (shown.plain, shown.style)
        said = plain
        for english, word in self.words.items():
            said = said.replace(english, word)
        spoken = super().__call__(shown if said == plain else Text(said, style))
        spoken.overflow = "fold"
        return spoken


def speak(language: str) -> None:
    """Make Typer's help speak ``language``."""
    for name in CONSTANTS:
        setattr(rich_utils, name, template(f"cli.typer.{name.lower()}", language))
    rich_utils.highlighter = SpokenHighlighter(language)
