"""A law file from disk to a checked model: bytes, hash, TOML, schema. Every fault at once, with its place."""

import hashlib
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from gateway.errors import ConfigError
from gateway.shapes import faults_of

FILE_BYTES_MAX = 1024 * 1024
T = TypeVar("T", bound=BaseModel)


def read(path: Path, model: type[T]) -> tuple[T, str]:
    """The file's content and the SHA-256 of its bytes.

    Raises:
        ConfigError: unreadable, too big, not TOML, or not of this shape; `faults` has one line each.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}; is the path right?"]) from error
    if len(content) > FILE_BYTES_MAX:
        raise ConfigError(str(path), [f"is {len(content)} bytes; a law file has at most {FILE_BYTES_MAX}"])
    try:
        document = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), [f"is not UTF-8 at byte {error.start}; save it as UTF-8"]) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(str(path), [f"is not TOML: {error}"]) from error
    try:
        return model.model_validate(document), hashlib.sha256(content).hexdigest()
    except ValidationError as error:
        raise ConfigError(str(path), faults_of(error, model)) from error
