"""Row shapes of origin tracing. Positions are what a feed told; traces and their counts are derived."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Text, text
from sqlmodel import Field, SQLModel

from central.store.table_of import table_of


class PositionRow(SQLModel, table=True):
    """One report of a vehicle's own recorder, once; degrees in millionths."""

    __tablename__ = "positions"

    plate: str = Field(sa_column=Column(String(32), primary_key=True))
    at_ms: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    longitude_e6: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    latitude_e6: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    speed_kmh: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))


class TraceRow(SQLModel, table=True):
    """Where one overload found on the road came from. `entry` is the weighing that found it."""

    __tablename__ = "traces"
    __table_args__ = (
        Index("traces_of_vehicle", "plate", "found_ms"),
        Index("traces_newest", "found_ms", "entry", "kind"),
        Index("traces_by_result", "result", "found_ms", "entry", "kind"),
        Index("traces_of_origin", "origin_site", "found_ms", "entry", "kind"),
    )

    entry: str = Field(sa_column=Column(String(96), primary_key=True))
    kind: str = Field(sa_column=Column(String(16), primary_key=True))  # source-exit | toll-entrance
    plate: str = Field(sa_column=Column(String(32), nullable=False))
    colour: str = Field(sa_column=Column(String(32), nullable=False))
    site: str = Field(sa_column=Column(String(64), nullable=False))
    found_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    result: str = Field(sa_column=Column(String(24), nullable=False))
    origin: str | None = Field(default=None, sa_column=Column(String(96)))
    origin_site: str | None = Field(default=None, sa_column=Column(String(64)))
    origin_ms: int | None = Field(default=None, sa_column=Column(BigInteger))
    difference_kg: int = Field(sa_column=Column(BigInteger, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))


class OriginPeriodRow(SQLModel, table=True):
    """Overloads of a month or year by the source site they were traced to. `blamed`: left so, or recorded falsely."""

    __tablename__ = "origin_periods"
    __table_args__ = (Index("origin_periods_worst", "unit", "period", text("blamed DESC"), "site"),)

    site: str = Field(sa_column=Column(String(64), primary_key=True))
    unit: str = Field(sa_column=Column(String(8), primary_key=True))
    period: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    same_load: int = Field(sa_column=Column(BigInteger, nullable=False))
    record_false: int = Field(sa_column=Column(BigInteger, nullable=False))
    loaded_after: int = Field(sa_column=Column(BigInteger, nullable=False))
    blamed: int = Field(sa_column=Column(BigInteger, nullable=False))


POSITIONS = table_of(PositionRow)
TRACES = table_of(TraceRow)
ORIGIN_PERIODS = table_of(OriginPeriodRow)
