"""Who may read and do what: scopes, and the readers' tokens that carry them; a role is a set of scopes."""

from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, field_validator

READERS_MAX = 1_000

SCOPES = (
    "records:read",
    "statistics:read",
    "cases:read",
    "cases:write",
    "sources:read",
    "sources:write",
    "credit:read",
    "credit:write",
    "sharing:read",
    "sharing:write",
    "personal:read",  # plates, names and licences whole; masked without it
    "personal:erase",  # delete who it was, once a case has ended
    "audit:read",  # who asked for what
)
"""What a reader's token may carry; a role is the set of them that central's file names."""


class ReaderTable(BaseModel):
    """One [[readers]] block of central's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9-]{1,64}$")
    token_env: str = Field(min_length=1)
    scopes: tuple[str, ...] = Field(min_length=1)

    @field_validator("scopes")
    @classmethod
    def _scopes_are_known(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        for scope in scopes:
            if scope not in SCOPES:
                raise ValueError(f"unknown scope '{scope[:40]}'; known: {', '.join(SCOPES)}")
        return scopes


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """A person's or a program's token with what it may do."""

    name: str
    token: str = field(repr=False)
    scopes: tuple[str, ...]
