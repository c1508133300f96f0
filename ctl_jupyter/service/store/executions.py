"""Executions and their status events in the database; nothing else writes a status."""

import time
import uuid
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, insert, literal, select, text, update

from ctl_jupyter.documents import (
    DocumentError,
    Execution,
    Host,
    Job,
    RepositoryLog,
    ScheduledStart,
    StartRequest,
    Status,
    StatusEvent,
    Timer,
    read_job,
    read_start_request,
)
from ctl_jupyter.service.engine.launch import Run
from ctl_jupyter.service.engine.processes import Process, boot_id
from ctl_jupyter.service.outcome import Outcome
from ctl_jupyter.service.states import ENDING, RUNNING_STATUSES, Actor, allowed_from
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.deliveries import Deliveries
from ctl_jupyter.service.store.events import event_of
from ctl_jupyter.service.store.jobs import without_keys
from ctl_jupyter.service.store.numbers import Numbered
from ctl_jupyter.service.store.once import Once
from ctl_jupyter.service.store.schedules import DueStart, executions_with_schedule, scheduled_start
from ctl_jupyter.service.store.schema import events, executions
from ctl_jupyter.service.vault import Vault

__all__ = ["MOST_AT_A_TIME", "EventRow", "Executions", "LiveRun"]

#: What an execution that was given an order ends as.
_ENDS_AS = {Status.STOPPING: Status.STOPPED, Status.KILLING: Status.KILLED}

#: Executions of an account that run at a time; the others wait.
MOST_AT_A_TIME = 4

_RUNNING = sorted(status.value for status in RUNNING_STATUSES)
_LIVE = [Status.PENDING.value, *_RUNNING]
#: Events have the numbers that SQLite gives: more are skipped than can have been undone since the last sync.
_SKIP_CURSORS = text("update sqlite_sequence set seq = seq + 1000000 where name = 'events'")


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
    #: The boot in which it was taken from the queue; ``None`` when it never was.
    claimed_in: str | None = None
    needs_keys: bool = False


class Executions:
    """Creates, finds, claims and ends executions, and keeps their events."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        #: What callbacks have still to be sent; begun, and told of new events, in the same transactions.
        self.deliveries = Deliveries(database, vault)

    # --- creating and reading --------------------------------------------------------------------------------

    def create(
        self, job: Job, request: StartRequest, once: Once | None = None, due_start: DueStart | None = None
    ) -> Execution:
        """Store a new execution of a job, PENDING; keys of the request are left out.

        Parameters
        ----------
        due_start
            What a schedule starts by it; recorded in the same transaction.

        Raises
        ------
        Repeated
            With the execution's document, when the request was carried out before.
        AlreadyStarted, NotDue
            When what the schedule starts has its execution, or is not to be started any more.
        """
        execution_id = str(uuid.uuid4())
        with self._database.write() as connection:
            if once is not None:
                once.check(connection)
            if due_start is not None:
                due_start.take(connection, execution_id)
            job = self.deliveries.follow(connection, execution_id, job)
            scope = {"account": job.account_alias, "job": job.id}
            before = [number or 0 for number in connection.execute(_COUNTS, scope).one()]
            new = {
                "id": execution_id,
                "account_alias": job.account_alias,
                "job_id": job.id,
                "account_number": before[0] + 1,
                "job_number": before[1] + 1,
                "status": Status.PENDING.value,
                "run": 1,
                "sealed": self._sealed(job, request),
                "needs_keys": int(has_keys(request)),
                "timers": _text([Timer()]),
                "failed_hosts": "[]",
                "spool_offset": 0,
                "event_count": 1,
            }
            row = connection.execute(_NEW_EXECUTION, new).one()
            self._store(connection, row, [_status_change(Status.PENDING)], 1, before[2] + 1)
            document = _document(row, due_start.document if due_start is not None else None)
            if once is not None:
                once.keep(connection, document)
            return document

    def find(self, account: str, execution_id: str, job_id: str | None = None) -> Execution | None:
        """Return an execution of the account, ``None`` when there is none of that id (and job)."""
        query = executions_with_schedule().where(executions.c.id == execution_id, executions.c.account_alias == account)
        if job_id is not None:
            query = query.where(executions.c.job_id == job_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return _document(row, scheduled_start(row)) if row is not None else None

    def page(self, account: str, job_id: str | None, page: int, size: int) -> tuple[int, list[Execution]]:
        """Return how many executions there are of a job or the account, and a page of them, newest first."""
        mine = _of_account(account) if job_id is None else _of_job(account, job_id)
        with self._database.read() as connection:
            total = mine.last(connection)
            rows = executions_with_schedule().where(mine.newest_first(total, page, size))
            return total, [
                _document(row, scheduled_start(row)) for row in connection.execute(rows.order_by(mine.column.desc()))
            ]

    def count_live(self) -> dict[str, int]:
        """Return how many executions stand in each live status."""
        query = select(executions.c.status, func.count()).where(executions.c.status.in_(_LIVE))
        with self._database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(query.group_by(executions.c.status))}

    def live_ids(self) -> list[str]:
        """Return the ids of the executions that have not ended, oldest first."""
        query = select(executions.c.id).where(executions.c.status.in_(_LIVE)).order_by(executions.c.seq)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def has_live(self, job_id: str) -> bool:
        """Whether an execution of the job has not ended."""
        # Looked for among the live ones, which are few, and not among all that the job ever had.
        live = select(executions.c.job_id).where(executions.c.status.in_(_LIVE))
        with self._database.read() as connection:
            return bool(connection.execute(select(literal(job_id).in_(live))).scalar())

    # --- status events ---------------------------------------------------------------------------------------

    def events_page(self, job_id: str, execution_id: str | None, page: int, size: int) -> tuple[int, list[StatusEvent]]:
        """Return how many status events there are, and a page of them, oldest first: what is added moves no page."""
        mine = (
            Numbered(events.c.execution_number, events.c.execution_id == execution_id)
            if execution_id
            else _events_of_job(job_id)
        )
        rows = select(events).where(mine.oldest_first(page, size)).order_by(mine.column)
        with self._database.read() as connection:
            return mine.last(connection), [event_of(row) for row in connection.execute(rows)]

    def events_after(self, execution_id: str, cursor: int, size: int) -> tuple[bool, list[StatusEvent]]:
        """Return the events after a cursor, oldest first, and whether none will ever follow them."""
        rows = (
            select(events)
            .where(events.c.execution_id == execution_id, events.c.seq > cursor)
            .order_by(events.c.seq)
            .limit(size)
        )
        with self._database.read() as connection:
            found = [event_of(row) for row in connection.execute(rows)]
            status = connection.execute(select(executions.c.status).where(executions.c.id == execution_id)).scalar()
        return len(found) < size and status in {status.value for status in ENDING}, found

    def skip_cursors(self) -> None:
        """See to it that no event to come is behind a cursor that was told before, even of events that are undone."""
        with self._database.write() as connection:
            connection.execute(_SKIP_CURSORS)

    # --- the life of an execution ----------------------------------------------------------------------------

    def claim(self) -> Run | None:
        """Take the execution that has waited longest in an account with room, and set it INITIALIZING."""
        with self._database.read() as connection:
            # Each start asks, and finds all places taken when many wait: that must keep no writer waiting.
            if connection.execute(_IS_ANY_NEXT).first() is None:
                return None
        with self._database.write() as connection:
            row = connection.execute(_NEXT).first()
            if row is None or not self._change(connection, row, Status.INITIALIZING, Actor.DISPATCHER):
                return None
            connection.execute(update(executions).where(executions.c.id == row.id).values(boot=boot_id()))
        content = self._vault.open(row.sealed)
        return Run(
            row.id,
            row.run,
            read_job(content["job"]),
            read_start_request(content["request"]),
            tuple(content.get("limit") or ()),
        )

    def queue_again(self, execution_id: str, run: int) -> bool:
        """Have a run that nobody began wait once more, in its old place; whether that was allowed.

        The number of the run is raised, so that whatever comes late finds that it is over.
        """
        with self._database.write() as connection:
            row = self._row(connection, execution_id)
            if row.run != run or not self._change(connection, row, Status.PENDING, Actor.DISPATCHER):
                return False
            connection.execute(
                update(executions)
                .where(executions.c.id == execution_id)
                .values(
                    run=run + 1,
                    timers=_text([*_timers(row)[:-1], Timer()]),
                    boot=None,
                    pid=None,
                    pid_started=None,
                    spool_offset=0,
                )
            )
            return True

    def pending_with_keys(self) -> list[tuple[str, int]]:
        """Return id and run of the executions that wait and were started with keys."""
        query = select(executions.c.id, executions.c.run).where(
            executions.c.status == Status.PENDING.value, executions.c.needs_keys == 1
        )
        with self._database.read() as connection:
            return [(row.id, row.run) for row in connection.execute(query)]

    def set_process(self, execution_id: str, run: int, process: Process) -> None:
        """Remember the supervisor of a run, so that it is found again after a restart of the service."""
        # A power failure ends the process as well.
        with self._database.write(at_once_on_disk=False) as connection:
            connection.execute(
                update(executions)
                .where(executions.c.id == execution_id, executions.c.run == run)
                .values(boot=process.boot, pid=process.pid, pid_started=process.started)
            )

    def live_runs(self) -> list[LiveRun]:
        """Return the runs that a supervisor is, or should be, at work on."""
        query = select(executions).where(executions.c.status.in_(_RUNNING))
        with self._database.read() as connection:
            return [_live_run(row) for row in connection.execute(query.order_by(executions.c.seq))]

    def record(
        self,
        execution_id: str,
        run: int,
        rows: list[EventRow],
        spool_offset: int,
        *,
        status: Status | None = None,
        repository_log: RepositoryLog | None = None,
    ) -> None:
        """Store events read from a spool together with how far it was read, whole or not at all.

        Parameters
        ----------
        status
            What the lines set the execution to: RUNNING when the playbook has begun, STOPPING when its time is over.
        repository_log
            What was checked out, when these lines told.
        """
        # The disk is not waited for: what a power failure undoes is of a run that it ended. The end of a run is on
        # disk at once, and with it all that came before.
        with self._database.write(at_once_on_disk=False) as connection:
            row = self._row(connection, execution_id)
            if row.run != run or row.spool_offset >= spool_offset:
                return  # another run by now, or stored before
            values: dict[str, Any] = {"spool_offset": spool_offset}
            if repository_log is not None:
                values["repository_log"] = _text(repository_log)
            connection.execute(update(executions).where(executions.c.id == execution_id).values(values))
            first = _first_of(status, rows)
            self._append(connection, row, rows[:first])
            if status is not None:
                self._change(connection, row, status, Actor.RECORDER)
            self._append(connection, row, rows[first:])

    def end(self, execution_id: str, run: int, outcome: Outcome, actor: Actor, stop_reason: str = "") -> bool:
        """Set the final status and append ``playbook_result``; whether the run had not ended before.

        An execution that was told to stop or to be killed ends as STOPPED or KILLED, however its run ended.

        Parameters
        ----------
        stop_reason
            Why it was stopped, when not by a user.
        """
        with self._database.write() as connection:
            row = self._row(connection, execution_id)
            if row.run != run:
                return False
            told = _ENDS_AS.get(Status(row.status))
            if told is not None:
                outcome = replace(outcome, status=told, reason=stop_reason or f"It was {told.lower()} as asked.")
                actor = Actor.RECORDER
            elif outcome.status == Status.SUCCESS:
                self._change(connection, row, Status.RUNNING, actor)
            if not self._change(connection, row, outcome.status, actor):
                return False
            connection.execute(
                update(executions)
                .where(executions.c.id == execution_id)
                .values(failed_hosts=_text(outcome.failed_hosts))
            )
            self._append(connection, row, [EventRow("playbook_result", outcome.message(), _now())])
            return True

    def order(self, execution_id: str, to: Status) -> "tuple[Execution, LiveRun, Status] | None":
        """Set an execution STOPPING or KILLING for a user.

        Returns
        -------
        tuple or None
            Its document, its run, and its status before; ``None`` when that status does not allow it.
        """
        with self._database.write() as connection:
            row = self._row(connection, execution_id)
            if not self._change(connection, row, to, Actor.USER):
                return None
            changed = self._row(connection, execution_id)
            return _document(changed, scheduled_start(changed)), _live_run(changed), Status(row.status)

    def restart(
        self, execution_id: str, job: Job | None, request: StartRequest, once: Once | None = None
    ) -> tuple[Execution, StartRequest] | None:
        """Queue a failed execution once more, for its failed hosts or for those of them that are given.

        Parameters
        ----------
        job
            The job as it is now; as it was at the start when it has been deleted.

        Returns
        -------
        tuple or None
            The document, PENDING, and the whole request with the keys given; ``None`` when it has not failed.

        Raises
        ------
        DocumentError
            When a host is given that did not fail.
        Repeated
            With the execution's document, when the request was carried out before.
        """
        with self._database.write() as connection:
            if once is not None:
                once.check(connection)
            row = self._row(connection, execution_id)
            if not self._change(connection, row, Status.PENDING, Actor.USER):
                return None
            content = self._vault.open(row.sealed)
            before = read_job(content["job"])
            started = read_start_request(content["request"])
            hosts = started.hosts or before.hosts
            # One that never ran was for the hosts of its limit; on a whole inventory, for those of its start or all.
            ran_on = started.hosts if before.use_dynamic_inventory else hosts
            failed: list[str] = (
                msgspec.json.decode(row.failed_hosts) or content.get("limit") or [host.id for host in ran_on]
            )
            limit = [host.id for host in request.hosts] or failed
            merged = _merged(hosts, request.hosts, failed) if limit else []
            # Variables and tags of the start go on holding, though the job is taken as it is now.
            whole = StartRequest(
                hosts=merged,
                ssh_private_key=request.ssh_private_key,
                properties={**started.properties, **request.properties},
                playbook_tags=request.playbook_tags or started.playbook_tags,
            )
            job = self.deliveries.follow(connection, execution_id, job or before, before)
            connection.execute(
                update(executions)
                .where(executions.c.id == execution_id)
                .values(
                    run=row.run + 1,
                    sealed=self._sealed(job, whole, limit),
                    needs_keys=int(has_keys(whole)),
                    timers=_text([*_timers(row), Timer()]),
                    failed_hosts="[]",
                    boot=None,
                    pid=None,
                    pid_started=None,
                    spool_offset=0,
                )
            )
            return self._answer(connection, execution_id, once), whole

    def _answer(self, connection: Connection, execution_id: str, once: Once | None) -> Execution:
        row = self._row(connection, execution_id)
        document = _document(row, scheduled_start(row))
        if once is not None:
            once.keep(connection, document)
        return document

    def _sealed(self, job: Job, request: StartRequest, limit: list[str] | None = None) -> bytes:
        hosts = without_keys(Job(hosts=request.hosts)).hosts
        keyless = msgspec.structs.replace(request, hosts=hosts, ssh_private_key=None)
        return self._vault.seal({"job": without_keys(job).to_wire(), "request": keyless.to_wire(), "limit": limit})

    def _change(self, connection: Connection, row: Row[Any], to: Status, actor: Actor) -> bool:
        """Change a status by compare-and-set, keep the timer and append ``status_change``; whether it was allowed.

        Parameters
        ----------
        row
            As it was read in this transaction.
        """
        now = _now()
        before = sorted(status.value for status in allowed_from(actor, to))
        timers = _timers(row)
        if to == Status.INITIALIZING:
            timers[-1].start = now
        elif to in ENDING:
            timers[-1].end = now
        changed = connection.execute(
            update(executions)
            .where(executions.c.id == row.id, executions.c.run == row.run, executions.c.status.in_(before))
            .values(status=to.value, timers=_text(timers))
        ).rowcount
        if not changed:
            return False
        if to.value != row.status:
            self._append(connection, row, [_status_change(to, now)])
        return True

    def _append(self, connection: Connection, execution: Row[Any], rows: list[EventRow]) -> None:
        if not rows:
            return
        count = connection.execute(
            update(executions)
            .where(executions.c.id == execution.id)
            .values(event_count=executions.c.event_count + len(rows))
            .returning(executions.c.event_count)
        ).scalar_one()
        last_of_job = connection.execute(_LAST_EVENT_OF_JOB, {"job": execution.job_id}).scalar() or 0
        self._store(connection, execution, rows, count - len(rows) + 1, last_of_job + 1)

    def _store(
        self, connection: Connection, execution: Row[Any], rows: list[EventRow], first: int, first_of_job: int
    ) -> None:
        """Store events with the numbers from these on."""
        connection.execute(
            insert(events),
            [
                {
                    "id": str(uuid.uuid4()),
                    "execution_id": execution.id,
                    "job_id": execution.job_id,
                    "account_alias": execution.account_alias,
                    "execution_number": first + place,
                    "job_number": first_of_job + place,
                    "timestamp": row.timestamp,
                    "event_type": row.event_type,
                    "message": _text(row.message),
                }
                for place, row in enumerate(rows)
            ],
        )
        self.deliveries.note(execution.id)

    def _row(self, connection: Connection, execution_id: str) -> Row[Any]:
        return connection.execute(executions_with_schedule().where(executions.c.id == execution_id)).one()


def _of_account(account: str) -> Numbered:
    return Numbered(executions.c.account_number, executions.c.account_alias == account)


def _of_job(account: str, job_id: str) -> Numbered:
    mine = (executions.c.job_id == job_id) & (executions.c.account_alias == account)
    return Numbered(executions.c.job_number, mine)


def _events_of_job(job_id: str) -> Numbered:
    return Numbered(events.c.job_number, events.c.job_id == job_id)


# Queries of every start and of every look at the queue; built once, which costs more than SQLite's work on them.
_LAST_EVENT_OF_JOB = Numbered(events.c.job_number, events.c.job_id == bindparam("job")).last_query()
_COUNTS = select(
    Numbered(executions.c.account_number, executions.c.account_alias == bindparam("account"))
    .last_query()
    .scalar_subquery(),
    Numbered(executions.c.job_number, executions.c.job_id == bindparam("job")).last_query().scalar_subquery(),
    _LAST_EVENT_OF_JOB.scalar_subquery(),
)
_NEW_EXECUTION = insert(executions).returning(executions)
_BUSY = (
    select(executions.c.account_alias)
    .where(executions.c.status.in_(_RUNNING))
    .group_by(executions.c.account_alias)
    .having(func.count() >= MOST_AT_A_TIME)
)
_NEXT = (
    select(executions)
    .where(executions.c.status == Status.PENDING.value, executions.c.account_alias.not_in(_BUSY))
    .order_by(executions.c.seq)
    .limit(1)
)
_IS_ANY_NEXT = _NEXT.with_only_columns(executions.c.seq)


def has_keys(request: StartRequest) -> bool:
    """Whether a start came with keys of its own."""
    return bool(request.ssh_private_key or any(host.ssh_private_key for host in request.hosts))


def _first_of(status: Status | None, rows: list[EventRow]) -> int:
    """Return the place of the first event that a status comes before, however many were read at once."""
    tasks = (place for place, row in enumerate(rows) if row.event_type == "playbook_on_task_start")
    return next(tasks, 0) if status == Status.RUNNING else 0


def _merged(hosts: list[Host], given: list[Host], failed: list[str]) -> list[Host]:
    """Return the hosts of a restart: those of the start, and for the given ones what is given.

    Nobody knows the hosts of a whole inventory that was never read (`failed` is empty): any may be given then.
    """
    for host in given:
        if failed and host.id not in failed:
            raise DocumentError(f"The host {host.id!r} did not fail; a restart takes these alone: {', '.join(failed)}.")
    known = {host.id: host for host in hosts}
    for host in given:
        before = known.get(host.id)
        known[host.id] = host if host.host_vars or before is None else _with_variables_of(host, before)
    return list(known.values())


def _with_variables_of(host: Host, before: Host) -> Host:
    """Return a host with the variables that it had before."""
    return Host(id=host.id, host_vars=before.host_vars, ssh_private_key=host.ssh_private_key)


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
    return LiveRun(row.id, row.run, row.status, process, row.spool_offset, row.boot, bool(row.needs_keys))


def _document(row: Row[Any], schedule: ScheduledStart | None) -> Execution:
    # The final status and the last event are stored together.
    is_final = row.status in {status.value for status in ENDING}
    return Execution(
        execution_id=row.id,
        job_id=row.job_id,
        account_alias=row.account_alias,
        status=row.status,
        repository_log=msgspec.json.decode(row.repository_log, type=RepositoryLog) if row.repository_log else None,
        failed_hosts=msgspec.json.decode(row.failed_hosts),
        is_vpn_established=False,
        timers=_timers(row),
        events_expected=row.event_count if is_final else None,
        events_complete=is_final,
        schedule=schedule,
    )
