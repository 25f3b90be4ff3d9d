"""Row shapes of what is counted. All of them are derived: thrown away and counted again from the entries."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, text
from sqlmodel import Field, SQLModel

from central.store.table_of import table_of


class PlaceRow(SQLModel, table=True):
    """What a site's newest weighing says of the site."""

    __tablename__ = "site_places"

    site: str = Field(sa_column=Column(String(64), primary_key=True))
    kind: str = Field(sa_column=Column(String(32), nullable=False))
    mode: str = Field(sa_column=Column(String(32), nullable=False))
    name: str = Field(sa_column=Column(String(200), nullable=False))
    region: str = Field(sa_column=Column(String(16), nullable=False))


class SitePeriodRow(SQLModel, table=True):
    """One site in one day, month or year of China's time. `period` is 20260501, 202605 or 2026.

    `checked` are first weighings: a truck weighed again after unloading is one truck. `exceeded` and the bands are of
    those.
    """

    __tablename__ = "site_periods"
    __table_args__ = (Index("site_periods_of_unit", "unit", "period", "site"),)

    site: str = Field(sa_column=Column(String(64), primary_key=True))
    unit: str = Field(sa_column=Column(String(8), primary_key=True))
    period: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    entries: int = Field(sa_column=Column(BigInteger, nullable=False))
    checked: int = Field(sa_column=Column(BigInteger, nullable=False))
    rechecked: int = Field(sa_column=Column(BigInteger, nullable=False))
    within: int = Field(sa_column=Column(BigInteger, nullable=False))
    exceeded: int = Field(sa_column=Column(BigInteger, nullable=False))
    undetermined: int = Field(sa_column=Column(BigInteger, nullable=False))
    tolerated: int = Field(sa_column=Column(BigInteger, nullable=False))
    held: int = Field(sa_column=Column(BigInteger, nullable=False))
    refused: int = Field(sa_column=Column(BigInteger, nullable=False))
    released: int = Field(sa_column=Column(BigInteger, nullable=False))
    evaded: int = Field(sa_column=Column(BigInteger, nullable=False))
    band_0: int = Field(sa_column=Column(BigInteger, nullable=False))
    band_1: int = Field(sa_column=Column(BigInteger, nullable=False))
    band_2: int = Field(sa_column=Column(BigInteger, nullable=False))
    band_3: int = Field(sa_column=Column(BigInteger, nullable=False))
    band_4: int = Field(sa_column=Column(BigInteger, nullable=False))
    hundred_tonne: int = Field(sa_column=Column(BigInteger, nullable=False))
    gross_kg: int = Field(sa_column=Column(BigInteger, nullable=False))
    excess_kg: int = Field(sa_column=Column(BigInteger, nullable=False))


class VehiclePeriodRow(SQLModel, table=True):
    """One vehicle in one month or year: how often it was weighed, and how often found over. Clean ones are here too."""

    __tablename__ = "vehicle_periods"
    __table_args__ = (
        Index("vehicle_periods_worst", "unit", "period", text("exceeded DESC"), "plate", "colour"),
        Index(
            "vehicle_periods_clean",
            "unit",
            "period",
            text("checked DESC"),
            "plate",
            "colour",
            sqlite_where=text("exceeded = 0"),
            postgresql_where=text("exceeded = 0"),
        ),
    )

    plate: str = Field(sa_column=Column(String(32), primary_key=True))
    colour: str = Field(sa_column=Column(String(32), primary_key=True))
    unit: str = Field(sa_column=Column(String(8), primary_key=True))
    period: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    checked: int = Field(sa_column=Column(BigInteger, nullable=False))
    exceeded: int = Field(sa_column=Column(BigInteger, nullable=False))
    hundred_tonne: int = Field(sa_column=Column(BigInteger, nullable=False))
    worst_excess_kg: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_over_ms: int | None = Field(default=None, sa_column=Column(BigInteger))


PLACES = table_of(PlaceRow)
SITE_PERIODS = table_of(SitePeriodRow)
VEHICLE_PERIODS = table_of(VehiclePeriodRow)
COUNTED: tuple[str, ...] = tuple(
    column.name for column in SITE_PERIODS.columns if column.name not in ("site", "unit", "period")
)
"""What is counted, in the order of the table."""
