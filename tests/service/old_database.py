"""Databases as earlier versions of the service left them: their tables, word for word, and rows in them."""

import base64
import json
import sqlite3
from pathlib import Path

from ctl_jupyter.service.vault import Vault

__all__ = ["ACCOUNT", "EVENT_COUNT_KEPT", "FIRST_TABLES", "JOBS", "executions_of", "make_old_database"]

ACCOUNT, JOBS = "LOCAL", ("job-a", "job-b")

FIRST_TABLES = """
CREATE TABLE tokens (
	digest VARCHAR NOT NULL,
	account_alias VARCHAR NOT NULL,
	username VARCHAR NOT NULL,
	expires BIGINT NOT NULL,
	PRIMARY KEY (digest)
);
CREATE TABLE jobs (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	id VARCHAR NOT NULL,
	account_alias VARCHAR NOT NULL,
	sealed BLOB NOT NULL,
	UNIQUE (id)
);
CREATE INDEX jobs_by_account ON jobs (account_alias, seq);
CREATE TABLE executions (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	id VARCHAR NOT NULL,
	account_alias VARCHAR NOT NULL,
	job_id VARCHAR NOT NULL,
	status VARCHAR NOT NULL,
	run INTEGER NOT NULL,
	sealed BLOB NOT NULL,
	needs_keys INTEGER NOT NULL,
	timers TEXT NOT NULL,
	failed_hosts TEXT NOT NULL,
	repository_log TEXT,
	boot VARCHAR,
	pid INTEGER,
	pid_started BIGINT,
	spool_offset BIGINT NOT NULL,
	UNIQUE (id)
);
CREATE INDEX executions_by_status ON executions (status, seq);
CREATE INDEX executions_by_job ON executions (job_id, seq);
CREATE INDEX executions_by_account ON executions (account_alias, seq);
CREATE TABLE events (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	id VARCHAR NOT NULL,
	execution_id VARCHAR NOT NULL,
	job_id VARCHAR NOT NULL,
	account_alias VARCHAR NOT NULL,
	timestamp BIGINT NOT NULL,
	event_type VARCHAR NOT NULL,
	message TEXT NOT NULL
);
CREATE INDEX events_by_job ON events (job_id, seq);
CREATE INDEX events_by_execution ON events (execution_id, seq);
"""

#: What a later version made of it, which kept this count and added a table, and noted no revision either.
EVENT_COUNT_KEPT = """
ALTER TABLE executions ADD COLUMN event_count BIGINT NOT NULL DEFAULT 0;
CREATE TABLE answers (
	id VARCHAR NOT NULL,
	request VARCHAR NOT NULL,
	sealed BLOB NOT NULL,
	created BIGINT NOT NULL,
	PRIMARY KEY (id)
);
CREATE INDEX ix_answers_created ON answers (created);
UPDATE executions SET event_count = (SELECT count(*) FROM events WHERE execution_id = executions.id);
"""

PLAYBOOK = base64.b64encode(
    b"- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.debug: {msg: a}}]\n"
).decode()
COUNT = 7


def executions_of(job_id: str) -> list[str]:
    """Return the ids of a job's executions, oldest first; those of both jobs alternate."""
    return [f"execution-{number}" for number in range(COUNT) if JOBS[number % 2] == job_id]


def make_old_database(directory: Path, later: str = "") -> None:
    """Make the database and key of a service that has run two jobs in turn, `COUNT` times, 3 events each.

    Parameters
    ----------
    later
        What is done to it after that, as SQL.
    """
    vault = Vault(directory / "secret.key")
    connection = sqlite3.connect(directory / "runner.sqlite")
    connection.executescript(FIRST_TABLES)
    for job_id in JOBS:
        job = {"id": job_id, "accountAlias": ACCOUNT, "name": job_id, "status": "ACTIVE", "playbook": PLAYBOOK}
        row = (job_id, ACCOUNT, vault.seal({**job, "hosts": [{"id": "localhost"}]}))
        connection.execute("INSERT INTO jobs (id, account_alias, sealed) VALUES (?, ?, ?)", row)
    for number in range(COUNT):
        job_id, status = JOBS[number % 2], "SUCCESS" if number else "FAILURE"
        sealed = vault.seal({"job": {"name": job_id, "hosts": [{"id": "localhost"}]}, "request": {}})
        connection.execute(
            """INSERT INTO executions (id, account_alias, job_id, status, run, sealed, needs_keys, timers, failed_hosts,
            spool_offset) VALUES (?, ?, ?, ?, 1, ?, 0, '[{"start":1,"end":2}]', '[]', 0)""",
            (f"execution-{number}", ACCOUNT, job_id, status, sealed),
        )
    messages = ({"status": "PENDING"}, {"status": "RUNNING"}, {"status": "SUCCESS"})
    for place, message in enumerate(messages):
        for number in range(COUNT):
            connection.execute(
                """INSERT INTO events (id, execution_id, job_id, account_alias, timestamp, event_type, message)
                VALUES (?, ?, ?, ?, ?, 'status_change', ?)""",
                (f"{number}.{place}", f"execution-{number}", JOBS[number % 2], ACCOUNT, place, json.dumps(message)),
            )
    connection.executescript(later)
    connection.commit()
    connection.close()
