"""Referrals to other authorities, and the webhooks' outbox."""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
downgrade = no_way_back


def upgrade() -> None:
    _referrals()
    _outbox()
    op.execute("DELETE FROM due WHERE topic = 'vehicle'")
    op.execute(
        "INSERT INTO due (topic, key, from_ms, to_ms) SELECT 'vehicle', plate, MIN(at_ms), MAX(at_ms) FROM entries"
        " WHERE plate IS NOT NULL AND plate <> '' GROUP BY plate"
    )


def _referrals() -> None:
    op.create_table(
        "suspects",
        sa.Column("entry", sa.String(96), primary_key=True),
        sa.Column("suspicion", sa.String(24), primary_key=True),
        sa.Column("plate", sa.String(32), nullable=False),
        sa.Column("colour", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("suspects_of_vehicle", "suspects", ["plate", "at_ms"])
    op.create_table(
        "referrals",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("plate", sa.String(32), nullable=False),
        sa.Column("colour", sa.String(32), nullable=False),
        sa.Column("suspicion", sa.String(24), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        *[sa.Column(name, sa.BigInteger, nullable=False) for name in ("times", "first_ms", "last_ms")],
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("referrals_newest", "referrals", ["last_ms", "id"])
    op.create_index("referrals_by_state", "referrals", ["state", "last_ms", "id"])


def _outbox() -> None:
    op.create_table(
        "webhook_outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("hook", sa.String(64), nullable=False),
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(240), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_ms", sa.BigInteger, nullable=False),
        sa.Column("error", sa.String(300)),
    )
    op.create_index("webhook_outbox_due", "webhook_outbox", ["state", "hook", "id"])
    op.create_index("webhook_outbox_of_subject", "webhook_outbox", ["hook", "subject", "id"])
