"""From what cameras saw to who it is: the register's facts join the plate, each with its source."""

from collections import deque
from datetime import datetime

from drivers.readings import PlateReading
from gateway.core.vehicle import Identity, Vehicle
from gateway.register import Lookup

PUSHES_MAX = 20
DELAY_MS_MAX = 600_000  # more than this is a camera whose clock was set back


class PictureTimes:
    """How late one camera's pushes come, by its own clock: that may be wrong, but it goes on evenly.

    The quickest of the last pushes is taken to have come at once.
    """

    def __init__(self) -> None:
        self._gaps_ms: deque[int] = deque(maxlen=PUSHES_MAX)

    def delay_ms(self, taken: datetime | None, came_ms: int) -> int | None:
        """For a picture `taken` by the camera's clock that came at `came_ms`; None where nothing can be compared."""
        if taken is None:
            return None
        gap_ms = came_ms - round(taken.timestamp() * 1000)
        if self._gaps_ms and gap_ms - min(self._gaps_ms) > DELAY_MS_MAX:
            self._gaps_ms.clear()
        self._gaps_ms.append(gap_ms)
        return gap_ms - min(self._gaps_ms) if len(self._gaps_ms) > 1 else None


def identify(reading: PlateReading, picture_sha256: tuple[str, ...], register: Lookup) -> Identity | None:
    """Who the camera saw, or None where it read no plate. Unknown to the register stays unknown."""
    if reading.plate is None:
        return None
    colours = [reading.colour] if reading.colour != "unknown" else ["yellow", "blue", "green", "yellow-green"]
    found = [entry for colour in colours if (entry := register.get((reading.plate, colour)))]
    entry = found[0] if len(found) == 1 else None  # two colours of one number are two vehicles: neither is presumed
    parties = {}
    if entry:
        parties = {
            "vehicle": {key: entry.parties[key] for key in ("owner", "owner_id") if key in entry.parties},
            "driver": {key: entry.parties[key] for key in ("driver",) if key in entry.parties},
            "enterprise": {key: entry.parties[key] for key in ("enterprise", "enterprise_id") if key in entry.parties},
        }
    return Identity(
        plate=reading.plate,
        colour=reading.colour,
        rear_plate=reading.plate if reading.view == "rear" else None,
        confidence_percent=reading.confidence_percent,
        source="camera",
        picture_sha256=picture_sha256,
        vehicle=entry.vehicle if entry else Vehicle(),
        parties=parties,
        in_register=entry is not None,
    )
