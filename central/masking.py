"""What a reader sees of persons whom it may not see: enough to recognise one's own, not to find another's.

A plate belongs to somebody, so it counts as personal (Personal Information Protection Law arts 28–29, 51).
"""

from collections.abc import Mapping
from typing import Any

PLATES: frozenset[str] = frozenset({"plate", "rear_plate", "vehicle"})
"""And `party_key` where the `party` beside it is the vehicle."""
NAMES: frozenset[str] = frozenset({"name_of_person", "phone", "licence", "address", "detail_of_person"})


def masked_plate(plate: str) -> str:
    """豫A12345 → 豫A1***5: province and office stay, and both ends of the number."""
    return plate if len(plate) < 4 else f"{plate[:3]}{'*' * (len(plate) - 4)}{plate[-1]}"


def masked_name(name: str) -> str:
    """王小明 → 王**."""
    return name[:1] + "*" * (len(name) - 1)


def masked(value: Any, *, whole: bool) -> Any:
    """The same document with plates and names masked wherever they stand, unless the reader sees them whole."""
    if whole:
        return value
    if isinstance(value, Mapping):
        plates = PLATES | {"party_key"} if value.get("party") == "vehicle" else PLATES
        return {key: _masked_at(str(key), inside, plates) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one, whole=False) for one in value]
    return value


def _masked_at(key: str, value: Any, plates: frozenset[str]) -> Any:
    if isinstance(value, str):
        if key in plates:
            plate, mark, colour = value.partition("|")
            return f"{masked_plate(plate)}{mark}{colour}"
        if key in NAMES:
            return masked_name(value)
        return value
    return masked(value, whole=False)
