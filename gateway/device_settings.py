"""What stands at a lane beside its scale, as a site file writes it: board, barriers, cameras, sign, voice, printer."""

import re
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from drivers.cameras import PROTOCOLS as CAMERAS
from drivers.link import parse_link_url
from drivers.signs import PROTOCOLS as SIGNS


def form(pattern: str, what: str) -> AfterValidator:
    """Text of this form, which a fault calls `what`."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text[:200]!r} is not {what}")
        return text

    return AfterValidator(check)


def one_of(known: Iterable[str]) -> AfterValidator:
    """One of these names; a fault lists them."""
    names = sorted(known)

    def check(text: str) -> str:
        if text not in names:
            raise ValueError(f"{text[:200]!r}; known: {', '.join(map(repr, names))}")
        return text

    return AfterValidator(check)


def _link(url: str) -> str:
    parse_link_url(url)
    return url


def _network(text: str) -> str:
    if ip_network(text).prefixlen == 0:
        raise ValueError(f"{text!r} is everybody; name an address or a network")
    return text


Network = Annotated[str, StringConstraints(max_length=50), AfterValidator(_network)]
"""An address or a network, `192.168.1.99` or `10.0.0.0/24`: never everybody."""
Name = Annotated[str, form(r"[a-z0-9][a-z0-9-]{0,39}", "a name of a-z, 0-9 and dashes, at most 40")]
Text = Annotated[str, StringConstraints(max_length=200)]
Url = Annotated[str, StringConstraints(max_length=500), AfterValidator(_link)]
Variable = Annotated[str, form(r"[A-Z][A-Z0-9_]*", "a variable's name such as WEIGHGATE_SITE_TOKEN")]
Role = Literal[
    "loop_entry", "loop_exit", "curtain_entry", "curtain_exit", "beam_entry", "beam_exit", "treadle_in", "treadle_out",
    "barrier_open", "barrier_closed", "front_open", "front_closed", "emergency",
]  # fmt: skip
Output = Literal[
    "barrier_open", "barrier_close", "front_open", "front_close", "lamp_red", "lamp_yellow", "lamp_green"
]  # fmt: skip


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Io(Strict):
    """An I/O board: on a named bus, or alone behind its own URL.

    `inverted` inputs are on while their contact is open, as an emergency stop or a light curtain is wired, so that a
    broken wire is seen.
    """

    bus: Name | None = None
    url: Url | None = None
    unit: int = Field(ge=1, le=247)
    map: Name
    poll_ms: int = Field(ge=10, le=5000)
    inputs: dict[Role, int]
    outputs: dict[Output, int]
    inverted: list[Role] = Field(default_factory=list)


class BarrierSettings(Strict):
    """`interlock`: the inputs under which the arm never closes."""

    pulse_ms: int = Field(ge=50, le=1000)
    travel_ms: int = Field(ge=500, le=30_000)
    interlock: Role | Annotated[list[Role], Field(min_length=1)]


class Camera(Strict):
    """A camera that pushes to /cameras/LANE (its rear one to /cameras/LANE/rear), or with a `url` one that is asked.

    Below `confidence_min_percent` no plate is believed: a person looks at the picture.
    """

    protocol: Annotated[str, one_of(CAMERAS)]
    device: Text
    url: Annotated[str, form(r"(https?|tcp)://\S+", "http://HOST, https://HOST or tcp://HOST:PORT")] | None = None
    user: Text = ""
    password_env: Variable | None = None
    confidence_min_percent: int = Field(default=70, ge=0, le=100)

    @model_validator(mode="after")
    def _is_asked_as_it_can_be(self) -> Self:
        feed = CAMERAS[self.protocol].feed
        if self.url is None:
            return self
        if feed is None:
            raise ValueError(f"{self.protocol} cameras push; leave url out")
        if (feed.path == "") != self.url.startswith("tcp:"):
            raise ValueError(
                f"{self.protocol} cameras are asked at {'http://HOST' if feed.path else 'tcp://HOST:PORT'}"
            )
        return self


class SignSettings(Strict):
    protocol: Annotated[str, one_of(SIGNS)]
    url: Url
    language: Literal["zh", "en"] = "zh"


class PrinterSettings(Strict):
    """An ESC/POS ticket printer; `chars` is how many narrow characters fit on its paper."""

    url: Url
    chars: int = Field(default=32, ge=24, le=64)
