"""The shipped law with files of one's own before it: what is published, checked and judged by is read as one folder."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import ConfigError


@contextmanager
def law_with(files: Mapping[str, str], config: Path) -> Iterator[Path]:
    """A config folder for as long as it is used: its `law` is the shipped one with `files` (`folder/name`: text) in it.

    Raises:
        ConfigError: a file lies in no folder of law. What its user finds wrong with a file is told by `folder/name`.
    """
    with tempfile.TemporaryDirectory() as name:
        law = Path(name) / "law"
        shutil.copytree(config / "law", law)
        for place, text in files.items():
            if not (law / place).parent.is_dir():
                known = ", ".join(sorted(one.name for one in law.iterdir()))
                raise ConfigError(place, [f"a law file lies in a folder that says what it is; known: {known}"])
            (law / place).write_text(text, encoding="utf-8")
        try:
            yield Path(name)
        except ConfigError as error:
            raise ConfigError(error.source.replace(f"{law}/", ""), error.faults) from error


def law_files(files: Sequence[Path]) -> dict[str, str]:
    """Law files, and those in folders, by `folder/name`. Raises ConfigError."""
    every = [one for file in files for one in (sorted(file.rglob("*.toml")) if file.is_dir() else [file])]
    return {f"{file.resolve().parent.name}/{file.name}": text_of(file) for file in every}


def text_of(file: Path) -> str:
    """Raises ConfigError."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(str(file), [f"cannot be read: {error.strerror}; is the path right?"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(file), [f"is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
