"""How far a vehicle was over its own papers alone, where law acts on it: by this such weighings are found. No gateway
before this form said that anything follows from it, so the entries that are here have none.
"""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
downgrade = no_way_back


def upgrade() -> None:
    op.add_column("entries", sa.Column("over_papers_kg", sa.BigInteger))
