"""Row shapes of what people and other authorities stated, and of what is due to be derived anew."""

from sqlalchemy import BigInteger, Column, Index, String, Text
from sqlmodel import Field, SQLModel

from central.store.table_of import table_of


class FactRow(SQLModel, table=True):
    """One act of a person or of another authority, append-only. `body` is its canonical JSON, without personal data."""

    __tablename__ = "facts"
    __table_args__ = (
        Index("facts_of_subject", "subject", "at_ms", "id"),
        Index("facts_of_kind", "kind", "at_ms", "id"),
    )

    id: str = Field(sa_column=Column(String(64), primary_key=True))
    kind: str = Field(sa_column=Column(String(64), nullable=False))
    subject: str = Field(sa_column=Column(String(160), nullable=False))
    at_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    made_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    who: str = Field(sa_column=Column(String(64), nullable=False))
    why: str = Field(sa_column=Column(String(2000), nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))


class PersonRow(SQLModel, table=True):
    """One value about a natural person, apart from the fact it came with, so that it can be deleted."""

    __tablename__ = "persons"

    fact: str = Field(sa_column=Column(String(64), primary_key=True))
    name: str = Field(sa_column=Column(String(64), primary_key=True))
    value: str = Field(sa_column=Column(String(500), nullable=False))


class DueRow(SQLModel, table=True):
    """A key whose derived rows may no longer say what the facts say. The span is of the moments that were touched."""

    __tablename__ = "due"

    topic: str = Field(sa_column=Column(String(16), primary_key=True))
    key: str = Field(sa_column=Column(String(160), primary_key=True))
    from_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    to_ms: int = Field(sa_column=Column(BigInteger, nullable=False))


FACTS, DUE = table_of(FactRow), table_of(DueRow)
"""For statements that every derivation runs: without an object per row."""
