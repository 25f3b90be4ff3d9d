"""Row shapes of the supervision of source enterprises. Silences are what central saw itself; the rest is derived."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from central.store.table_of import table_of


class SourceRow(SQLModel, table=True):
    __tablename__ = "sources"
    __table_args__ = (Index("sources_by_kind", "kind", "id"),)

    id: str = Field(sa_column=Column(String(64), primary_key=True))
    name: str = Field(sa_column=Column(String(200), nullable=False))
    kind: str = Field(sa_column=Column(String(32), nullable=False))
    region: str = Field(sa_column=Column(String(16), nullable=False))
    authority: str = Field(sa_column=Column(String(128), nullable=False))
    key_unit: bool = Field(sa_column=Column(Boolean, nullable=False))
    standing: str = Field(sa_column=Column(String(16), nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))


class SourceSiteRow(SQLModel, table=True):
    """Which enterprise answers for a site."""

    __tablename__ = "source_sites"

    site: str = Field(sa_column=Column(String(64), primary_key=True))
    source: str = Field(sa_column=Column(String(64), primary_key=True, index=True))


class SourceItemRow(SQLModel, table=True):
    """One hazard or measure. `ended` 0 or 1 stands beside the deadline, so that what is overdue is found at once."""

    __tablename__ = "source_items"
    __table_args__ = (
        Index("source_items_of_source", "source", "id"),
        Index("source_items_due", "ended", "deadline", "id"),
    )

    id: str = Field(sa_column=Column(String(64), primary_key=True))
    source: str = Field(sa_column=Column(String(64), nullable=False))
    list: str = Field(sa_column=Column(String(16), nullable=False))
    title: str = Field(sa_column=Column(String(200), nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    ended: int = Field(sa_column=Column(Integer, nullable=False))
    deadline: str | None = Field(default=None, sa_column=Column(String(10)))
    listed_by: str | None = Field(default=None, sa_column=Column(String(128)))
    opened_ms: int | None = Field(default=None, sa_column=Column(BigInteger))
    closed_ms: int | None = Field(default=None, sa_column=Column(BigInteger))
    content: str = Field(sa_column=Column(Text, nullable=False))


class LedgerRow(SQLModel, table=True):
    """What a site's day adds to the counts: releases by ground, and those of trucks that were over."""

    __tablename__ = "ledger_days"

    site: str = Field(sa_column=Column(String(64), primary_key=True))
    day: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    released_over: int = Field(sa_column=Column(BigInteger, nullable=False))
    grounds: str = Field(sa_column=Column(Text, nullable=False))


class TicketsRow(SQLModel, table=True):
    """The enterprise's own count of its tickets."""

    __tablename__ = "ticket_days"

    site: str = Field(sa_column=Column(String(64), primary_key=True))
    day: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    source: str = Field(sa_column=Column(String(64), primary_key=True, index=True))
    tickets: int = Field(sa_column=Column(BigInteger, nullable=False))


class SilenceRow(SQLModel, table=True):
    """A time in which central heard nothing of a site although central itself was at work."""

    __tablename__ = "silences"

    site: str = Field(sa_column=Column(String(64), primary_key=True))
    from_ms: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    until_ms: int | None = Field(default=None, sa_column=Column(BigInteger))


SOURCES = table_of(SourceRow)
SOURCE_SITES = table_of(SourceSiteRow)
SOURCE_ITEMS = table_of(SourceItemRow)
LEDGER = table_of(LedgerRow)
TICKETS = table_of(TicketsRow)
SILENCES = table_of(SilenceRow)
