"""How the journal lies on disk: row shapes only. Nothing outside this package sees them.

    entries ──< entry_evidence >── blobs        what was recorded, and the raw bytes it stands on
       │ 1:1
       ├── outbox                               pending → acked | parked
       └── personal                             deletable; the entry holds a salted commitment to it
    markers (one per lane)     meta (one value per name)

`entries.body` is written once; no migration rewrites it.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint, text

METADATA = MetaData()
"""Of this package's tables alone; another store's never mix in. Core tables: mapped classes would cost 10 MB."""

META = Table(  # `journal`, `site`, `public_hex`, `key_id`, `alg`
    "meta",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

ENTRIES = Table(  # `passage` is set for weighings only: at most one weighing per lane and passage
    "entries",
    METADATA,
    Column("row", Integer, primary_key=True),
    Column("journal", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("type", String, nullable=False),
    Column("lane", String),
    Column("passage", Integer),
    Column("body", LargeBinary, nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("key_id", String, nullable=False),
    Column("alg", String, nullable=False),
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

ENTRY_NAMES = ("journal", "seq", "type", "body", "prev_hash", "hash", "signature", "key_id", "alg")
"""In the order of `StoredEntry`."""

ENTRY_COLUMNS = tuple(ENTRIES.c[name] for name in ENTRY_NAMES)

PENDING, ACKED, PARKED = "pending", "acked", "parked"
"""`outbox.state`: central lacks it; central has it; central refused it, and says why."""

OUTBOX = Table(  # whether central has it; `reason`: why it was parked, or, while pending, that it was offered again
    "outbox",
    METADATA,
    Column("row", Integer, ForeignKey("entries.row"), primary_key=True),
    Column("state", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("reason", String),
    Index("outbox_order", "state", "priority", "row"),
)

PERSONAL = Table(  # driver, licence, owner: canonical JSON, the salt of its commitment; without it the chain is whole
    "personal",
    METADATA,
    Column("row", Integer, ForeignKey("entries.row"), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

UNDELIVERED, DELIVERED, DELETED = 0, 1, 2
"""`blobs.delivered`: central lacks it; central has it; central has it and its bytes are gone from here."""

BLOBS = Table(  # raw bytes or a picture under its SHA-256 (hex), stored once; deleted bytes leave an empty `content`
    "blobs",
    METADATA,
    Column("sha256", String, primary_key=True),
    Column("media_type", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("delivered", Integer, nullable=False),
    Index("blobs_undelivered", "delivered"),
)

ENTRY_EVIDENCE = Table(  # which entry stands on which blob
    "entry_evidence",
    METADATA,
    Column("row", Integer, ForeignKey("entries.row"), primary_key=True),
    Column("sha256", String, ForeignKey("blobs.sha256"), primary_key=True),
    Index("entry_evidence_sha256", "sha256"),
)

MARKERS = Table(  # where a lane's passage stands; one row per lane, the latest wins
    "markers",
    METADATA,
    Column("lane", String, primary_key=True),
    Column("passage", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("entry_id", String),
    Column("action", String),
)
