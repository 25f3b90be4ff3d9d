"""How far a vehicle was over its own papers alone, where law acts on it: by this such weighings are found. No gateway
before this form said that anything follows from it, so the entries that are here have none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entries", sa.Column("over_papers_kg", sa.BigInteger))


def downgrade() -> None:
    raise NotImplementedError("records are never taken apart; restore the backup made before the upgrade")
