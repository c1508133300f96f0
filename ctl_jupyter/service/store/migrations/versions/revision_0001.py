"""The first tables: tokens, jobs, executions and events. Every database that notes no revision has at least these."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Do nothing: the service made these tables by itself."""
