"""Who kept clean is found without sorting a year of vehicles."""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
downgrade = no_way_back


def upgrade() -> None:
    op.create_index(
        "vehicle_periods_clean",
        "vehicle_periods",
        ["unit", "period", sa.text("checked DESC"), "plate", "colour"],
        sqlite_where=sa.text("exceeded = 0"),
        postgresql_where=sa.text("exceeded = 0"),
    )
