"""Numbers of executions and events, and the tables that came between the first ones and these.

Those tables may be there: for a while the service added them without noting a revision. The two that get columns are
made anew and filled in one pass, so that they are what a new database has.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_Sequence = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Bring a database of revision 0001 to 0002."""
    _add_tables()
    op.create_index("ix_tokens_expires", "tokens", ["expires"])
    _number_events()
    _number_executions()


def _add_tables() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("request", sa.String, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_answers_created", "answers", ["created"], if_not_exists=True)
    op.create_table(
        "users",
        sa.Column("username", sa.String, primary_key=True),
        sa.Column("account_alias", sa.String, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "deliveries",
        sa.Column("execution_id", sa.String, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("given_up", sa.Integer, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "schedules",
        sa.Column("seq", _Sequence, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("account_alias", sa.String, nullable=False),
        sa.Column("job_id", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("next_fire", sa.BigInteger),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index("ix_schedules_next_fire", "schedules", ["next_fire"], if_not_exists=True)
    op.create_index("schedules_by_job", "schedules", ["job_id", "seq"], if_not_exists=True)
    op.create_table(
        "fires",
        sa.Column("schedule_id", sa.String, primary_key=True),
        sa.Column("fire_time", sa.BigInteger, primary_key=True),
        sa.Column("execution_id", sa.String, nullable=False, unique=True),
        sa.Column("catch_up", sa.Integer, nullable=False),
        sa.Column("service_account_alias", sa.String, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "service_accounts",
        sa.Column("account_alias", sa.String, primary_key=True),
        sa.Column("alias", sa.String, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        if_not_exists=True,
    )


def _number_events() -> None:
    op.rename_table("events", "events_before")
    op.drop_index("events_by_execution")
    op.drop_index("events_by_job")
    op.create_table(
        "events",
        sa.Column("seq", _Sequence, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("execution_id", sa.String, nullable=False),
        sa.Column("job_id", sa.String, nullable=False),
        sa.Column("account_alias", sa.String, nullable=False),
        sa.Column("execution_number", sa.BigInteger, nullable=False),
        sa.Column("job_number", sa.BigInteger, nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("event_type", sa.String, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.execute(
        """
        INSERT INTO events
        SELECT seq, id, execution_id, job_id, account_alias,
            row_number() OVER (PARTITION BY execution_id ORDER BY seq),
            row_number() OVER (PARTITION BY job_id ORDER BY seq),
            timestamp, event_type, message
        FROM events_before ORDER BY seq
        """
    )
    op.drop_table("events_before")
    op.create_index("events_by_cursor", "events", ["execution_id", "seq"])
    op.create_index("events_by_execution", "events", ["execution_id", "execution_number"], unique=True)
    op.create_index("events_by_job", "events", ["job_id", "job_number"], unique=True)


def _number_executions() -> None:
    op.rename_table("executions", "executions_before")
    for name in ("executions_by_account", "executions_by_job", "executions_by_status"):
        op.drop_index(name)
    op.create_table(
        "executions",
        sa.Column("seq", _Sequence, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("account_alias", sa.String, nullable=False),
        sa.Column("job_id", sa.String, nullable=False),
        sa.Column("account_number", sa.BigInteger, nullable=False),
        sa.Column("job_number", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("needs_keys", sa.Integer, nullable=False),
        sa.Column("timers", sa.Text, nullable=False),
        sa.Column("failed_hosts", sa.Text, nullable=False),
        sa.Column("repository_log", sa.Text),
        sa.Column("boot", sa.String),
        sa.Column("pid", sa.Integer),
        sa.Column("pid_started", sa.BigInteger),
        sa.Column("spool_offset", sa.BigInteger, nullable=False),
        sa.Column("event_count", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    # The first versions kept no event_count; a count of what is there is right for all of them.
    op.execute(
        """
        INSERT INTO executions
        SELECT seq, id, account_alias, job_id,
            row_number() OVER (PARTITION BY account_alias ORDER BY seq),
            row_number() OVER (PARTITION BY job_id ORDER BY seq),
            status, run, sealed, needs_keys, timers, failed_hosts, repository_log, boot, pid, pid_started, spool_offset,
            (SELECT coalesce(max(execution_number), 0) FROM events WHERE execution_id = executions_before.id)
        FROM executions_before ORDER BY seq
        """
    )
    op.drop_table("executions_before")
    op.create_index("executions_by_account", "executions", ["account_alias", "account_number"], unique=True)
    op.create_index("executions_by_job", "executions", ["job_id", "job_number"], unique=True)
    op.create_index("executions_by_status", "executions", ["status", "seq", "account_alias"])
