"""The tables. ``seq`` is the order of everything: it only grows.

Executions and events have numbers, too: 1, 2, 3 … within their account, job or execution, none left out, given in the
transaction that stores the row. So the last number is how many there are, and a page of a list is a range of numbers:
neither counts or passes over what is not shown, however long the history. Both stay true because executions and events
are never deleted. Jobs and schedules are deleted, and are few: their lists count along an index.

A change here needs a migration beside it (``migrations``); databases of earlier versions are brought up by it.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

__all__ = [
    "answers",
    "deliveries",
    "events",
    "executions",
    "fires",
    "jobs",
    "metadata",
    "schedules",
    "service_accounts",
    "tokens",
    "users",
]

metadata = MetaData()

# SQLite numbers rows by itself only in a column that it calls INTEGER.
_Sequence = BigInteger().with_variant(Integer, "sqlite")

tokens = Table(
    "tokens",
    metadata,
    Column("digest", String, primary_key=True),
    Column("account_alias", String, nullable=False),
    Column("username", String, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
)

jobs = Table(
    "jobs",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("account_alias", String, nullable=False),
    # The whole document, encrypted: properties, host variables and credentials may be secret.
    Column("sealed", LargeBinary, nullable=False),
    Index("jobs_by_account", "account_alias", "seq"),
    sqlite_autoincrement=True,
)

executions = Table(
    "executions",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("account_alias", String, nullable=False),
    Column("job_id", String, nullable=False),
    Column("account_number", BigInteger, nullable=False),
    Column("job_number", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("run", Integer, nullable=False),
    # Job and request as they were when it was started, without the keys, encrypted.
    Column("sealed", LargeBinary, nullable=False),
    Column("needs_keys", Integer, nullable=False),
    Column("timers", Text, nullable=False),
    Column("failed_hosts", Text, nullable=False),
    Column("repository_log", Text),
    Column("boot", String),
    Column("pid", Integer),
    Column("pid_started", BigInteger),
    Column("spool_offset", BigInteger, nullable=False),
    Column("event_count", BigInteger, nullable=False),
    Index("executions_by_account", "account_alias", "account_number", unique=True),
    Index("executions_by_job", "job_id", "job_number", unique=True),
    # With the account, so that the queue's first with room is found without opening what waits before it.
    Index("executions_by_status", "status", "seq", "account_alias"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False),
    Column("execution_id", String, nullable=False),
    Column("job_id", String, nullable=False),
    Column("account_alias", String, nullable=False),
    Column("execution_number", BigInteger, nullable=False),
    Column("job_number", BigInteger, nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("event_type", String, nullable=False),
    Column("message", Text, nullable=False),
    # Followers have a cursor, pages have numbers.
    Index("events_by_cursor", "execution_id", "seq"),
    Index("events_by_execution", "execution_id", "execution_number", unique=True),
    Index("events_by_job", "job_id", "job_number", unique=True),
    sqlite_autoincrement=True,
)

answers = Table(
    "answers",
    metadata,
    Column("id", String, primary_key=True),
    Column("request", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created", BigInteger, nullable=False, index=True),
)

users = Table(
    "users",
    metadata,
    Column("username", String, primary_key=True),
    Column("account_alias", String, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

# What callbacks have still to be sent: one row per execution and callback, gone when all is delivered.
deliveries = Table(
    "deliveries",
    metadata,
    Column("execution_id", String, primary_key=True),
    # Of the callback among those of the job that is sealed in the execution: URL and secret stand there alone.
    Column("place", Integer, primary_key=True),
    # The last event that was delivered or given up, and the last that is to be, when not all.
    Column("cursor", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("failing_since", BigInteger),
    Column("given_up", Integer, nullable=False),
)

schedules = Table(
    "schedules",
    metadata,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("account_alias", String, nullable=False),
    Column("job_id", String, nullable=False),
    # Counts the documents that it has had: a start that was planned for an earlier one does not happen.
    Column("version", Integer, nullable=False),
    # The first moment not dealt with yet, epoch milliseconds; NULL when there is none.
    Column("next_fire", BigInteger, index=True),
    # The document as it was given, encrypted.
    Column("sealed", LargeBinary, nullable=False),
    Index("schedules_by_job", "job_id", "seq"),
    sqlite_autoincrement=True,
)

# What schedules have started: the key is what makes it once. Rows outlive their schedule, as executions do.
fires = Table(
    "fires",
    metadata,
    Column("schedule_id", String, primary_key=True),
    Column("fire_time", BigInteger, primary_key=True),
    Column("execution_id", String, nullable=False, unique=True),
    Column("catch_up", Integer, nullable=False),
    Column("service_account_alias", String, nullable=False),
)

service_accounts = Table(
    "service_accounts",
    metadata,
    Column("account_alias", String, primary_key=True),
    Column("alias", String, primary_key=True),
    # User name and password, encrypted.
    Column("sealed", LargeBinary, nullable=False),
)
