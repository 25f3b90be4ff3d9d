"""Raw evidence by hash, its links to entries, and the lanes' durable markers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.String(), primary_key=True),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
    )
    op.create_index("blobs_undelivered", "blobs", ["delivered"])
    op.create_table(
        "entry_evidence",
        sa.Column("row", sa.Integer(), sa.ForeignKey("entries.row"), primary_key=True),
        sa.Column("sha256", sa.String(), sa.ForeignKey("blobs.sha256"), primary_key=True),
    )
    op.create_index("entry_evidence_sha256", "entry_evidence", ["sha256"])
    op.create_table(
        "markers",
        sa.Column("lane", sa.String(), primary_key=True),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("entry_id", sa.String()),
        sa.Column("action", sa.String()),
    )
