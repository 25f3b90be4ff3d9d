"""The database counts its commits, so that one restored from a backup is known as such."""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
downgrade = no_way_back


def upgrade() -> None:
    op.add_column("identity", sa.Column("commits", sa.BigInteger, nullable=False, server_default="0"))
