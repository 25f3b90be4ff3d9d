"""The append-only journal of a site: entries, outbox, evidence and lane markers in one SQLite file.

`open_journal` for the gateway; `verify` and `export` need only the file.
"""

from gateway.journal.journal import SqliteJournal
from gateway.journal.opening import open_journal
from gateway.journal.outbox import OutboxEntry
from gateway.journal.retention import Keep
from gateway.journal.verify import VerifyReport, export, verify

__all__ = ["Keep", "OutboxEntry", "SqliteJournal", "VerifyReport", "export", "open_journal", "verify"]
