"""Entries, outbox, personal rows and the journal's own name and key."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("row", sa.Integer(), primary_key=True),
        sa.Column("journal", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("lane", sa.String()),
        sa.Column("passage", sa.Integer()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("alg", sa.String(), nullable=False),
        sa.UniqueConstraint("journal", "seq", name="entries_journal_seq"),
    )
    op.create_index(
        "entries_one_weighing",
        "entries",
        ["journal", "lane", "passage"],
        unique=True,
        sqlite_where=sa.text("type = 'weighing' AND passage IS NOT NULL"),
    )
    op.create_index("entries_type", "entries", ["type", "row"])
    op.create_table(
        "outbox",
        sa.Column("row", sa.Integer(), sa.ForeignKey("entries.row"), primary_key=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String()),
    )
    op.create_index("outbox_order", "outbox", ["state", "priority", "row"])
    op.create_table(
        "personal",
        sa.Column("row", sa.Integer(), sa.ForeignKey("entries.row"), primary_key=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
