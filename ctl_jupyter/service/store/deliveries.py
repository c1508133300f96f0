"""What callbacks have still to be sent: one cursor over the status events per execution and callback.

The events are not copied. A row begins in the transaction that makes the execution, so each event that is stored is,
by that alone, waiting to be sent; the row is deleted once the execution has ended and all is delivered. Executions
without callbacks have no row, and storing their events costs one look into a set.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from ctl_jupyter.documents import Callback, Job, Status, StatusEvent, read_job
from ctl_jupyter.service.states import ENDING
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.events import event_of
from ctl_jupyter.service.store.schema import deliveries, events, executions
from ctl_jupyter.service.vault import Vault

__all__ = ["Batch", "Deliveries", "Delivery"]

#: The types of event that a level may want; all of them when absent.
TYPES = {
    "ERROR": ("runner_on_failed", "runner_on_unreachable", "runner_on_async_failed", "playbook_result"),
    "RESULT": ("playbook_result",),
}


@dataclass
class Delivery:
    """What one callback of one execution has still to get.

    Parameters
    ----------
    place
        Of the callback among those sealed in the execution.
    cursor
        ``seq`` of the last event that was delivered or given up.
    until
        ``seq`` of the last event that is wanted; ``None`` while all are.
    attempts
        How many attempts were answered by an error, one after the other.
    not_before
        When the next attempt may be made, epoch milliseconds.
    failing_since
        When the first of the attempts failed that no success has followed, epoch milliseconds.
    given_up
        How many events were given up.
    """

    execution_id: str
    place: int
    callback: Callback
    cursor: int
    until: int | None
    attempts: int
    not_before: int
    failing_since: int | None
    given_up: int


@dataclass(frozen=True)
class Batch:
    """The next events for a callback.

    Parameters
    ----------
    horizon
        ``seq`` of the last event that was looked at, wanted or not.
    is_whole
        Whether there are no more for now.
    is_last
        Whether there will never be more, unless the execution is restarted.
    """

    events: list[StatusEvent]
    horizon: int
    is_whole: bool
    is_last: bool


class Deliveries:
    """Begins, reads, keeps and ends deliveries."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._listener: Callable[[set[str], set[str]], None] | None = None
        # Guarded by the database's one writer at a time.
        self._begun: set[str] = set()
        self._noted: set[str] = set()
        with database.read() as connection:
            self._open = set(connection.execute(select(deliveries.c.execution_id).distinct()).scalars())
        database.after_commit.append(self._tell)

    def listen(self, listener: Callable[[set[str], set[str]], None]) -> set[str]:
        """Tell a function, after each commit, the executions whose deliveries were begun and those with new events.

        Returns
        -------
        set
            The executions whose deliveries the last process left open.
        """
        self._listener = listener
        return set(self._open)

    # --- in the transactions of executions -------------------------------------------------------------------

    def follow(self, connection: Connection, execution_id: str, job: Job, before: Job | None = None) -> Job:
        """Begin to deliver the events of a new or restarted execution.

        Parameters
        ----------
        before
            The job as it is sealed in the execution that is restarted.

        Returns
        -------
        Job
            The job to be sealed in the execution: callbacks of earlier runs keep their places there, so that they
            still get what is left of those runs.
        """
        known = before.callbacks if before else []
        if not known and not job.callbacks:
            return job
        wanted = {(callback.url, callback.level): callback for callback in job.callbacks}
        earlier = {(callback.url, callback.level): callback for callback in known}
        all_of_them = earlier | wanted
        # Each run's last event is its result: the new run begins after that one.
        begin = connection.execute(
            select(func.coalesce(func.max(events.c.seq), 0)).where(
                events.c.execution_id == execution_id, events.c.event_type == "playbook_result"
            )
        ).scalar_one()
        rows = connection.execute(select(deliveries.c.place).where(deliveries.c.execution_id == execution_id))
        open_places = set(rows.scalars())
        for place, identity in enumerate(all_of_them):
            here = and_(deliveries.c.execution_id == execution_id, deliveries.c.place == place)
            if place in open_places:
                until = None if identity in wanted else func.coalesce(deliveries.c.until, begin)
                connection.execute(update(deliveries).where(here).values(until=until))
            elif identity in wanted:
                new = {"cursor": begin, "attempts": 0, "not_before": 0, "given_up": 0}
                connection.execute(insert(deliveries).values(execution_id=execution_id, place=place, **new))
        self._open.add(execution_id)
        self._begun.add(execution_id)
        return msgspec.structs.replace(job, callbacks=list(all_of_them.values()))

    def note(self, execution_id: str) -> None:
        """Remember, until the commit, that events of an execution were stored."""
        if execution_id in self._open:
            self._noted.add(execution_id)

    def _tell(self) -> None:
        if not (self._begun or self._noted) or self._listener is None:
            return
        begun, noted = self._begun, self._noted
        self._begun, self._noted = set(), set()
        self._listener(begun, noted)

    # --- for those who deliver -------------------------------------------------------------------------------

    def of_execution(self, execution_id: str) -> list[Delivery]:
        """Return what is open of an execution."""
        query = select(deliveries).where(deliveries.c.execution_id == execution_id).order_by(deliveries.c.place)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            sealed = connection.execute(select(executions.c.sealed).where(executions.c.id == execution_id)).scalar()
        if not rows or sealed is None:
            return []
        callbacks = read_job(self._vault.open(sealed)["job"]).callbacks
        return [_delivery(row, callbacks[row.place]) for row in rows]

    def next_events(self, delivery: Delivery, after: int, size: int) -> Batch:
        """Return the next events that a callback wants, oldest first.

        Parameters
        ----------
        after
            ``seq`` of the last event that was looked at.
        size
            How many at most.
        """
        mine = events.c.execution_id == delivery.execution_id
        if delivery.until is not None:
            mine &= events.c.seq <= delivery.until
        query = select(events).where(mine, events.c.seq > after)
        if delivery.callback.level in TYPES:
            query = query.where(events.c.event_type.in_(TYPES[delivery.callback.level]))
        with self._database.read() as connection:
            horizon = connection.execute(select(func.max(events.c.seq)).where(mine)).scalar() or after
            rows = connection.execute(query.order_by(events.c.seq).limit(size)).all()
            status = connection.execute(_status_of(delivery.execution_id)).scalar()
        found = [event_of(row) for row in rows if _is_wanted(delivery.callback.level, row)]
        if len(rows) == size:
            return Batch(found, rows[-1].seq, is_whole=False, is_last=False)
        return Batch(found, horizon, is_whole=True, is_last=delivery.until is not None or _is_final(status))

    def save(self, delivery: Delivery) -> None:
        """Keep how far a delivery is."""
        with self._database.write() as connection:
            connection.execute(
                update(deliveries)
                .where(*_same(delivery))
                .values(
                    cursor=delivery.cursor,
                    attempts=delivery.attempts,
                    not_before=delivery.not_before,
                    failing_since=delivery.failing_since,
                    given_up=delivery.given_up,
                )
            )

    def finish(self, delivery: Delivery, horizon: int) -> bool:
        """Delete a delivery that is complete; whether it was, as a restart may just have added to it.

        Parameters
        ----------
        horizon
            ``seq`` up to which its events were looked at.
        """
        with self._database.write() as connection:
            last = connection.execute(
                select(func.max(events.c.seq)).where(events.c.execution_id == delivery.execution_id)
            ).scalar()
            status = connection.execute(_status_of(delivery.execution_id)).scalar()
            until = connection.execute(select(deliveries.c.until).where(*_same(delivery))).scalar()
            if horizon < (until or last or 0) or (until is None and not _is_final(status)):
                return False
            connection.execute(delete(deliveries).where(*_same(delivery)))
            mine = deliveries.c.execution_id == delivery.execution_id
            if connection.execute(select(deliveries.c.place).where(mine).limit(1)).first() is None:
                self._open.discard(delivery.execution_id)
            return True

    def drop(self, delivery: Delivery) -> None:
        """Delete a delivery that can never be made."""
        with self._database.write() as connection:
            connection.execute(delete(deliveries).where(*_same(delivery)))


def _same(delivery: Delivery) -> tuple[Any, ...]:
    return deliveries.c.execution_id == delivery.execution_id, deliveries.c.place == delivery.place


def _status_of(execution_id: str) -> Any:
    return select(executions.c.status).where(executions.c.id == execution_id)


def _is_final(status: str | None) -> bool:
    return status is None or status in {final.value for final in ENDING}


def _is_wanted(level: str, row: Row[Any]) -> bool:
    """Whether an event of a type that the level may want is one that it does."""
    if level != "ERROR" or row.event_type not in ("runner_on_failed", "playbook_result"):
        return True
    message = msgspec.json.decode(row.message)
    if row.event_type == "playbook_result":
        return bool(message.get("status") != Status.SUCCESS)
    return not message.get("ignore_errors")


def _delivery(row: Row[Any], callback: Callback) -> Delivery:
    return Delivery(
        execution_id=row.execution_id,
        place=row.place,
        callback=callback,
        cursor=row.cursor,
        until=row.until,
        attempts=row.attempts,
        not_before=row.not_before,
        failing_since=row.failing_since,
        given_up=row.given_up,
    )
