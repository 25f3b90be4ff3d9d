"""The first form: entries, quarantine, progress, alarms, site states, identity."""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
downgrade = no_way_back


def upgrade() -> None:  # long, because a migration is read once and in one piece
    op.create_table(
        "entries",
        sa.Column("journal", sa.String(64), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("lane", sa.String(64)),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("received_ms", sa.BigInteger, nullable=False),
        *[sa.Column(name, sa.LargeBinary, nullable=False) for name in ("body", "prev_hash", "hash", "signature")],
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("alg", sa.String(32), nullable=False),
        sa.Column("plate", sa.String(32)),
        sa.Column("colour", sa.String(32)),
        sa.Column("gross_kg", sa.BigInteger),
        sa.Column("outcome", sa.String(32)),
        sa.Column("excess_kg", sa.BigInteger),
        sa.Column("action", sa.String(32)),
        sa.Column("parent", sa.String(96)),
    )
    op.create_index("entries_newest", "entries", ["at_ms", "journal", "seq"])
    op.create_index("entries_site_newest", "entries", ["site", "at_ms", "journal", "seq"])
    op.create_index("ix_entries_plate", "entries", ["plate"])
    op.create_index("ix_entries_parent", "entries", ["parent"])
    op.create_table(
        "quarantine",
        *_journal_key(),
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("received_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "progress",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("journal", sa.String(64), primary_key=True),
        sa.Column("through", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "alarms",
        sa.Column("kind", sa.String(16), primary_key=True),
        *_journal_key(),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.Column("raised_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "site_states",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("seen_ms", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text),
        sa.Column("status_ms", sa.BigInteger),
    )
    op.create_table(
        "identity",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("incarnation", sa.String(64), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
    )


def _journal_key() -> list[sa.Column[str] | sa.Column[int]]:
    return [
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("journal", sa.String(64), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    ]
