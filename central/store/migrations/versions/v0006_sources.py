"""Source enterprises: register, the two lists, ledger, tickets, silences."""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
downgrade = no_way_back


def upgrade() -> None:
    _register()
    _items()
    _ledger()
    op.execute("DELETE FROM due WHERE topic = 'site'")
    op.execute(
        "INSERT INTO due (topic, key, from_ms, to_ms) SELECT 'site', site, MIN(at_ms), MAX(at_ms) FROM entries"
        " GROUP BY site"
    )


def _register() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("region", sa.String(16), nullable=False),
        sa.Column("authority", sa.String(128), nullable=False),
        sa.Column("key_unit", sa.Boolean, nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("sources_by_kind", "sources", ["kind", "id"])
    op.create_table(
        "source_sites",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(64), primary_key=True),
    )
    op.create_index("ix_source_sites_source", "source_sites", ["source"])


def _items() -> None:
    op.create_table(
        "source_items",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("list", sa.String(16), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("ended", sa.Integer, nullable=False),
        sa.Column("deadline", sa.String(10)),
        sa.Column("listed_by", sa.String(128)),
        sa.Column("opened_ms", sa.BigInteger),
        sa.Column("closed_ms", sa.BigInteger),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("source_items_of_source", "source_items", ["source", "id"])
    op.create_index("source_items_due", "source_items", ["ended", "deadline", "id"])


def _ledger() -> None:
    op.create_table(
        "ledger_days",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("released_over", sa.BigInteger, nullable=False),
        sa.Column("grounds", sa.Text, nullable=False),
    )
    op.create_table(
        "ticket_days",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("tickets", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_ticket_days_source", "ticket_days", ["source"])
    op.create_table(
        "silences",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("from_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("until_ms", sa.BigInteger),
    )
