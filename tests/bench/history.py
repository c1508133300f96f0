"""Databases with a long history, made in bulk: what the service would have stored, without running anything."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.vault import Vault

__all__ = ["EVENTS_EACH", "History", "make_history"]

ACCOUNT = "LOCAL"
OK = (
    '{"host":"web1","play":"all","task":"Say something","action":"ansible.builtin.debug","changed":false,'
    '"path":"playbook.yml:4","start":1750000000000,"end":1750000000100,"res":{"msg":"something"}}'
)
#: Status events of an execution, oldest first; the middle one stands for what tasks tell.
MESSAGES = (
    ("status_change", '{"status":"PENDING"}'),
    ("status_change", '{"status":"INITIALIZING"}'),
    ("status_change", '{"status":"RUNNING"}'),
    ("runner_on_ok", OK),
    ("playbook_result", '{"status":"SUCCESS","reason":"","failed_hosts":[],"exit_code":0}'),
)
EVENTS_EACH = len(MESSAGES)
TIMERS = '[{"start":1750000000000,"end":1750000001000}]'
UUID = (
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) "
    "|| '-' || hex(randomblob(6)))"
)
EXECUTIONS = f"""
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :executions),
    -- Every second execution is of the first job; the other jobs share the rest.
    placed AS (SELECT n, iif(n % 2, 1, 2 + (n / 2 - 1) % (:jobs - 1)) AS job,
        iif(n % 2, (n + 1) / 2, 1 + (n / 2 - 1) / (:jobs - 1)) AS job_number FROM numbers)
    INSERT INTO executions (id, account_alias, job_id, account_number, job_number, status, run, sealed, needs_keys,
        timers, failed_hosts, spool_offset, event_count)
    SELECT {UUID}, :account, (SELECT id FROM jobs WHERE seq = placed.job), n, job_number, 'SUCCESS', 1, :sealed, 0,
        :timers, '[]', 1000, :events FROM placed
"""
EVENTS = f"""
    INSERT INTO events (id, execution_id, job_id, account_alias, execution_number, job_number, timestamp, event_type,
        message)
    SELECT {UUID}, executions.id, job_id, account_alias, number, (job_number - 1) * :events + number,
        1750000000000 + executions.seq, event_type, message
    FROM executions CROSS JOIN messages ORDER BY executions.seq, number
"""


@dataclass(frozen=True)
class History:
    """What was made: how many of each, and the first job, which every second execution is of."""

    executions: int
    jobs: int
    job_id: str
    path: Path

    def some(self, seqs: list[int]) -> list[tuple[str, str]]:
        """Return job's and execution's id of executions."""
        with sqlite3.connect(self.path) as connection:
            query = "SELECT job_id, id FROM executions WHERE seq = ?"
            found = [connection.execute(query, (seq,)).fetchone() for seq in seqs]
        connection.close()
        return found


def make_history(directory: Path, executions: int, jobs: int) -> History:
    """Make the database and key of a service that has run so many executions, `EVENTS_EACH` events each.

    Parameters
    ----------
    directory
        The service's home, where it has made nothing yet.
    """
    path = directory / "runner.sqlite"
    Database(path).close()
    vault = Vault(directory / "secret.key")
    connection = sqlite3.connect(path)
    # Nothing is kept that a crash could lose; the service sets its own again.
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"):
        connection.execute(f"PRAGMA {pragma}")
    job_ids = _fill_jobs(connection, vault, jobs)
    with _without_indexes(connection):
        sealed = vault.seal({"job": _job(job_ids[0]), "request": {}, "limit": None})
        values = {"executions": executions, "jobs": jobs, "account": ACCOUNT, "sealed": sealed, "timers": TIMERS}
        connection.execute(EXECUTIONS, {**values, "events": EVENTS_EACH})
        connection.execute("CREATE TEMP TABLE messages (number INTEGER, event_type TEXT, message TEXT)")
        connection.executemany(
            "INSERT INTO messages VALUES (?, ?, ?)", [(place, *each) for place, each in enumerate(MESSAGES, 1)]
        )
        connection.execute(EVENTS, {"events": EVENTS_EACH})
    connection.commit()
    connection.close()
    return History(executions, jobs, job_ids[0], path)


def _fill_jobs(connection: sqlite3.Connection, vault: Vault, count: int) -> list[str]:
    job_ids = [connection.execute(f"SELECT {UUID}").fetchone()[0] for _ in range(count)]
    connection.executemany(
        "INSERT INTO jobs (id, account_alias, sealed) VALUES (?, ?, ?)",
        [(job_id, ACCOUNT, vault.seal(_job(job_id))) for job_id in job_ids],
    )
    return job_ids


def _job(job_id: str) -> dict[str, object]:
    playbook = "LSBob3N0czogYWxsCiAgdGFza3M6IFt7YW5zaWJsZS5idWlsdGluLmRlYnVnOiB7bXNnOiBzb21ldGhpbmd9fV0K"
    document = {"id": job_id, "accountAlias": ACCOUNT, "name": f"job {job_id[:8]}", "status": "ACTIVE"}
    return {**document, "playbook": playbook, "hosts": [{"id": "web1"}], "createdTime": 1750000000000}


@contextmanager
def _without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """Take the indexes away and make them again: sorting once is faster than placing each row."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    known = connection.execute(query).fetchall()
    for name, _ in known:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, sql in known:
        connection.execute(sql)
