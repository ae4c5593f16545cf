"""What load_brief says to a text."""

import pytest

from relops.brief import load_brief
from relops.errors import BadInput


@pytest.fixture
def write(tmp_path):
    """Write text or bytes as brief.yaml and return its path."""
    def _write(text):
        path = tmp_path / "brief.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path
    return _write


@pytest.fixture
def problems(write):
    """Return what is wrong with a text, as (code, place); empty when it loads."""
    def _problems(text):
        try:
            load_brief(write(text))
        except BadInput as error:
            assert all(error.render(language) for language in ("zh", "en"))
            return [(problem.code.removeprefix("brief."), problem.place) for problem in error.problems]
        return []
    return _problems
