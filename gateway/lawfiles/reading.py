"""A law file from disk to a checked model: bytes, hash, TOML, schema. Every fault at once, with its place."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.errors import ConfigError

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
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}"]) from error
    if len(content) > FILE_BYTES_MAX:
        raise ConfigError(str(path), [f"is {len(content)} bytes; a law file has at most {FILE_BYTES_MAX}"])
    try:
        document = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(path), [f"is not TOML: {error}"]) from error
    try:
        return model.model_validate(document), hashlib.sha256(content).hexdigest()
    except ValidationError as error:
        raise ConfigError(str(path), [_fault(one, model) for one in error.errors()]) from error


def _fault(error: Any, model: type[BaseModel]) -> str:
    place = _place(error["loc"])
    value = error["input"]
    if error["type"] == "missing":
        return f"{place}: is missing"
    if error["type"] == "extra_forbidden":
        return f"{place}: unknown key with value {value!r}; known: {', '.join(sorted(_known(model, error['loc'])))}"
    shown = repr(value)
    known = error.get("ctx", {}).get("expected")
    message = f"known: {known}" if known else error["msg"]
    return f"{place}: {shown if len(shown) <= 200 else shown[:200] + '...'} is wrong; {message}"


def _place(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _known(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys that the table at `location` has, the last part being the unknown one."""
    known: Any = model
    for part in location[:-1]:
        if isinstance(part, int) or not (isinstance(known, type) and issubclass(known, BaseModel)):
            continue
        known = _model_in(known.model_fields[part].annotation) if part in known.model_fields else None
    return list(known.model_fields) if isinstance(known, type) and issubclass(known, BaseModel) else []


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((found for found in inner if found is not None), None)
