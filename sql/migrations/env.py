"""Alembic's entry: runs the plain-SQL migrations on the connection that `sql.migrate` opened and
locked."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
