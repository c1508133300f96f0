"""What Alembic runs the migrations in: the connection, and the transaction, of ``revisions``."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
