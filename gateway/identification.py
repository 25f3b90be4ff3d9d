"""From what cameras saw to who it is: the register's facts join the plate, each with its source."""

from drivers.readings import PlateReading
from gateway.core.vehicle import Identity, Vehicle
from gateway.register import Register


def identify(reading: PlateReading, picture_sha256: tuple[str, ...], register: Register) -> Identity | None:
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
