"""By what a party is counted and found again: the same key from every site that names it the same."""

from central.acts.document import Document

KEY_CHARS_MAX = 128


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
    if (number := known.text("id")) is not None:
        return number
    name = known.text("name")
    return None if name is None else f"name:{name}"[:KEY_CHARS_MAX]
