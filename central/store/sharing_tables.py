"""Row shapes of what goes to others: referrals (derived), and messages on their way to webhooks (an outbox)."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text
from sqlmodel import Field, SQLModel

from central.store.table_of import table_of

OUTBOX_ID = BigInteger().with_variant(Integer(), "sqlite")


class SuspectRow(SQLModel, table=True):
    """One weighing that suspects something of its vehicle."""

    __tablename__ = "suspects"
    __table_args__ = (Index("suspects_of_vehicle", "plate", "at_ms"),)

    entry: str = Field(sa_column=Column(String(96), primary_key=True))
    suspicion: str = Field(sa_column=Column(String(24), primary_key=True))
    plate: str = Field(sa_column=Column(String(32), nullable=False))
    colour: str = Field(sa_column=Column(String(32), nullable=False))
    site: str = Field(sa_column=Column(String(64), nullable=False))
    at_ms: int = Field(sa_column=Column(BigInteger, nullable=False))


class ReferralRow(SQLModel, table=True):
    """One vehicle suspected of one thing, and what came of telling whom it concerns."""

    __tablename__ = "referrals"
    __table_args__ = (Index("referrals_newest", "last_ms", "id"), Index("referrals_by_state", "state", "last_ms", "id"))

    id: str = Field(sa_column=Column(String(128), primary_key=True))  # <plate>|<colour>|<suspicion>
    plate: str = Field(sa_column=Column(String(32), nullable=False))
    colour: str = Field(sa_column=Column(String(32), nullable=False))
    suspicion: str = Field(sa_column=Column(String(24), nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))  # open | referred | answered
    times: int = Field(sa_column=Column(BigInteger, nullable=False))
    first_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))


class MessageRow(SQLModel, table=True):
    """One message to one webhook. `id` is the order of sending; `message` names it to the receiver, each time the same.

    `subject` is what it is about: what was told of it last is not told again.
    """

    __tablename__ = "webhook_outbox"
    __table_args__ = (
        Index("webhook_outbox_due", "state", "hook", "id"),
        Index("webhook_outbox_of_subject", "hook", "subject", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(OUTBOX_ID, primary_key=True, autoincrement=True))
    hook: str = Field(sa_column=Column(String(64), nullable=False))
    message: str = Field(sa_column=Column(String(64), nullable=False))
    subject: str = Field(sa_column=Column(String(240), nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))  # pending | delivered | given-up
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    next_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    error: str | None = Field(default=None, sa_column=Column(String(300)))


SUSPECTS = table_of(SuspectRow)
REFERRALS = table_of(ReferralRow)
OUTBOX = table_of(MessageRow)
