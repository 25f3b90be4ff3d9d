"""Row shapes, one schema for SQLite and PostgreSQL. They do not validate: the receiver has done so before.

Times are whole milliseconds since 1970 UTC, because SQLite keeps no time zone.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Text, text
from sqlmodel import Field, SQLModel

from central.store.table_of import table_of


def _partial(name: str, of: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(of), postgresql_where=text(of))


class EntryRow(SQLModel, table=True):
    """One accepted entry; `body` and the chain fields are as the box made them, the rest is copied out for search."""

    __tablename__ = "entries"
    __table_args__ = (
        Index("entries_newest", "at_ms", "journal", "seq", postgresql_include=["site", "type", "outcome", "action"]),
        Index("entries_site_newest", "site", "at_ms", "journal", "seq"),
        Index("entries_vehicle_time", "plate", "at_ms", "journal", "seq"),
        # What is rare is found without looking through what is common; a query must say the same words.
        _partial("entries_rare_type", "type <> 'weighing'", "type", "at_ms", "journal", "seq"),
        _partial("entries_rare_outcome", "outcome <> 'within'", "outcome", "at_ms", "journal", "seq"),
        _partial("entries_rare_outcome_of_site", "outcome <> 'within'", "site", "outcome", "at_ms", "journal", "seq"),
        _partial("entries_hundred_tonnes", "gross_kg >= 100000", "at_ms", "journal", "seq"),
    )

    journal: str = Field(sa_column=Column(String(64), primary_key=True))
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    site: str = Field(sa_column=Column(String(64), nullable=False))
    type: str = Field(sa_column=Column(String(64), nullable=False))
    lane: str | None = Field(default=None, sa_column=Column(String(64)))
    at_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    received_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    prev_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    signature: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    key_id: str = Field(sa_column=Column(String(64), nullable=False))
    alg: str = Field(sa_column=Column(String(32), nullable=False))
    plate: str | None = Field(default=None, sa_column=Column(String(32)))
    colour: str | None = Field(default=None, sa_column=Column(String(32)))
    gross_kg: int | None = Field(default=None, sa_column=Column(BigInteger))
    outcome: str | None = Field(default=None, sa_column=Column(String(32)))
    excess_kg: int | None = Field(default=None, sa_column=Column(BigInteger))
    over_papers_kg: int | None = Field(default=None, sa_column=Column(BigInteger))
    action: str | None = Field(default=None, sa_column=Column(String(32)))
    parent: str | None = Field(default=None, sa_column=Column(String(96), index=True))


class QuarantineRow(SQLModel, table=True):
    """An event that was not accepted, whole, with the reason. `fingerprint` is the SHA-256 of `event`."""

    __tablename__ = "quarantine"

    site: str = Field(sa_column=Column(String(64), primary_key=True))
    journal: str = Field(sa_column=Column(String(64), primary_key=True))
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    fingerprint: str = Field(sa_column=Column(String(64), primary_key=True))
    kind: str = Field(sa_column=Column(String(16), nullable=False))  # rejected | conflict
    reason: str = Field(sa_column=Column(String(500), nullable=False))
    event: str = Field(sa_column=Column(Text, nullable=False))
    received_ms: int = Field(sa_column=Column(BigInteger, nullable=False))


class ProgressRow(SQLModel, table=True):
    """Per journal of a site: every seq ≤ through is stored or quarantined."""

    __tablename__ = "progress"

    site: str = Field(sa_column=Column(String(64), primary_key=True))
    journal: str = Field(sa_column=Column(String(64), primary_key=True))
    through: int = Field(sa_column=Column(BigInteger, nullable=False))


class AlarmRow(SQLModel, table=True):
    """Something a person must look at; one row however often it happens again."""

    __tablename__ = "alarms"

    kind: str = Field(sa_column=Column(String(16), primary_key=True))  # conflict | rejected | chain_break
    site: str = Field(sa_column=Column(String(64), primary_key=True))
    journal: str = Field(sa_column=Column(String(64), primary_key=True))
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    detail: str = Field(sa_column=Column(String(500), nullable=False))
    raised_ms: int = Field(sa_column=Column(BigInteger, nullable=False))


class SiteRow(SQLModel, table=True):
    """What a site last said of itself. `status` is its own JSON text, bounded at the door."""

    __tablename__ = "site_states"

    site: str = Field(sa_column=Column(String(64), primary_key=True))
    seen_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    status: str | None = Field(default=None, sa_column=Column(Text))
    status_ms: int | None = Field(default=None, sa_column=Column(BigInteger))


class IdentityRow(SQLModel, table=True):
    """The database's own name, and how often it has committed what edges sent (`central/store/identity.py`)."""

    __tablename__ = "identity"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    incarnation: str = Field(sa_column=Column(String(64), nullable=False))
    created_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    commits: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


ENTRIES = table_of(EntryRow)
PROGRESS = table_of(ProgressRow)
QUARANTINE = table_of(QuarantineRow)
SITE_STATES = table_of(SiteRow)
IDENTITY = table_of(IdentityRow)
"""For statements that every batch runs: without an object per row."""
