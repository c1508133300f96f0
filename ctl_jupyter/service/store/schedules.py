"""Schedules in the database, and what they have started."""

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from ctl_jupyter.documents import Schedule, ScheduledStart, read_schedule
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.once import Once
from ctl_jupyter.service.store.schema import executions, fires, jobs, schedules
from ctl_jupyter.service.vault import Vault

__all__ = ["AlreadyStarted", "DueStart", "NotDue", "Schedules", "StoredSchedule", "executions_with_schedule"]


class NotDue(Exception):
    """The schedule was changed or deleted since the start was planned."""


class AlreadyStarted(Exception):
    """The moment of the schedule has its execution."""


@dataclass(frozen=True)
class StoredSchedule:
    """A schedule as it is in the database.

    Parameters
    ----------
    next_fire
        The first moment not dealt with yet, epoch milliseconds; ``None`` when there is none.
    """

    schedule: Schedule
    version: int
    next_fire: int | None


@dataclass(frozen=True)
class DueStart:
    """One start of a schedule, to be stored in the transaction that makes its execution.

    Parameters
    ----------
    due, following
        What ``next_fire`` is before, and what it is after; epoch milliseconds.
    fire_time
        The moment that this start is for, epoch milliseconds.
    """

    schedule_id: str
    version: int
    due: int
    following: int | None
    fire_time: int
    catch_up: bool
    service_account_alias: str

    @property
    def document(self) -> ScheduledStart:
        """What the execution says of it."""
        return ScheduledStart(
            id=self.schedule_id,
            fire_time=self.fire_time,
            catch_up=self.catch_up,
            service_account_alias=self.service_account_alias,
        )

    def take(self, connection: Connection, execution_id: str) -> None:
        """Let one execution have this start.

        Raises
        ------
        NotDue
            When the schedule is another by now.
        AlreadyStarted
            When another execution has it.
        """
        if not self.move_on(connection):
            raise NotDue
        mine = (fires.c.schedule_id == self.schedule_id, fires.c.fire_time == self.fire_time)
        if connection.execute(select(fires.c.execution_id).where(*mine)).first() is not None:
            raise AlreadyStarted
        connection.execute(
            insert(fires).values(
                schedule_id=self.schedule_id,
                fire_time=self.fire_time,
                execution_id=execution_id,
                catch_up=int(self.catch_up),
                service_account_alias=self.service_account_alias,
            )
        )

    def move_on(self, connection: Connection) -> bool:
        """Make what follows the next moment to deal with; whether the schedule was still as planned for."""
        known = (
            schedules.c.id == self.schedule_id,
            schedules.c.version == self.version,
            schedules.c.next_fire == self.due,
        )
        return bool(connection.execute(update(schedules).where(*known).values(next_fire=self.following)).rowcount)


class Schedules:
    """Creates, finds, replaces and deletes schedules, and knows which are due."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def create(
        self, account: str, job_id: str, schedule: Schedule, next_fire: int, once: Once | None = None
    ) -> Schedule | None:
        """Store a new schedule of a job and return it with what the service adds; ``None`` when the job is gone.

        Raises
        ------
        Repeated
            With the schedule's document, when the request was carried out before.
        """
        stored = _owned(schedule, str(uuid.uuid4()), account, job_id)
        answer = msgspec.structs.replace(stored, next_fire_time=next_fire)
        with self._database.write() as connection:
            if once is not None:
                once.check(connection)
            if connection.execute(select(jobs.c.id).where(jobs.c.id == job_id)).first() is None:
                return None
            if once is not None:
                once.keep(connection, answer.to_wire())
            connection.execute(
                insert(schedules).values(
                    id=stored.id,
                    account_alias=account,
                    job_id=job_id,
                    version=1,
                    next_fire=next_fire,
                    sealed=self._vault.seal(stored.to_wire()),
                )
            )
        return answer

    def find(self, account: str, job_id: str, schedule_id: str) -> StoredSchedule | None:
        """Return a schedule of a job, ``None`` when there is none of that id."""
        query = select(schedules).where(*_is(account, job_id), schedules.c.id == schedule_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return self._stored(row) if row is not None else None

    def page(self, account: str, job_id: str, page: int, size: int) -> tuple[int, list[Schedule]]:
        """Return how many schedules a job has, and a page of them, newest first."""
        mine = _is(account, job_id)
        rows = select(schedules).where(*mine).order_by(schedules.c.seq.desc()).limit(size).offset(page * size)
        with self._database.read() as connection:
            total = connection.execute(select(func.count()).select_from(schedules).where(*mine)).scalar_one()
            return total, [self._stored(row).schedule for row in connection.execute(rows)]

    def replace(self, known: Schedule, schedule: Schedule, next_fire: int | None) -> Schedule | None:
        """Store a schedule's new document in place of the known one; ``None`` when it is gone.

        Parameters
        ----------
        next_fire
            Epoch milliseconds; ``None`` leaves it as it is, since the times are the same.
        """
        stored = _owned(schedule, str(known.id), str(known.account_alias), str(known.job_id))
        values: dict[str, Any] = {"version": schedules.c.version + 1, "sealed": self._vault.seal(stored.to_wire())}
        if next_fire is not None:
            values["next_fire"] = next_fire
        with self._database.write() as connection:
            connection.execute(update(schedules).where(schedules.c.id == known.id).values(values))
            row = connection.execute(select(schedules).where(schedules.c.id == known.id)).first()
        return self._stored(row).schedule if row is not None else None

    def delete(self, account: str, job_id: str, schedule_id: str) -> bool:
        """Delete a schedule; whether there was one. What it has started stays."""
        with self._database.write() as connection:
            query = delete(schedules).where(*_is(account, job_id), schedules.c.id == schedule_id)
            return bool(connection.execute(query).rowcount)

    # --- for the scheduler -----------------------------------------------------------------------------------

    def due(self, now: int) -> list[str]:
        """Return the ids of the schedules with a moment that has come, the earliest first."""
        query = select(schedules.c.id).where(schedules.c.next_fire <= now).order_by(schedules.c.next_fire)
        return self._ids(query)

    def not_due(self, now: int) -> list[str]:
        """Return the ids of the others."""
        return self._ids(select(schedules.c.id).where((schedules.c.next_fire > now) | schedules.c.next_fire.is_(None)))

    def read(self, schedule_id: str) -> StoredSchedule | None:
        """Return a schedule by its id alone, ``None`` when it is gone."""
        with self._database.read() as connection:
            row = connection.execute(select(schedules).where(schedules.c.id == schedule_id)).first()
        return self._stored(row) if row is not None else None

    def next_after(self, now: int) -> int | None:
        """Return the first moment after one that a schedule is due at."""
        with self._database.read() as connection:
            return connection.execute(
                select(func.min(schedules.c.next_fire)).where(schedules.c.next_fire > now)
            ).scalar()

    def pass_over(self, start: DueStart) -> bool:
        """Deal with a moment without starting anything; whether the schedule was still as planned for."""
        with self._database.write() as connection:
            return start.move_on(connection)

    def set_next(self, stored: StoredSchedule, next_fire: int | None) -> None:
        """Set when a schedule is due, unless it was changed meanwhile."""
        known = (schedules.c.id == stored.schedule.id, schedules.c.version == stored.version)
        with self._database.write() as connection:
            connection.execute(
                update(schedules)
                .where(*known, schedules.c.next_fire.is_not_distinct_from(stored.next_fire))
                .values(next_fire=next_fire)
            )

    def _ids(self, query: Select[Any]) -> list[str]:
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def _stored(self, row: Row[Any]) -> StoredSchedule:
        schedule = read_schedule(self._vault.open(row.sealed))
        schedule.next_fire_time = row.next_fire
        return StoredSchedule(schedule, row.version, row.next_fire)


@cache
def executions_with_schedule() -> "Select[Any]":
    """Return the query of executions together with the starts that schedules made of them."""
    marks = [column for column in fires.c if column.name != "execution_id"]
    return select(executions, *marks).join_from(
        executions, fires, fires.c.execution_id == executions.c.id, isouter=True
    )


def scheduled_start(row: Row[Any]) -> ScheduledStart | None:
    """Return which schedule started an execution, from a row of `executions_with_schedule`."""
    if row.schedule_id is None:
        return None
    return ScheduledStart(
        id=row.schedule_id,
        fire_time=row.fire_time,
        catch_up=bool(row.catch_up),
        service_account_alias=row.service_account_alias,
    )


def delete_schedules_of(connection: Connection, job_id: str) -> None:
    """Delete the schedules of a job, in the transaction that deletes the job."""
    connection.execute(delete(schedules).where(schedules.c.job_id == job_id))


def _is(account: str, job_id: str) -> tuple[Any, ...]:
    return schedules.c.account_alias == account, schedules.c.job_id == job_id


def _owned(schedule: Schedule, schedule_id: str, account: str, job_id: str) -> Schedule:
    return msgspec.structs.replace(
        schedule,
        id=schedule_id,
        schedule_id=schedule_id,
        account_alias=account,
        job_id=job_id,
        next_fire_time=None,
    )
