"""Row shapes of credit: listings by criterion, and what of them stands on the gates' lists. All derived."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from central.store.table_of import table_of


class ListingRow(SQLModel, table=True):
    """One party under one criterion. `grounded`: what it stands on still stands. `to_withdraw` 1: published without."""

    __tablename__ = "listings"
    __table_args__ = (
        Index("listings_by_state", "state", "id"),
        Index("listings_of_party", "party", "party_key"),
        Index("listings_to_withdraw", "to_withdraw", "id"),
    )

    id: str = Field(sa_column=Column(String(160), primary_key=True))  # <party>|<party key>|<criterion>
    party: str = Field(sa_column=Column(String(16), nullable=False))
    party_key: str = Field(sa_column=Column(String(128), nullable=False))
    criterion: int = Field(sa_column=Column(Integer, nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    grounded: bool = Field(sa_column=Column(Boolean, nullable=False))
    to_withdraw: int = Field(sa_column=Column(Integer, nullable=False))
    ground: str | None = Field(default=None, sa_column=Column(String(256)))
    publicised_until: str | None = Field(default=None, sa_column=Column(String(10)))
    since: str | None = Field(default=None, sa_column=Column(String(10)))
    until: str | None = Field(default=None, sa_column=Column(String(10)))
    changed_ms: int | None = Field(default=None, sa_column=Column(BigInteger))
    content: str = Field(sa_column=Column(Text, nullable=False))


class GateListRow(SQLModel, table=True):
    """One vehicle on one list, as the gates get it. Days are YYYY-MM-DD, both ends in."""

    __tablename__ = "gate_lists"
    __table_args__ = (Index("gate_lists_by_status", "status", "plate", "colour"),)

    plate: str = Field(sa_column=Column(String(32), primary_key=True))
    colour: str = Field(sa_column=Column(String(32), primary_key=True))
    status: str = Field(sa_column=Column(String(24), primary_key=True))
    since: str = Field(sa_column=Column(String(10), nullable=False))
    until: str | None = Field(default=None, sa_column=Column(String(10)))
    source: str = Field(sa_column=Column(String(128), nullable=False))


LISTINGS = table_of(ListingRow)
GATE_LISTS = table_of(GateListRow)
