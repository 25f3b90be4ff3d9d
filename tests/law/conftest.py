"""Law is timed by its benchmark; a busy machine is no fault of the law. A wrong law file is a shipped one, altered."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("law", deadline=None)
settings.load_profile("law")


@pytest.fixture
def altered(tmp_path: Path) -> Callable[[Path, str, str], Path]:
    """A copy of a shipped file with one place of it changed; the place must be there."""

    def write(path: Path, old: str, new: str) -> Path:
        text = path.read_text(encoding="utf-8")
        assert old in text
        copy = tmp_path / path.name
        copy.write_text(text.replace(old, new, 1), encoding="utf-8")
        return copy

    return write
