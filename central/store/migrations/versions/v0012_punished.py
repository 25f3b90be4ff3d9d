"""What was decided for acts that criteria of the discredit list name; decided cases are derived again for it."""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
downgrade = no_way_back


def upgrade() -> None:
    op.create_table(
        "punished",
        sa.Column("case", sa.String(64), primary_key=True),
        sa.Column("party", sa.String(16), primary_key=True),
        sa.Column("act", sa.String(64), primary_key=True),
        sa.Column("party_key", sa.String(128), nullable=False),
        sa.Column("yuan", sa.BigInteger, nullable=False),
        sa.Column("decided_ms", sa.BigInteger, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
    )
    op.create_index("punished_by_party", "punished", ["party", "party_key", "decided_ms", "case"])
    op.execute(
        "INSERT INTO due (topic, key, from_ms, to_ms)"
        " SELECT 'case', id, decided_ms, decided_ms FROM cases WHERE decided_ms IS NOT NULL"
        " ON CONFLICT (topic, key) DO NOTHING"
    )
