"""Alembic's entry: runs only on the connection the program hands in, all steps in one transaction."""

from alembic import context

from gateway.journal.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
