"""The scheduler: one thread that sleeps until the next moment that a schedule is due, and starts what is."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from ctl_jupyter.documents import StartRequest, Trigger
from ctl_jupyter.service.schedules.alarm import Alarm
from ctl_jupyter.service.schedules.plan import plan
from ctl_jupyter.service.store.executions import Executions
from ctl_jupyter.service.store.jobs import Jobs
from ctl_jupyter.service.store.schedules import AlreadyStarted, DueStart, NotDue, Schedules, StoredSchedule
from ctl_jupyter.triggers import next_fire, zone_of

__all__ = ["Scheduler", "Sleeper", "epoch_ms", "moment_of", "utc_now"]

logger = logging.getLogger(__name__)

#: After which time what could not be started is tried again: when the database was in trouble, and when a schedule is.
RETRY, RETRY_BROKEN = timedelta(seconds=1), timedelta(minutes=1)


_EPOCH = datetime.fromtimestamp(0, UTC)


class Sleeper(Protocol):
    """What the scheduler sleeps by; see `Alarm`."""

    def wait(self, moment: datetime | None) -> bool:
        """Sleep until a moment or until woken; whether the clock was set meanwhile."""

    def wake(self) -> None:
        """Have `wait` return."""

    def close(self) -> None:
        """Give back what it holds."""


class Scheduler:
    """Starts jobs when their schedules say so, each moment once.

    What ``next_fire`` of a schedule says has not been dealt with. An execution, the mark that it belongs to a moment,
    and the move of ``next_fire`` behind that moment are one transaction, so a process killed at any point has done all
    of it or nothing; and the mark is unique, so a clock that is put back starts nothing anew.

    Parameters
    ----------
    on_start
        Told when there is something to dispatch.
    clock
        Returns the time, with a time zone.
    sleeper
        An `Alarm` when absent.
    """

    def __init__(
        self,
        schedules: Schedules,
        jobs: Jobs,
        executions: Executions,
        on_start: Callable[[], None],
        *,
        clock: Callable[[], datetime] | None = None,
        sleeper: Sleeper | None = None,
    ) -> None:
        self._schedules = schedules
        self._jobs = jobs
        self._executions = executions
        self._on_start = on_start
        self.clock = clock or utc_now
        self._sleeper = sleeper or Alarm()
        self._since = self.clock()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin, with one start for what was missed while no process ran."""
        self._since = self.clock()
        self._thread.start()

    def stop(self) -> None:
        """Start nothing more."""
        self._stopping = True
        self.wake()
        self._thread.join()
        self._sleeper.close()

    def wake(self) -> None:
        """Look again when the next moment is: schedules were changed."""
        self._sleeper.wake()

    def _run(self) -> None:
        # The clock may have been set, or the rules of a zone have changed, while no process looked.
        is_doubtful = True
        while not self._stopping:
            try:
                if is_doubtful:
                    self.reckon_anew()
                    is_doubtful = False
                moment = self.work()
            except Exception:
                # A full disk or a locked database passes; what is due stays due.
                logger.exception("schedules could not be looked at; trying again")
                moment = self.clock() + RETRY
            is_doubtful |= self._sleeper.wait(moment)

    def work(self) -> datetime | None:
        """Start what is due and return when to look again; ``None`` for when woken.

        Raises
        ------
        SQLAlchemyError, OSError
            When the database cannot be used; what is due stays due.
        """
        now = self.clock()
        self._since = min(self._since, now)
        was_broken = self._for_each(self._schedules.due(epoch_ms(now)), lambda stored: self._start(stored, now))
        following = _moment(self._schedules.next_after(epoch_ms(now)))
        if was_broken:
            return min(now + RETRY_BROKEN, following or now + RETRY_BROKEN)
        return following

    def reckon_anew(self) -> None:
        """Work out again when each schedule is due that is not due yet: the clock was set.

        Raises
        ------
        SQLAlchemyError, OSError
            When the database cannot be used.
        """
        now = self.clock()
        self._since = min(self._since, now)
        self._for_each(self._schedules.not_due(epoch_ms(now)), lambda stored: self._reckon(stored, now))

    def _for_each(self, schedule_ids: list[str], act: Callable[[StoredSchedule], None]) -> bool:
        """Act on schedules, one that is broken keeping no other waiting; whether there was one."""
        was_broken = False
        for schedule_id in schedule_ids:
            if self._stopping:
                break
            try:
                stored = self._schedules.read(schedule_id)
                if stored is not None:
                    act(stored)
            except (SQLAlchemyError, OSError):
                raise
            except Exception:
                logger.exception("the schedule %s cannot be used", schedule_id)
                was_broken = True
        return was_broken

    def _reckon(self, stored: StoredSchedule, now: datetime) -> None:
        following = _epoch_ms_or_none(next_fire(_trigger(stored), zone_of(stored.schedule.timezone), now))
        if following != stored.next_fire:
            self._schedules.set_next(stored, following)

    def _start(self, stored: StoredSchedule, now: datetime) -> None:
        schedule, due = stored.schedule, stored.next_fire
        job = self._jobs.find(str(schedule.account_alias), str(schedule.job_id))
        if due is None or job is None:
            return  # changed or deleted since it was looked for
        for fire in plan(_trigger(stored), zone_of(schedule.timezone), moment_of(due), now, self._since):
            following = _epoch_ms_or_none(fire.following)
            start = DueStart(
                schedule_id=str(schedule.id),
                version=stored.version,
                due=due,
                following=following,
                fire_time=epoch_ms(fire.time),
                catch_up=fire.catch_up,
                service_account_alias=schedule.service_account_alias or "",
            )
            try:
                self._executions.create(job, StartRequest(), due_start=start)
                self._on_start()
            except NotDue:
                return
            except AlreadyStarted:
                if not self._schedules.pass_over(start):
                    return
            if following is None:
                return
            due = following


def _trigger(stored: StoredSchedule) -> Trigger:
    return stored.schedule.trigger or Trigger()


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def epoch_ms(moment: datetime) -> int:
    """Return a moment as the API writes it."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment_of(milliseconds: int) -> datetime:
    """Return the moment of a time as the API writes it."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _epoch_ms_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else epoch_ms(moment)


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else moment_of(milliseconds)
