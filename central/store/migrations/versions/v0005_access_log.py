"""Who read what."""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
downgrade = no_way_back


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("who", sa.String(64), primary_key=True),
        sa.Column("method", sa.String(8), primary_key=True),
        sa.Column("path", sa.String(200), primary_key=True),
        sa.Column("query", sa.String(400), primary_key=True),
        sa.Column("hour_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        *[sa.Column(name, sa.BigInteger, nullable=False) for name in ("first_ms", "last_ms", "times")],
    )
    op.create_index("access_newest", "access_log", ["hour_ms", "who", "method", "path", "query"])
