"""What a door to central is, and how its answers are believed."""

from collections.abc import Sequence
from typing import Protocol

from gateway.contract.entry import canonical
from gateway.contract.wire import Acknowledgement, signed_part
from gateway.errors import Refused
from gateway.keys import verify


class BatchRefused(Refused):
    """Central said no to what is in this batch (too big, unreadable), not to who sends it: a smaller one may pass."""


class Door(Protocol):
    """One way to central. `send` answers with acknowledgements, or None where they come by another path."""

    name: str

    @property
    def ready(self) -> bool: ...

    async def run(self) -> None: ...

    async def send(self, batch: bytes) -> Sequence[Acknowledgement] | None:
        """Raises BatchRefused or Refused when central says no, Unreachable when nobody answers."""


def believed(ack: Acknowledgement, central_public_hex: str) -> bool:
    """Whether central itself signed this answer with the key pinned in the site file."""
    if not central_public_hex or not ack.signature:
        return False
    try:
        signature, signed = bytes.fromhex(ack.signature), canonical(signed_part(ack))
    except ValueError:  # not hex, or a number that canonical JSON cannot hold: central signs no such thing
        return False
    return verify(central_public_hex, signature, signed)
