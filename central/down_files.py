"""What goes down to sites, as central keeps it and as both doors send it: bulletins and commands alike."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from central.durable import write_durably
from central.errors import BulletinError


class Sent(Protocol):
    """Something signed, as it travels."""

    @property
    def sent(self) -> Mapping[str, Any]: ...


def message_of(together: Sequence[Sent]) -> bytes:
    """As both doors send it."""
    return json.dumps([one.sent for one in together], ensure_ascii=False, separators=(",", ":")).encode()


def keep_down(file: Path, sent: bytes) -> None:
    """On disk when this returns.

    Raises:
        BulletinError: it cannot be kept.
    """
    try:
        write_durably(file, sent)
    except OSError as error:
        raise BulletinError(f"{file} cannot be kept: {error.strerror}; let central write its down_dir") from error
