"""What central may order a site to do, version 1: signed, expiring, done once, offered again until it is acknowledged.

    MQTT   <prefix>/<site>/commands          not retained; said again with each status until acknowledged
    HTTP   GET /api/v1/commands/{site}       what is open

The acknowledgement is an `audit` entry `command-done` or `command-refused` that names the command's id. No command
moves a barrier, releases a vehicle or changes the law: there is none of that kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import from_json

from gateway.contract.entry import canonical

What = Literal["tell-state", "offer-again"]
"""tell-state: a `device` entry of how the site stands. offer-again: all entries above `above_seq` once more."""
WHATS: tuple[What, ...] = get_args(What)
COMMANDS_BYTES_MAX = 256 * 1024
COMMANDS_MAX = 64


class Command(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    v: Literal[1] = 1
    site: str = Field(max_length=64)
    id: str = Field(pattern=r"^[a-z0-9-]{1,64}$")
    what: str = Field(max_length=64)
    above_seq: int = Field(default=0, ge=0, lt=2**53)
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    alg: Literal["ed25519"] = "ed25519"
    signature: str = Field(default="", max_length=128)
    """Hex Ed25519 by central's key over the RFC 8785 form of this object without `signature`."""


@dataclass(frozen=True, slots=True)
class ReceivedCommand:
    """A command with the object as it was sent, unbelieved."""

    command: Command
    sent: Mapping[str, Any]

    @property
    def signed(self) -> bytes:
        return canonical({name: value for name, value in self.sent.items() if name != "signature"})


def read_commands(payload: bytes) -> list[ReceivedCommand]:
    """A list of commands, as sent. Raises ValueError: too long, too many, not JSON, or no command."""
    if len(payload) > COMMANDS_BYTES_MAX:
        raise ValueError(f"the message is longer than {COMMANDS_BYTES_MAX} bytes")
    document = from_json(payload, allow_inf_nan=False)
    if not isinstance(document, list) or len(document) > COMMANDS_MAX:
        raise ValueError(f"it is no list of at most {COMMANDS_MAX} commands")
    return [ReceivedCommand(Command.model_validate(one), one) for one in document]
