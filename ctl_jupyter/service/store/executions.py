"""Executions and their status events in the database; nothing else writes a status."""

import time
import uuid
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from ctl_jupyter.documents import (
    Execution,
    Job,
    RepositoryLog,
    StartRequest,
    Status,
    StatusEvent,
    Timer,
    read_job,
    read_start_request,
)
from ctl_jupyter.service.engine.launch import Process, Run
from ctl_jupyter.service.outcome import Outcome
from ctl_jupyter.service.states import ALLOWED_FROM, ENDING, RUNNING_STATUSES
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.jobs import without_keys
from ctl_jupyter.service.store.schema import events, executions
from ctl_jupyter.service.vault import Vault

__all__ = ["MOST_AT_A_TIME", "EventRow", "Executions", "LiveRun"]

#: Executions of an account that run at a time; the others wait.
MOST_AT_A_TIME = 4


@dataclass(frozen=True)
class EventRow:
    """A status event before it has a place in the order."""

    event_type: str
    message: dict[str, Any]
    timestamp: int


@dataclass(frozen=True)
class LiveRun:
    """A run that a supervisor was started for, as the recorder needs it."""

    execution_id: str
    run: int
    status: str
    process: Process | None
    spool_offset: int


class Executions:
    """Creates, finds, claims and ends executions, and keeps their events."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    # --- creating and reading --------------------------------------------------------------------------------

    def create(self, job: Job, request: StartRequest) -> Execution:
        """Store a new execution of a job, PENDING; keys of the request are left out."""
        execution_id = str(uuid.uuid4())
        keyless = without_keys(Job(hosts=request.hosts)).hosts
        sealed = self._vault.seal(
            {"job": without_keys(job).to_wire(), "request": StartRequest(hosts=keyless).to_wire()}
        )
        with self._database.write() as connection:
            connection.execute(
                insert(executions).values(
                    id=execution_id,
                    account_alias=job.account_alias,
                    job_id=job.id,
                    status=Status.PENDING.value,
                    run=1,
                    sealed=sealed,
                    needs_keys=int(has_keys(request)),
                    timers=_text([Timer()]),
                    failed_hosts="[]",
                    spool_offset=0,
                )
            )
            self._append(connection, self._row(connection, execution_id), [_status_change(Status.PENDING)])
            return _document(self._row(connection, execution_id))

    def find(self, account: str, execution_id: str, job_id: str | None = None) -> Execution | None:
        """Return an execution of the account, ``None`` when there is none of that id (and job)."""
        query = select(executions).where(executions.c.id == execution_id, executions.c.account_alias == account)
        if job_id is not None:
            query = query.where(executions.c.job_id == job_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return _document(row) if row is not None else None

    def page(self, account: str, job_id: str | None, page: int, size: int) -> tuple[int, list[Execution]]:
        """Return how many executions there are of a job or the account, and a page of them, newest first."""
        mine = executions.c.account_alias == account
        if job_id is not None:
            mine &= executions.c.job_id == job_id
        rows = select(executions).where(mine).order_by(executions.c.seq.desc()).limit(size).offset(page * size)
        with self._database.read() as connection:
            total = connection.execute(select(func.count()).select_from(executions).where(mine)).scalar_one()
            return total, [_document(row) for row in connection.execute(rows)]

    def count_live(self) -> dict[str, int]:
        """Return how many executions stand in each live status."""
        live = [Status.PENDING.value, *(status.value for status in RUNNING_STATUSES)]
        query = select(executions.c.status, func.count()).where(executions.c.status.in_(live))
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(executions.c.status))}

    def has_live(self, job_id: str) -> bool:
        """Whether an execution of the job has not ended."""
        live = [Status.PENDING.value, *(status.value for status in RUNNING_STATUSES)]
        query = select(executions.c.id).where(executions.c.job_id == job_id, executions.c.status.in_(live)).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    # --- status events ---------------------------------------------------------------------------------------

    def events_page(self, job_id: str, execution_id: str | None, page: int, size: int) -> tuple[int, list[StatusEvent]]:
        """Return how many status events there are, and a page of them, oldest first: what is added moves no page."""
        mine = events.c.execution_id == execution_id if execution_id else events.c.job_id == job_id
        rows = select(events).where(mine).order_by(events.c.seq).limit(size).offset(page * size)
        with self._database.read() as connection:
            total = connection.execute(select(func.count()).select_from(events).where(mine)).scalar_one()
            return total, [_event(row) for row in connection.execute(rows)]

    def events_after(self, execution_id: str, cursor: int, size: int) -> tuple[bool, list[StatusEvent]]:
        """Return the events after a cursor, oldest first, and whether none will ever follow them."""
        rows = (
            select(events)
            .where(events.c.execution_id == execution_id, events.c.seq > cursor)
            .order_by(events.c.seq)
            .limit(size)
        )
        with self._database.read() as connection:
            found = [_event(row) for row in connection.execute(rows)]
            status = connection.execute(select(executions.c.status).where(executions.c.id == execution_id)).scalar()
        return len(found) < size and status in {status.value for status in ENDING}, found

    # --- the life of an execution ----------------------------------------------------------------------------

    def claim(self) -> Run | None:
        """Take the execution that has waited longest in an account with room, and set it INITIALIZING."""
        busy = (
            select(executions.c.account_alias)
            .where(executions.c.status.in_([status.value for status in RUNNING_STATUSES]))
            .group_by(executions.c.account_alias)
            .having(func.count() >= MOST_AT_A_TIME)
        )
        oldest = (
            select(executions)
            .where(executions.c.status == Status.PENDING.value, executions.c.account_alias.not_in(busy))
            .order_by(executions.c.seq)
            .limit(1)
        )
        with self._database.write() as connection:
            row = connection.execute(oldest).first()
            if row is None or not self._change(connection, row.id, row.run, Status.INITIALIZING):
                return None
        content = self._vault.open(row.sealed)
        return Run(row.id, row.run, read_job(content["job"]), read_start_request(content["request"]))

    def pending_with_keys(self) -> list[tuple[str, int]]:
        """Return id and run of the executions that wait and were started with keys."""
        query = select(executions.c.id, executions.c.run).where(
            executions.c.status == Status.PENDING.value, executions.c.needs_keys == 1
        )
        with self._database.read() as connection:
            return [(row.id, row.run) for row in connection.execute(query)]

    def set_process(self, execution_id: str, run: int, process: Process) -> None:
        """Remember the supervisor of a run, so that it is found again after a restart of the service."""
        with self._database.write() as connection:
            connection.execute(
                update(executions)
                .where(executions.c.id == execution_id, executions.c.run == run)
                .values(boot=process.boot, pid=process.pid, pid_started=process.started)
            )

    def live_runs(self) -> list[LiveRun]:
        """Return the runs that a supervisor is, or should be, at work on."""
        query = select(executions).where(executions.c.status.in_([status.value for status in RUNNING_STATUSES]))
        with self._database.read() as connection:
            return [_live_run(row) for row in connection.execute(query.order_by(executions.c.seq))]

    def record(
        self,
        execution_id: str,
        run: int,
        rows: list[EventRow],
        spool_offset: int,
        *,
        is_running: bool = False,
        repository_log: RepositoryLog | None = None,
    ) -> None:
        """Store events read from a spool together with how far it was read, whole or not at all.

        Parameters
        ----------
        is_running
            Whether the playbook has begun, which sets an INITIALIZING execution RUNNING.
        repository_log
            What was checked out, when these lines told.
        """
        with self._database.write() as connection:
            values: dict[str, Any] = {"spool_offset": spool_offset}
            if repository_log is not None:
                values["repository_log"] = _text(repository_log)
            connection.execute(
                update(executions).where(executions.c.id == execution_id, executions.c.run == run).values(values)
            )
            if is_running:
                self._change(connection, execution_id, run, Status.RUNNING)
            self._append(connection, self._row(connection, execution_id), rows)

    def end(self, execution_id: str, run: int, outcome: Outcome) -> bool:
        """Set the final status and append ``playbook_result``; whether the run had not ended before."""
        with self._database.write() as connection:
            if outcome.status == Status.SUCCESS:
                self._change(connection, execution_id, run, Status.RUNNING)
            if not self._change(connection, execution_id, run, outcome.status):
                return False
            connection.execute(
                update(executions)
                .where(executions.c.id == execution_id, executions.c.run == run)
                .values(failed_hosts=_text(outcome.failed_hosts))
            )
            result = EventRow("playbook_result", outcome.message(), _now())
            self._append(connection, self._row(connection, execution_id), [result])
            return True

    def _change(self, connection: Connection, execution_id: str, run: int, to: Status) -> bool:
        """Change a status by compare-and-set, keep the timer and append ``status_change``; whether it was allowed."""
        now = _now()
        changed = connection.execute(
            update(executions)
            .where(
                executions.c.id == execution_id,
                executions.c.run == run,
                executions.c.status.in_([status.value for status in ALLOWED_FROM[to]]),
            )
            .values(status=to.value)
        ).rowcount
        if not changed:
            return False
        row = self._row(connection, execution_id)
        timers = _timers(row)
        if to == Status.INITIALIZING:
            timers[-1].start = now
        elif to in ENDING:
            timers[-1].end = now
        connection.execute(update(executions).where(executions.c.id == execution_id).values(timers=_text(timers)))
        self._append(connection, row, [_status_change(to, now)])
        return True

    def _append(self, connection: Connection, execution: Row[Any], rows: list[EventRow]) -> None:
        if not rows:
            return
        connection.execute(
            insert(events),
            [
                {
                    "id": str(uuid.uuid4()),
                    "execution_id": execution.id,
                    "job_id": execution.job_id,
                    "account_alias": execution.account_alias,
                    "timestamp": row.timestamp,
                    "event_type": row.event_type,
                    "message": _text(row.message),
                }
                for row in rows
            ],
        )

    def _row(self, connection: Connection, execution_id: str) -> Row[Any]:
        return connection.execute(select(executions).where(executions.c.id == execution_id)).one()


def has_keys(request: StartRequest) -> bool:
    """Whether a start came with keys of its own."""
    return bool(request.ssh_private_key or any(host.ssh_private_key for host in request.hosts))


def _now() -> int:
    return time.time_ns() // 1_000_000


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _timers(row: Row[Any]) -> list[Timer]:
    return msgspec.json.decode(row.timers, type=list[Timer])


def _status_change(status: Status, timestamp: int | None = None) -> EventRow:
    return EventRow("status_change", {"status": status.value}, timestamp or _now())


def _live_run(row: Row[Any]) -> LiveRun:
    process = Process(row.boot, row.pid, row.pid_started) if row.pid else None
    return LiveRun(row.id, row.run, row.status, process, row.spool_offset)


def _document(row: Row[Any]) -> Execution:
    return Execution(
        execution_id=row.id,
        job_id=row.job_id,
        account_alias=row.account_alias,
        status=row.status,
        repository_log=msgspec.json.decode(row.repository_log, type=RepositoryLog) if row.repository_log else None,
        failed_hosts=msgspec.json.decode(row.failed_hosts),
        is_vpn_established=False,
        timers=_timers(row),
    )


def _event(row: Row[Any]) -> StatusEvent:
    return StatusEvent(
        id=row.id,
        timestamp=row.timestamp,
        job_id=row.job_id,
        execution_id=row.execution_id,
        account_alias=row.account_alias,
        event_type=row.event_type,
        message=msgspec.Raw(row.message.encode()),
        seq=row.seq,
    )
