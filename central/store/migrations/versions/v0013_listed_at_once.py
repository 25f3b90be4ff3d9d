"""A site's overloads, and a day's counts, are read from an index alone, not from ten million records around them."""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
downgrade = no_way_back

_RARE = "outcome <> 'within'"


def upgrade() -> None:
    op.create_index(
        "entries_rare_outcome_of_site", "entries", ["site", "outcome", "at_ms", "journal", "seq"],
        sqlite_where=sa.text(_RARE), postgresql_where=sa.text(_RARE),
    )  # fmt: skip
    op.drop_index("entries_newest", "entries")
    op.create_index(
        "entries_newest", "entries", ["at_ms", "journal", "seq"],
        postgresql_include=["site", "type", "outcome", "action"],
    )  # fmt: skip
