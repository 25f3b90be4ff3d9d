"""Listings by criterion, and the gates' lists."""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
downgrade = no_way_back


def upgrade() -> None:
    op.create_table(
        "listings",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("party", sa.String(16), nullable=False),
        sa.Column("party_key", sa.String(128), nullable=False),
        sa.Column("criterion", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("grounded", sa.Boolean, nullable=False),
        sa.Column("to_withdraw", sa.Integer, nullable=False),
        sa.Column("ground", sa.String(256)),
        *[sa.Column(name, sa.String(10)) for name in ("publicised_until", "since", "until")],
        sa.Column("changed_ms", sa.BigInteger),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("listings_by_state", "listings", ["state", "id"])
    op.create_index("listings_of_party", "listings", ["party", "party_key"])
    op.create_index("listings_to_withdraw", "listings", ["to_withdraw", "id"])
    op.create_table(
        "gate_lists",
        sa.Column("plate", sa.String(32), primary_key=True),
        sa.Column("colour", sa.String(32), primary_key=True),
        sa.Column("status", sa.String(24), primary_key=True),
        sa.Column("since", sa.String(10), nullable=False),
        sa.Column("until", sa.String(10)),
        sa.Column("source", sa.String(128), nullable=False),
    )
    op.create_index("gate_lists_by_status", "gate_lists", ["status", "plate", "colour"])
