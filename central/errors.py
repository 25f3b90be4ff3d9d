"""What can go wrong at central.

CentralError
├── ConfigError     central's own file or key; every fault listed, with the cure
├── ListenError     the address of the HTTP door cannot be had
├── StoreError      the database cannot store or answer now: nothing was acknowledged, offer again
├── BatchError      bytes that are no batch of entries at all
├── FactConflict    the id of a fact is taken by one that says otherwise
├── BulletinError   a bulletin that cannot be issued: wrong, too large, or not to be kept
├── NotHere         what was asked for, or what it stands on, is not at central
├── MoveRefused     a step of a case that the law does not allow now; the article, and what is missing
└── EvidenceError   a piece of evidence that cannot be taken as offered
    ├── WrongOffset     it begins elsewhere than where the file ends; `offset` says where
    ├── HashMismatch    the whole file is not what its name says; begin again
    ├── Busy            another request of the same site writes this file now
    ├── Stalled         the body stood still for too long
    ├── TooLarge        more bytes than any evidence may have, or than were announced
    └── NoRoom          the disk or the site's share of it is full, or fails
"""


class CentralError(Exception):
    """The root: what a command line shows as one red line and exit 1."""


class ConfigError(CentralError):
    """A file is wrong. `faults` holds one line per fault: where, what is there, what is known."""

    def __init__(self, source: str, faults: list[str]) -> None:
        self.source = source
        self.faults = faults
        super().__init__(f"{source}:\n" + "\n".join(f"  {fault}" for fault in faults))


class ListenError(CentralError):
    """Somebody else has the address, or it is not ours."""


class StoreError(CentralError):
    """The database did not commit. Nothing of the batch counts as stored."""


class BatchError(CentralError):
    """Not a CloudEvents batch."""


class BulletinError(CentralError):
    """Nothing was issued."""


class FactConflict(CentralError):  # noqa: N818 - an answer, not a fault of ours
    """Facts are never written over: a repetition must say the same."""

    def __init__(self, fact_id: str) -> None:
        self.fact_id = fact_id
        super().__init__(f"'{fact_id}' is already stored and says otherwise")


class FactTooLarge(CentralError):  # noqa: N818 - an answer, not a fault of ours
    """A statement is longer than one fact holds."""


class NotHere(CentralError):  # noqa: N818 - an answer, not a fault of ours
    """No such case, lead or entry, or not yet."""


class MoveRefused(CentralError):  # noqa: N818 - an answer, not a fault of ours
    """`clause` names the article that forbids the step; `missing` lists what would have to be there."""

    def __init__(self, clause: str, error: str, missing: tuple[str, ...] = ()) -> None:
        self.clause = clause
        self.missing = missing
        super().__init__(error)


class EvidenceError(CentralError):
    """Evidence was not taken."""


class WrongOffset(EvidenceError):  # noqa: N818 - an answer, not a fault of ours
    """The piece does not begin where the stored part ends."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        super().__init__(f"the stored part ends at byte {offset}; send from there")


class HashMismatch(EvidenceError):  # noqa: N818 - an answer, not a fault of ours
    """The bytes are not those of the name; what was stored is dropped."""


class Busy(EvidenceError):  # noqa: N818 - an answer, not a fault of ours
    """Somebody is writing this file."""


class Stalled(EvidenceError):  # noqa: N818 - an answer, not a fault of ours
    """What came before stays; send on from there."""


class TooLarge(EvidenceError):  # noqa: N818 - an answer, not a fault of ours
    """Sending it again helps nothing."""


class NoRoom(EvidenceError):  # noqa: N818 - an answer, not a fault of ours
    """The disk takes nothing more now; later it may."""
