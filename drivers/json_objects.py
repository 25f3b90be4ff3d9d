"""JSON that a device or another system sends: an object, bounded, or a FrameError that says what is wrong."""

import json
from collections.abc import Mapping
from typing import Any

from drivers.errors import FrameError


def json_object(body: bytes, bytes_max: int) -> Mapping[str, Any]:
    """FrameError for anything else."""
    if len(body) > bytes_max:
        raise FrameError(f"body: {len(body)} bytes; {bytes_max} at most")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"body: not JSON: {error}") from error
    if not isinstance(said, dict):
        raise FrameError(f"body: a JSON object is needed, not {type(said).__name__}")
    return said


def inner_object(outer: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """FrameError that names the key where there is none."""
    value = outer.get(key)
    if not isinstance(value, dict):
        raise FrameError(f"{key}: an object is needed, not {type(value).__name__}")
    return value
