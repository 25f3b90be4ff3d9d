"""Who stands on the scale: which of several recognitions belongs to this passage.

The plate stands on a legal document. Where what the camera said may be of two vehicles none is named, and `ambiguous`
says so. A camera looks at the approach, so a sighting may come a little before its vehicle is on; and it pushes again
what nobody answered, so one may come long after:

* what was seen up to a record belongs to that record, however late it is told
* the former vehicle's plate is this vehicle's only when the picture was surely taken after the former one was gone
* two front plates are two vehicles
"""

from collections import deque
from dataclasses import dataclass, replace

from gateway.core.vehicle import Identity

BEFORE_MS = 10_000
REPEAT_MS = 30_000  # a camera that cannot say when it took a picture may still repeat the former vehicle's so late
TIMING_MS = 1_000  # cameras tell whole seconds
SIGHTINGS_MAX = 16


@dataclass(frozen=True, slots=True)
class _Sighting:
    """`at_ms` is when the picture was taken where that is known (`timed`), and when it came where it is not."""

    identity: Identity
    at_ms: int
    timed: bool

    @property
    def plate(self) -> str | None:
        return self.identity.plate

    @property
    def rear(self) -> bool:
        return self.identity.rear_plate is not None


class Sightings:
    __slots__ = ("_former_plate", "_gone_ms", "_recorded_ms", "_seen")

    def __init__(self) -> None:
        self._seen: deque[_Sighting] = deque(maxlen=SIGHTINGS_MAX)
        self._former_plate: str | None = None
        self._recorded_ms = 0
        self._gone_ms: int | None = None

    def see(self, identity: Identity, at_ms: int, delay_ms: int | None = None) -> None:
        """The camera's word came at `at_ms`, `delay_ms` after the picture was taken; None where that is not known."""
        self._seen.append(_Sighting(identity, at_ms - (delay_ms or 0), delay_ms is not None))

    def best(self, opened_ms: int) -> Identity:
        """The identity of the vehicle that came on at `opened_ms`; an empty one when nobody surely named it."""
        mine = [one for one in self._seen if self._belongs(one, opened_ms)]
        mine.sort(key=lambda one: one.at_ms)
        behind = [one for one in mine if one.rear]
        named = [one for one in mine if one.plate is not None and not one.rear] or behind
        if len({one.plate for one in named}) > 1 or not mine:
            return Identity()
        chosen = (named or mine)[-1].identity
        rear_plates = {one.identity.rear_plate for one in behind}
        if chosen.rear_plate is None and len(rear_plates) == 1:
            chosen = replace(chosen, rear_plate=rear_plates.pop())
        return chosen

    def ambiguous(self, opened_ms: int) -> bool:
        """Whether the vehicle has no plate although a camera read one that may be its own."""
        near = (one for one in self._seen if one.at_ms >= self._earliest_ms(opened_ms))
        said = any(self._belongs(one, opened_ms) or not one.timed for one in near if one.plate is not None)
        return said and self.best(opened_ms).plate is None

    def plates_since(self, opened_ms: int) -> frozenset[str]:
        """The front plates named while the passage was open, without the former vehicle's."""
        plates = (one.plate for one in self._seen if one.at_ms >= opened_ms and not one.rear)
        return frozenset(plate for plate in plates if plate is not None and plate != self._former_plate)

    def consume(self, used: Identity, at_ms: int = 0) -> None:
        """A record was made with `used`: nothing seen so far, nor taken before `at_ms`, may name another vehicle."""
        self._seen.clear()
        self._former_plate, self._recorded_ms = used.plate, at_ms

    def gone(self, at_ms: int) -> None:
        """The recorded vehicle is off: only a picture taken from now on shows that it came back."""
        self._gone_ms = at_ms

    def _earliest_ms(self, opened_ms: int) -> int:
        return max(opened_ms - BEFORE_MS, self._recorded_ms)

    def _belongs(self, one: _Sighting, opened_ms: int) -> bool:
        if one.at_ms < (opened_ms if one.rear else self._earliest_ms(opened_ms)):
            return False
        if one.plate is None or one.plate != self._former_plate:
            return True
        if self._gone_ms is None:
            return one.at_ms >= opened_ms
        if one.timed:
            return one.at_ms > self._gone_ms + TIMING_MS
        return one.at_ms >= max(opened_ms, self._gone_ms + REPEAT_MS)
