"""A reading as one JSON object, for the command line. Masses are text: a float would invent digits."""

from decimal import Decimal

from drivers.protocol import Found, Rejected, Remark
from drivers.readings import WeightReading


def as_json(found: Found) -> dict[str, str | bool | list[str] | None]:
    """`{"kind": "weight", ...}` where null is "the wire does not say"; `decks` and `evidence` only where there are any.

    `{"kind": "remark", "about": ..., "text": ...}` for a good frame without a load, `{"kind": "error", "reason": ...}`
    for bytes that are no frame.
    """
    if isinstance(found, Rejected):
        return {"kind": "error", "reason": found.reason}
    if isinstance(found, Remark):
        return {"kind": "remark", "about": found.about, "text": found.text}
    told = _weight(found)
    if found.decks:
        told["decks"] = [format(deck, "f") for deck in found.decks]
    if found.evidence is not None:
        told["evidence"] = found.evidence
    return told


def _weight(found: WeightReading) -> dict[str, str | bool | list[str] | None]:
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
