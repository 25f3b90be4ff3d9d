"""Alembic's entry: migrates the connection it is handed, in one transaction."""

from alembic import context
from sqlmodel import SQLModel

# ruff: noqa: F401 - their classes are the schema compared with
import central.store.access_tables
import central.store.case_tables
import central.store.counted_tables
import central.store.credit_tables
import central.store.fact_tables
import central.store.sharing_tables
import central.store.source_tables
import central.store.tables
import central.store.trace_tables

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
