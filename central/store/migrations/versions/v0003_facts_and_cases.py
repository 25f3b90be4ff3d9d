"""Facts of people and other authorities, what is due, and what is derived: acts, leads, cases, counts, duties.

Nothing of the entries changes. All vehicles that are already stored become due, to be derived at the first start.
"""

import sqlalchemy as sa
from alembic import op

from central.store.no_way_back import no_way_back

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
downgrade = no_way_back


def upgrade() -> None:
    _facts()
    _acts()
    _leads()
    _cases()
    _accumulation()
    op.create_index("entries_vehicle_time", "entries", ["plate", "at_ms", "journal", "seq"])
    op.drop_index("ix_entries_plate", "entries")  # the new one begins with it
    op.execute(
        "INSERT INTO due (topic, key, from_ms, to_ms)"
        " SELECT 'vehicle', plate, MIN(at_ms), MAX(at_ms) FROM entries WHERE plate IS NOT NULL AND plate <> ''"
        " GROUP BY plate"
    )
    op.execute(
        "INSERT INTO due (topic, key, from_ms, to_ms)"
        " SELECT 'loose', CASE WHEN parent IS NULL OR parent = '' THEN journal || '/' || seq ELSE parent END,"
        " MIN(at_ms), MAX(at_ms) FROM entries WHERE plate IS NULL OR plate = '' GROUP BY 2"
    )
    op.execute(
        "INSERT INTO due (topic, key, from_ms, to_ms)"
        " SELECT 'site', site, MIN(at_ms), MAX(at_ms) FROM entries GROUP BY site"
    )


def _facts() -> None:
    op.create_table(
        "facts",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(160), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("why", sa.String(2000), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("facts_of_subject", "facts", ["subject", "at_ms", "id"])
    op.create_index("facts_of_kind", "facts", ["kind", "at_ms", "id"])
    op.create_table(
        "persons",
        sa.Column("fact", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.String(500), nullable=False),
    )
    op.create_table(
        "due",
        sa.Column("topic", sa.String(16), primary_key=True),
        sa.Column("key", sa.String(160), primary_key=True),
        sa.Column("from_ms", sa.BigInteger, nullable=False),
        sa.Column("to_ms", sa.BigInteger, nullable=False),
    )


def _acts() -> None:
    op.create_table(
        "acts",
        sa.Column("id", sa.String(96), primary_key=True),
        sa.Column("plate", sa.String(32)),
        sa.Column("colour", sa.String(32)),
        sa.Column("begins_ms", sa.BigInteger, nullable=False),
        sa.Column("ends_ms", sa.BigInteger, nullable=False),
        sa.Column("consequence", sa.String(8), nullable=False),
        sa.Column("mode", sa.String(32), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("worst", sa.String(96), nullable=False),
        sa.Column("excess_kg", sa.BigInteger, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("acts_of_vehicle", "acts", ["plate", "begins_ms", "id"])
    op.create_table(
        "act_members",
        sa.Column("entry", sa.String(96), primary_key=True),
        sa.Column("act", sa.String(96), nullable=False),
    )
    op.create_index("ix_act_members_act", "act_members", ["act"])


def _leads() -> None:
    op.create_table(
        "leads",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("entry", sa.String(96), nullable=False),
        sa.Column("act", sa.String(96)),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("plate", sa.String(32)),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("party", sa.String(16), nullable=False),
        sa.Column("party_key", sa.String(128)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("ix_leads_entry", "leads", ["entry"])
    op.create_index("leads_newest", "leads", ["at_ms", "id"])
    for name, first in (("state", "state"), ("site", "site"), ("plate", "plate"), ("party", "party_key")):
        op.create_index(f"leads_by_{name}", "leads", [first, "at_ms", "id"])


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("authority", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("entry", sa.String(96)),
        sa.Column("weighing", sa.String(96)),
        sa.Column("act", sa.String(96)),
        sa.Column("plate", sa.String(32)),
        sa.Column("colour", sa.String(32)),
        *[sa.Column(name, sa.String(128)) for name in ("driver", "enterprise", "source")],
        sa.Column("happened_ms", sa.BigInteger, nullable=False),
        sa.Column("filed_ms", sa.BigInteger, nullable=False),
        sa.Column("decided_ms", sa.BigInteger),
        sa.Column("closed_ms", sa.BigInteger),
        sa.Column("counted", sa.Boolean, nullable=False),
        sa.Column("annulled", sa.Boolean, nullable=False),
        sa.Column("review", sa.String(500)),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("ix_cases_entry", "cases", ["entry"])
    op.create_index("ix_cases_weighing", "cases", ["weighing"])
    op.create_index("cases_newest", "cases", ["filed_ms", "id"])
    for name in ("state", "plate", "driver", "enterprise", "source"):
        op.create_index(f"cases_by_{name}", "cases", [name, "filed_ms", "id"])
    flagged = sa.text("review IS NOT NULL")
    op.create_index("cases_to_review", "cases", ["filed_ms", "id"], sqlite_where=flagged, postgresql_where=flagged)


def _accumulation() -> None:
    op.create_table(
        "tallies",
        sa.Column("party", sa.String(16), primary_key=True),
        sa.Column("party_key", sa.String(128), primary_key=True),
        sa.Column("case", sa.String(64), primary_key=True),
        sa.Column("act_key", sa.String(128), nullable=False),
        sa.Column("happened_ms", sa.BigInteger, nullable=False),
        sa.Column("decided_ms", sa.BigInteger, nullable=False),
        sa.Column("vehicle", sa.String(128)),
        sa.Column("origin", sa.String(16), nullable=False),
    )
    op.create_index("tallies_of_party", "tallies", ["party", "party_key", "decided_ms"])
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(256), primary_key=True),
        sa.Column("party", sa.String(16), nullable=False),
        sa.Column("party_key", sa.String(128), nullable=False),
        sa.Column("measure", sa.String(32), nullable=False),
        sa.Column("clause", sa.String(128), nullable=False),
        sa.Column("authority", sa.String(128), nullable=False),
        sa.Column("case", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("proposals_newest", "proposals", ["at_ms", "id"])
    op.create_index("proposals_of_party", "proposals", ["party", "party_key"])
    op.create_table(
        "duties",
        sa.Column("id", sa.String(256), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(160), nullable=False),
        sa.Column("clause", sa.String(128), nullable=False),
        sa.Column("due_day", sa.String(10), nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("done_ms", sa.BigInteger),
    )
    op.create_index("duties_open", "duties", ["done", "due_day", "id"])
    op.create_index("duties_of_subject", "duties", ["subject"])
