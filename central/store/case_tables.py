"""Row shapes of what is derived: acts, leads, cases, decided acts by party, proposals, duties.

Every row here can be thrown away and derived again from entries and facts. `content` is JSON for readers.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Text, text
from sqlmodel import Field, SQLModel

from central.store.table_of import table_of


class ActRow(SQLModel, table=True):
    """Weighings that are one act of one vehicle. `id` is the first of them; `worst` the one with the largest excess."""

    __tablename__ = "acts"
    __table_args__ = (Index("acts_of_vehicle", "plate", "begins_ms", "id"),)

    id: str = Field(sa_column=Column(String(96), primary_key=True))
    plate: str | None = Field(default=None, sa_column=Column(String(32)))
    colour: str | None = Field(default=None, sa_column=Column(String(32)))
    begins_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    ends_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    consequence: str = Field(sa_column=Column(String(8), nullable=False))  # ledger | lead | case
    mode: str = Field(sa_column=Column(String(32), nullable=False))
    site: str = Field(sa_column=Column(String(64), nullable=False))
    worst: str = Field(sa_column=Column(String(96), nullable=False))
    excess_kg: int = Field(sa_column=Column(BigInteger, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))


class ActMemberRow(SQLModel, table=True):
    """Which act a weighing belongs to."""

    __tablename__ = "act_members"

    entry: str = Field(sa_column=Column(String(96), primary_key=True))
    act: str = Field(sa_column=Column(String(96), nullable=False, index=True))


class LeadRow(SQLModel, table=True):
    """A fact that may be a violation. `party` and `party_key` are against whom, as far as it is known."""

    __tablename__ = "leads"
    __table_args__ = (
        Index("leads_newest", "at_ms", "id"),
        Index("leads_by_state", "state", "at_ms", "id"),
        Index("leads_by_site", "site", "at_ms", "id"),
        Index("leads_by_plate", "plate", "at_ms", "id"),
        Index("leads_by_party", "party_key", "at_ms", "id"),
    )

    id: str = Field(sa_column=Column(String(128), primary_key=True))  # <kind>/<entry>
    kind: str = Field(sa_column=Column(String(32), nullable=False))
    entry: str = Field(sa_column=Column(String(96), nullable=False, index=True))
    act: str | None = Field(default=None, sa_column=Column(String(96)))
    site: str = Field(sa_column=Column(String(64), nullable=False))
    plate: str | None = Field(default=None, sa_column=Column(String(32)))
    at_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    party: str = Field(sa_column=Column(String(16), nullable=False))
    party_key: str | None = Field(default=None, sa_column=Column(String(128)))
    state: str = Field(sa_column=Column(String(16), nullable=False))  # open | reviewed | dismissed | filed
    content: str = Field(sa_column=Column(Text, nullable=False))


class CaseRow(SQLModel, table=True):
    """A case as it stands. `entry` is what it was filed on; `act`, and of it the deciding `weighing`, may change with
    late entries, and `review` then says why people must look at it again.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_newest", "filed_ms", "id"),
        Index("cases_by_state", "state", "filed_ms", "id"),
        Index("cases_by_plate", "plate", "filed_ms", "id"),
        *[Index(f"cases_by_{party}", party, "filed_ms", "id") for party in ("driver", "enterprise", "source")],
        Index(
            "cases_to_review",
            "filed_ms",
            "id",
            sqlite_where=text("review IS NOT NULL"),
            postgresql_where=text("review IS NOT NULL"),
        ),
    )

    id: str = Field(sa_column=Column(String(64), primary_key=True))
    origin: str = Field(sa_column=Column(String(16), nullable=False))  # transport | police
    authority: str = Field(sa_column=Column(String(64), nullable=False))
    state: str = Field(sa_column=Column(String(32), nullable=False))
    entry: str | None = Field(default=None, sa_column=Column(String(96), index=True))
    weighing: str | None = Field(default=None, sa_column=Column(String(96), index=True))
    act: str | None = Field(default=None, sa_column=Column(String(96)))
    plate: str | None = Field(default=None, sa_column=Column(String(32)))
    colour: str | None = Field(default=None, sa_column=Column(String(32)))
    driver: str | None = Field(default=None, sa_column=Column(String(128)))
    enterprise: str | None = Field(default=None, sa_column=Column(String(128)))
    source: str | None = Field(default=None, sa_column=Column(String(128)))
    happened_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    filed_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    decided_ms: int | None = Field(default=None, sa_column=Column(BigInteger))
    closed_ms: int | None = Field(default=None, sa_column=Column(BigInteger))
    counted: bool = Field(sa_column=Column(Boolean, nullable=False))
    annulled: bool = Field(sa_column=Column(Boolean, nullable=False))
    review: str | None = Field(default=None, sa_column=Column(String(500)))
    content: str = Field(sa_column=Column(Text, nullable=False))


class TallyRow(SQLModel, table=True):
    """One decided case against one party: what accumulation counts, once per `act_key`."""

    __tablename__ = "tallies"
    __table_args__ = (
        Index(
            "tallies_of_party", "party", "party_key", "decided_ms", postgresql_include=["case", "act_key", "vehicle"]
        ),
    )

    party: str = Field(sa_column=Column(String(16), primary_key=True))  # vehicle | driver | enterprise | source
    party_key: str = Field(sa_column=Column(String(128), primary_key=True))
    case: str = Field(sa_column=Column(String(64), primary_key=True))
    act_key: str = Field(sa_column=Column(String(128), nullable=False))
    happened_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    decided_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    vehicle: str | None = Field(default=None, sa_column=Column(String(128)))
    origin: str = Field(sa_column=Column(String(16), nullable=False))


class PunishedRow(SQLModel, table=True):
    """What one case decided against one party for an act that a criterion of the discredit list names."""

    __tablename__ = "punished"
    __table_args__ = (Index("punished_by_party", "party", "party_key", "decided_ms", "case"),)

    case: str = Field(sa_column=Column(String(64), primary_key=True))
    party: str = Field(sa_column=Column(String(16), primary_key=True))
    act: str = Field(sa_column=Column(String(64), primary_key=True))
    party_key: str = Field(sa_column=Column(String(128), nullable=False))
    yuan: int = Field(sa_column=Column(BigInteger, nullable=False))
    decided_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    origin: str = Field(sa_column=Column(String(16), nullable=False))


class ProposalRow(SQLModel, table=True):
    """What accumulation proposes against a party; people decide. `case` is the one that passed the threshold."""

    __tablename__ = "proposals"
    __table_args__ = (
        Index("proposals_newest", "at_ms", "id"),
        Index("proposals_of_party", "party", "party_key"),
    )

    id: str = Field(sa_column=Column(String(256), primary_key=True))
    party: str = Field(sa_column=Column(String(16), nullable=False))
    party_key: str = Field(sa_column=Column(String(128), nullable=False))
    measure: str = Field(sa_column=Column(String(32), nullable=False))
    clause: str = Field(sa_column=Column(String(128), nullable=False))
    authority: str = Field(sa_column=Column(String(128), nullable=False))
    case: str = Field(sa_column=Column(String(64), nullable=False))
    at_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))  # open | sent | answered | to-withdraw | withdrawn
    content: str = Field(sa_column=Column(Text, nullable=False))


class DutyRow(SQLModel, table=True):
    """Something an authority owes by a day: `due_day` is YYYY-MM-DD in China; not `verified` where the year's holidays
    were not published when it was counted.
    """

    __tablename__ = "duties"
    __table_args__ = (Index("duties_open", "done", "due_day", "id"), Index("duties_of_subject", "subject"))

    id: str = Field(sa_column=Column(String(256), primary_key=True))
    kind: str = Field(sa_column=Column(String(32), nullable=False))
    subject: str = Field(sa_column=Column(String(160), nullable=False))
    clause: str = Field(sa_column=Column(String(128), nullable=False))
    due_day: str = Field(sa_column=Column(String(10), nullable=False))
    verified: bool = Field(sa_column=Column(Boolean, nullable=False))
    done: int = Field(sa_column=Column(Integer, nullable=False))  # 0 open, 1 done: sorted beside the day
    done_ms: int | None = Field(default=None, sa_column=Column(BigInteger))


PUNISHED = table_of(PunishedRow)
