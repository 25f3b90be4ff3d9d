"""The database counts its commits, so that one restored from a backup is known as such."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity", sa.Column("commits", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    raise NotImplementedError("records are never taken apart; restore the backup made before the upgrade")
