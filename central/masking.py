"""What a reader sees of persons whom it may not see: enough to recognise one's own, not to find another's.

A plate belongs to somebody, so it counts as personal (Personal Information Protection Law arts 28–29, 51).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

PLATES: frozenset[str] = frozenset({"plate", "rear_plate", "vehicle"})
"""And `party_key` where the `party` beside it is the vehicle."""
NAMES: frozenset[str] = frozenset({"name_of_person", "phone", "licence", "address", "detail_of_person"})

STOPS = "stops"
"""[from, until, longitude, latitude] each: where somebody was is more personal than a plate (art. 28)."""

ASKED_FOR: frozenset[str] = frozenset({"plate", "key", "party_key", "driver", "after"})
"""Parameters of lists whose values name somebody, `after` as a place in a list."""


def masked_plate(plate: str) -> str:
    """豫A12345 → 豫A1***5: province and office stay, and both ends of the number."""
    return plate if len(plate) < 4 else f"{plate[:3]}{'*' * (len(plate) - 4)}{plate[-1]}"


def masked_name(name: str) -> str:
    """王小明 → 王**."""
    return name[:1] + "*" * (len(name) - 1)


def masked(value: Any, *, whole: bool) -> Any:
    """The same document with plates, names and where a vehicle stopped masked, unless the reader sees them whole."""
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
    if key == STOPS and isinstance(value, list):
        return [[*stop[:2], None, None] for stop in value]
    return masked(value, whole=False)


def masked_address(path: str, query: str) -> tuple[str, str]:
    """What somebody asked for, without whom it was about: as the access log has it, for those who may not see that."""
    segments = [
        segment if unquote(segment).isascii() else _masked_word(unquote(segment)) for segment in path.split("/")
    ]
    asked = [one.partition("=") for one in query.split("&")]
    return "/".join(segments), "&".join(f"{name}{mark}{_masked_value(name, value)}" for name, mark, value in asked)


def _masked_value(name: str, value: str) -> str:
    said = unquote_plus(value)
    return value if said.isascii() and name not in ASKED_FOR else _masked_word(said)


def _masked_word(word: str) -> str:
    plate, mark, rest = word.partition("|")
    return f"{masked_plate(plate)}{mark}{rest}"
