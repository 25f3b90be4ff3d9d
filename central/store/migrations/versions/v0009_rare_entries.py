"""Rare entries are found among ten million without looking through the common ones."""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
downgrade = no_way_back

_PLACE = ("at_ms", "journal", "seq")
_PARTS = (
    ("entries_rare_type", "type <> 'weighing'", ["type", *_PLACE]),
    ("entries_rare_outcome", "outcome <> 'within'", ["outcome", *_PLACE]),
    ("entries_hundred_tonnes", "gross_kg >= 100000", [*_PLACE]),
)


def upgrade() -> None:
    for name, of, columns in _PARTS:
        op.create_index(name, "entries", columns, sqlite_where=sa.text(of), postgresql_where=sa.text(of))
