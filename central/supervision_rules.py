"""What a province or an authority decides about tracing, and who is told of what: tables of central's file."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

WEBHOOKS_MAX = 32
Kind = Literal["case", "lead", "listing", "referral", "source-item", "trace"]
"""What a webhook can be told of."""


class TraceRules(BaseModel):
    """The table [tracing]. No official value of any of these was found: they are practice, and a setting."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    window_h: int = Field(default=48, ge=1, le=720)
    """An exit longer ago is not where this load came from."""

    same_percent: int = Field(default=5, ge=0, le=100)
    """Up to it two scales and some fuel explain the difference (a vendor's figure for entry against exit)."""

    false_percent: int = Field(default=50, ge=1, le=1_000)
    """Above it the exit's record is not believed."""

    loading_min: int = Field(default=15, ge=1, le=600)
    """No load is added in less; a shorter stop is none."""

    gap_min: int = Field(default=10, ge=1, le=600)
    """Positions further apart do not cover the way."""

    empty_percent: int = Field(default=110, ge=100, le=200)
    """Up to so much of its kerb mass a truck left empty."""

    @property
    def window_ms(self) -> int:
        return self.window_h * 3_600_000


class WebhookTable(BaseModel):
    """One [[webhooks]] block. Without `secret_env` central's own key signs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9-]{1,64}$")
    url: str = Field(pattern=r"^https?://[^\s@]+$", max_length=500)
    kinds: tuple[Kind, ...] = Field(min_length=1)
    persons: bool = False
    secret_env: str = ""


@dataclass(frozen=True, slots=True)
class Hook:
    """Who is told. `persons`: plates and names whole; else masked. `secret` "" signs by central's key."""

    name: str
    url: str
    kinds: frozenset[str]
    persons: bool = False
    secret: str = field(default="", repr=False)
