"""What was decided against a large fleet is counted from an index alone, not from rows all over the table."""

from alembic import op

from central.store.no_way_back import no_way_back

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
downgrade = no_way_back


def upgrade() -> None:
    op.drop_index("tallies_of_party", "tallies")
    op.create_index(
        "tallies_of_party", "tallies", ["party", "party_key", "decided_ms"],
        postgresql_include=["case", "act_key", "vehicle"],
    )  # fmt: skip
