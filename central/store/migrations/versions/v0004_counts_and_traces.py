"""What is counted by site and by vehicle, and where overloads came from; lists of ten million entries stay fast.

All of it is derived: every site and vehicle that is already stored becomes due.
"""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
downgrade = no_way_back

_COUNTED = (
    "entries", "checked", "rechecked", "within", "exceeded", "undetermined", "tolerated", "held", "refused", "released",
    "evaded", "band_0", "band_1", "band_2", "band_3", "band_4", "hundred_tonne", "gross_kg", "excess_kg",
)  # fmt: skip


def upgrade() -> None:
    _counts()
    _traces()
    op.execute("DELETE FROM due WHERE topic IN ('site', 'vehicle')")
    for topic, column in (("site", "site"), ("vehicle", "plate")):
        op.execute(
            f"INSERT INTO due (topic, key, from_ms, to_ms) SELECT '{topic}', {column}, MIN(at_ms), MAX(at_ms)"  # noqa: S608 - names of ours
            f" FROM entries WHERE {column} IS NOT NULL AND {column} <> '' GROUP BY {column}"
        )


def _counts() -> None:
    op.create_table(
        "site_places",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("region", sa.String(16), nullable=False),
    )
    op.create_table(
        "site_periods",
        sa.Column("site", sa.String(64), primary_key=True),
        *_period(),
        *[sa.Column(name, sa.BigInteger, nullable=False) for name in _COUNTED],
    )
    op.create_index("site_periods_of_unit", "site_periods", ["unit", "period", "site"])
    op.create_table(
        "vehicle_periods",
        sa.Column("plate", sa.String(32), primary_key=True),
        sa.Column("colour", sa.String(32), primary_key=True),
        *_period(),
        *[
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("checked", "exceeded", "hundred_tonne", "worst_excess_kg")
        ],
        sa.Column("last_over_ms", sa.BigInteger),
    )
    op.create_index(
        "vehicle_periods_worst", "vehicle_periods", ["unit", "period", sa.text("exceeded DESC"), "plate", "colour"]
    )


def _traces() -> None:
    op.create_table(
        "positions",
        sa.Column("plate", sa.String(32), primary_key=True),
        sa.Column("at_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        *[
            sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)
            for name in ("longitude_e6", "latitude_e6", "speed_kmh")
        ],
    )
    op.create_table(
        "traces",
        sa.Column("entry", sa.String(96), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("plate", sa.String(32), nullable=False),
        sa.Column("colour", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("found_ms", sa.BigInteger, nullable=False),
        sa.Column("result", sa.String(24), nullable=False),
        sa.Column("origin", sa.String(96)),
        sa.Column("origin_site", sa.String(64)),
        sa.Column("origin_ms", sa.BigInteger),
        sa.Column("difference_kg", sa.BigInteger, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("traces_of_vehicle", "traces", ["plate", "found_ms"])
    for name, first in (("newest", ()), ("by_result", ("result",)), ("of_origin", ("origin_site",))):
        op.create_index(f"traces_{name}", "traces", [*first, "found_ms", "entry", "kind"])
    op.create_table(
        "origin_periods",
        sa.Column("site", sa.String(64), primary_key=True),
        *_period(),
        *[
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in ("same_load", "record_false", "loaded_after", "blamed")
        ],
    )
    op.create_index("origin_periods_worst", "origin_periods", ["unit", "period", sa.text("blamed DESC"), "site"])


def _period() -> list[sa.Column[str] | sa.Column[int]]:
    return [
        sa.Column("unit", sa.String(8), primary_key=True),
        sa.Column("period", sa.Integer, primary_key=True, autoincrement=False),
    ]
