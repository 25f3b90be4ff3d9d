"""How the journal lies on disk: row shapes only. They do not validate, and nothing outside this package sees them.

    entries ──< entry_evidence >── blobs        what was recorded, and the raw bytes it stands on
       │ 1:1
       ├── outbox                               pending → acked | parked
       └── personal                             deletable; the entry holds a salted commitment to it
    markers (one per lane)     meta (one value per name)

`entries.body` is written once; no migration rewrites it.
"""

from sqlalchemy import Index, Table, UniqueConstraint, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Row(SQLModel, registry=registry()):
    """The root of this package's rows; its own metadata, so that another store's tables never mix in."""


class MetaRow(Row, table=True):
    """`journal`, `site`, `public_hex`, `key_id`, `alg`."""

    __tablename__ = "meta"
    name: str = Field(primary_key=True)
    value: bytes


class EntryRow(Row, table=True):
    """One entry. `passage` is set for weighings only: at most one weighing per lane and passage."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("journal", "seq", name="entries_journal_seq"),
        Index(
            "entries_one_weighing",
            "journal",
            "lane",
            "passage",
            unique=True,
            sqlite_where=text("type = 'weighing' AND passage IS NOT NULL"),
        ),
        Index("entries_type", "type", "row"),
    )
    row: int = Field(primary_key=True)
    journal: str
    seq: int
    type: str
    lane: str | None = None
    passage: int | None = None
    body: bytes
    prev_hash: bytes
    hash: bytes
    signature: bytes
    key_id: str
    alg: str


class OutboxRow(Row, table=True):
    """Whether central has the entry. `reason`: why it was parked; while pending, that it was offered again."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_order", "state", "priority", "row"),)
    row: int = Field(primary_key=True, foreign_key="entries.row")
    state: str
    priority: int
    reason: str | None = None


class PersonalRow(Row, table=True):
    """Driver, licence, owner: canonical JSON and the salt of its commitment. Deleting the row keeps the chain whole."""

    __tablename__ = "personal"
    row: int = Field(primary_key=True, foreign_key="entries.row")
    salt: bytes
    content: bytes


class BlobRow(Row, table=True):
    """Raw bytes or a picture under its SHA-256 (hex); stored once however many entries stand on it.

    Bytes that retention deleted leave an empty `content` and `delivered` = 2.
    """

    __tablename__ = "blobs"
    __table_args__ = (Index("blobs_undelivered", "delivered"),)
    sha256: str = Field(primary_key=True)
    media_type: str
    content: bytes
    delivered: int = 0


class EntryEvidenceRow(Row, table=True):
    """Which entry stands on which blob."""

    __tablename__ = "entry_evidence"
    __table_args__ = (Index("entry_evidence_sha256", "sha256"),)
    row: int = Field(primary_key=True, foreign_key="entries.row")
    sha256: str = Field(primary_key=True, foreign_key="blobs.sha256")


class MarkerRow(Row, table=True):
    """Where a lane's passage stands; one row per lane, the latest wins."""

    __tablename__ = "markers"
    lane: str = Field(primary_key=True)
    passage: int
    state: str
    entry_id: str | None = None
    action: str | None = None


def _table(name: str) -> Table:
    return Row.metadata.tables[name]


UNDELIVERED, DELIVERED, DELETED = 0, 1, 2
"""`blobs.delivered`: central lacks it; central has it; central has it and its bytes are gone from here."""
META = _table("meta")
ENTRIES = _table("entries")
OUTBOX = _table("outbox")
PERSONAL = _table("personal")
BLOBS = _table("blobs")
ENTRY_EVIDENCE = _table("entry_evidence")
MARKERS = _table("markers")
