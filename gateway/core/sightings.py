"""Who stands on the scale: which of several recognitions belongs to this passage.

The newest sighting wins, the surer one among those of the same instant. A sighting may come a little before the
vehicle is on (the camera looks at the approach). What was seen up to a record belongs to that record: the next
vehicle starts with what was seen since, and a late repeat of the plate just recorded is not the next vehicle.
"""

from collections import deque
from dataclasses import replace

from gateway.core.vehicle import Identity

BEFORE_MS = 10_000
SIGHTINGS_MAX = 16


class Sightings:
    __slots__ = ("_former_plate", "_seen")

    def __init__(self) -> None:
        self._seen: deque[tuple[int, Identity]] = deque(maxlen=SIGHTINGS_MAX)
        self._former_plate: str | None = None

    def see(self, identity: Identity, at_ms: int) -> None:
        self._seen.append((at_ms, identity))

    def best(self, opened_ms: int) -> Identity:
        """The identity of the vehicle that came on at `opened_ms`; an empty one when nobody named it."""
        mine = [(at_ms, identity) for at_ms, identity in self._seen if self._belongs(identity, at_ms, opened_ms)]
        mine.sort(key=lambda seen: (seen[0], seen[1].confidence_percent or 0))
        named = [identity for _, identity in mine if identity.plate is not None]
        behind = [identity.rear_plate for _, identity in mine if identity.rear_plate is not None]
        if not mine:
            return Identity()
        chosen = named[-1] if named else mine[-1][1]
        if chosen.rear_plate is None and behind:
            chosen = replace(chosen, rear_plate=behind[-1])
        return chosen

    def plates_since(self, opened_ms: int) -> frozenset[str]:
        """The plates named while the passage was open, without the former vehicle's."""
        plates = (identity.plate for at_ms, identity in self._seen if at_ms >= opened_ms)
        return frozenset(plate for plate in plates if plate is not None and plate != self._former_plate)

    def consume(self, used: Identity) -> None:
        """A record was made with `used`: nothing seen so far may name another vehicle."""
        self._seen.clear()
        self._former_plate = used.plate

    def _belongs(self, identity: Identity, at_ms: int, opened_ms: int) -> bool:
        if at_ms >= opened_ms:
            return True
        late_repeat = identity.plate is not None and identity.plate == self._former_plate
        return at_ms >= opened_ms - BEFORE_MS and not late_repeat
