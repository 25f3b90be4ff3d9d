"""What central sent down to a site, as it lies on its disk: for `weighgate check`, which starts nothing."""

from collections.abc import Iterator
from datetime import datetime

from gateway.contract.down import KINDS, Kind, ReceivedBulletin, in_force, read_bulletins
from gateway.contract.entry import instant
from gateway.contract.signing import verify
from gateway.downlink.opening import shelf_of
from gateway.downlink.shelf import Shelf
from gateway.settings import SiteSettings


def came_down(settings: SiteSettings, now: datetime) -> tuple[list[str], list[str]]:
    """One line per kept bulletin, and what a person should look at. Raises DownlinkError."""
    shelf = shelf_of(settings)
    kept, warnings = [], []
    for kind, number, sent in shelf.kept():
        received = _proven(sent, settings.central.public_key)
        if received is None:
            warnings.append(f"down: {kind} {number} is not whole or not signed by central.public_key; it is not used")
        else:
            kept.append(received)
    warnings += [
        f"down: {note.get('kind', '?')} {note.get('number', '?')} was refused: {note.get('reason', '')}"
        for note in shelf.refused()
    ]
    return [line for kind in KINDS for line in _lines(kind, kept, shelf, now)], warnings


def _lines(kind: Kind, kept: list[ReceivedBulletin], shelf: Shelf, now: datetime) -> Iterator[str]:
    mine = [one.bulletin for one in kept if one.bulletin.kind == kind]
    standing = [(one.number, one.effective_at) for one in mine if not shelf.withdrawn(kind, one.number)]
    current = in_force(standing, now)
    for one in mine:
        if one.number == current:
            yield f"  down      {kind} {one.number} in force since {instant(one.effective_at)}"
        elif shelf.withdrawn(kind, one.number):
            yield f"  down      {kind} {one.number} was taken back here"
        elif current is None or one.number > current:
            yield f"  down      {kind} {one.number} in force from {instant(one.effective_at)} on"


def _proven(sent: bytes, central_public_hex: str) -> ReceivedBulletin | None:
    try:
        received = read_bulletins(sent)[0]
        signature = bytes.fromhex(received.bulletin.signature)
    except (ValueError, IndexError):
        return None
    return received if verify(central_public_hex, signature, received.signed) else None
