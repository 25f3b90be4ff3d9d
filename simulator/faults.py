"""What goes wrong on a wire, drawn from a seed: split, flip, drop, mute, disconnect, delay."""

import random
from dataclasses import dataclass
from typing import Literal

MUTE_S = 3.0
DELAY_S = 0.4
NAMES = ("split", "flip", "drop", "mute", "disconnect", "delay")


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Each rate is the chance, per frame sent, that this happens to it. All zero: a good wire."""

    split: float = 0.0
    flip: float = 0.0
    drop: float = 0.0
    mute: float = 0.0
    disconnect: float = 0.0
    delay: float = 0.0

    def __post_init__(self) -> None:
        for name in NAMES:
            rate = getattr(self, name)
            if not 0 <= rate <= 1:
                raise ValueError(f"{name}: {rate} is not a chance between 0 and 1")


def parse_plan(spec: str) -> FaultPlan:
    """The plan in `split=0.1,flip=0.01`; what is not named does not happen.

    Raises:
        ValueError: a name that is not known or stands twice, or a rate that is no chance.
    """
    rates: dict[str, float] = {}
    for part in filter(None, (one.strip() for one in spec.split(","))):
        name, equals, text = (word.strip() for word in part.partition("="))
        if not equals:
            raise ValueError(f"{part!r} is not NAME=CHANCE, such as split=0.1")
        if name not in NAMES:
            raise ValueError(f"{name!r}; known: {', '.join(NAMES)}")
        if name in rates:
            raise ValueError(f"{name}: stands twice")
        try:
            rates[name] = float(text)
        except ValueError as error:
            raise ValueError(f"{name}: {text!r} is not a chance between 0 and 1") from error
        if not 0 <= rates[name] <= 1:
            raise ValueError(f"{name}: {text!r} is not a chance between 0 and 1")
    return FaultPlan(**rates)


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes to send after a pause; a disconnect hangs up instead."""

    chunk: bytes
    pause_s: float = 0.0
    kind: Literal["send", "disconnect"] = "send"


class FaultyWire:
    """Applies a plan to one stream of frames."""

    def __init__(self, plan: FaultPlan, rng: random.Random) -> None:
        self._plan = plan
        self._rng = rng
        self._muted_until_s = 0.0

    def carry(self, frame: bytes, now_s: float) -> list[Piece]:
        """What becomes of this frame. An empty list: nothing arrives."""
        plan, draw = self._plan, self._rng.random
        drop, flip, mute = draw() < plan.drop, draw() < plan.flip, draw() < plan.mute
        split, hang_up, delay = draw() < plan.split, draw() < plan.disconnect, draw() < plan.delay
        if mute:
            self._muted_until_s = now_s + MUTE_S
        if now_s < self._muted_until_s or drop or not frame:
            return []
        if hang_up:
            return [Piece(b"", kind="disconnect")]
        if flip:
            bit = self._rng.randrange(8 * len(frame))
            frame = bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(frame))
        pause_s = DELAY_S if delay else 0.0
        if split and len(frame) > 1:
            cut = self._rng.randrange(1, len(frame))
            return [Piece(frame[:cut], pause_s), Piece(frame[cut:], 0.02)]
        return [Piece(frame, pause_s)]
