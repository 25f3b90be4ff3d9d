"""What the core wants done. No bytes: the shell knows which wire a lamp hangs on."""

from dataclasses import dataclass
from typing import Literal

from gateway.core.vehicle import Identity, Measurement
from gateway.core.verdict import Action, Judgement

MarkerState = Literal["opened", "followed", "recorded", "cleared"]
"""`followed` is opened behind one that was not seen to leave: what is weighed may be both, also after a restart."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Make durable where this lane's passage stands. `recorded` travels inside Record's own transaction.

    `action` is what was done about a vehicle that may still wait beside a cleared lane.
    """

    passage: int
    state: Literal["opened", "followed", "cleared"]
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Store this weighing, once per passage; answer with WeighingStored or StoreFailed."""

    passage: int
    identity: Identity
    measurement: Measurement
    judgement: Judgement
    opened_ms: int
    settled_ms: int


@dataclass(frozen=True, slots=True)
class SetLamp:
    colour: Literal["red", "green"]


TextCode = Literal[
    "ready",
    "stop",
    "weighing",
    "within",
    "tolerated",  # over, and let in within a published tolerance
    "over-rating",  # over its own papers, which nobody here may stop it for
    "overloaded",  # over its own papers alone, and kept back for it
    "exceeded",
    "undetermined",
    "passed",  # let go on what the site presumes
    "listed",  # within, and kept back because of the list it is on
    "weigh-again",
    "out-of-order",
    "released",
    "next",  # the next one may come, the former one waits
    "next-held",  # the named vehicle is held; the next one may come
    "next-again",  # the named vehicle could not be weighed and comes again; so may any other
]


@dataclass(frozen=True, slots=True)
class ShowText:
    """A message by its code and its numbers; the shell has the words in Chinese and English."""

    code: TextCode
    plate: str | None = None
    gross_kg: int | None = None
    limit_kg: int | None = None


@dataclass(frozen=True, slots=True)
class MoveBarrier:
    to: Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person must look at; goes to the page, the log and an audit entry."""

    code: str
    detail: str = ""


Effect = Mark | Record | SetLamp | ShowText | MoveBarrier | Alarm
