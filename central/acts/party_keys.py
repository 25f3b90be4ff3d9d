"""By what a party is counted and found again: the same key from every site that names it the same."""

from collections.abc import Mapping

from central.acts.document import Document

KEY_CHARS_MAX = 128
BY_NAME = "name:"


def vehicle_key(plate: str | None, colour: str | None) -> str | None:
    """A vehicle is its plate and the plate's colour; where either is unknown nothing is counted against it."""
    if not plate or not colour or colour == "unknown":
        return None
    return f"{plate}|{colour}"


def party_key(party: str, dossier: Document, plate: str | None, colour: str | None) -> str | None:
    """Of vehicle, enterprise or source, from an entry's dossier. Drivers' keys come with a person's own statement."""
    if party == "vehicle":
        return vehicle_key(plate, colour)
    known = dossier.sub(party, "known")
    return named_key({name: said for name in ("id", "name") if (said := known.text(name)) is not None})


def named_key(facts: Mapping[str, str]) -> str | None:
    """Of an enterprise or a source: its number, or its name where nobody knows that."""
    if number := facts.get("id"):
        return number[:KEY_CHARS_MAX]
    return f"{BY_NAME}{facts['name']}"[:KEY_CHARS_MAX] if facts.get("name") else None


def last_word(known: str | None, said: str) -> str:
    """The key after one more statement: a name takes no number away, under which other cases are counted."""
    return known if known and said.startswith(BY_NAME) and not known.startswith(BY_NAME) else said
