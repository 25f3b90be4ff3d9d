"""A reading as one JSON object, for the command line. Masses are text: a float would invent digits."""

from decimal import Decimal

from drivers.protocol import Rejected
from drivers.readings import WeightReading


def as_json(found: WeightReading | Rejected) -> dict[str, str | bool | None]:
    """`{"kind": "weight", ...}` where null is "the wire does not say", or `{"kind": "error", "reason": ...}`."""
    if isinstance(found, Rejected):
        return {"kind": "error", "reason": found.reason}
    return {
        "kind": "weight",
        "value": _plain(found.value),
        "unit": found.unit,
        "mass_kg": _plain(found.mass_kg),
        "stable": found.stable,
        "net": found.net,
        "status": found.status,
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
