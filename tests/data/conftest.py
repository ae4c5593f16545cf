"""The door on a project of its own."""

import pytest
from door_project import Door


@pytest.fixture
def door(tmp_path):
    """Take files and sources through the door: ``door({name: content}, source, ..., period__data_end=...)``."""
    def through(files, *sources, **brief) -> Door:
        return Door(tmp_path, files, *sources, **brief)

    return through
