"""What a schedule that has come due starts: each moment once, whatever the clock does and wherever a process ends."""

import queue
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from ctl_jupyter.documents import Execution, Job, Schedule, StartRequest, Trigger
from ctl_jupyter.service.schedules.plan import Fire, plan
from ctl_jupyter.service.schedules.scheduler import Scheduler, epoch_ms
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.executions import Executions
from ctl_jupyter.service.store.jobs import Jobs
from ctl_jupyter.service.store.schedules import AlreadyStarted, DueStart, NotDue, Schedules
from ctl_jupyter.service.store.schema import fires, schedules
from ctl_jupyter.service.vault import Vault
from ctl_jupyter.triggers import check_trigger
from tests.service.waiting import until

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
HOURLY = Trigger(type="cron", expression="0 * * * *")
EACH_SECOND = Trigger(type="cron", expression="* * * * * *")


# --- the plan ----------------------------------------------------------------------------------------------------


def test_a_moment_that_has_just_come_is_started() -> None:
    now = MONDAY + timedelta(milliseconds=3)
    assert plan(HOURLY, UTC, MONDAY, now, since=MONDAY - HOUR) == [Fire(MONDAY, False, MONDAY + HOUR)]


def test_moments_a_busy_process_comes_late_to_are_started_one_by_one() -> None:
    now = MONDAY + 3 * SECOND
    assert plan(EACH_SECOND, UTC, MONDAY, now, since=MONDAY - HOUR) == [
        Fire(MONDAY + second * SECOND, False, MONDAY + (second + 1) * SECOND) for second in range(4)
    ]


def test_three_days_of_downtime_are_caught_up_with_once() -> None:
    now = MONDAY + timedelta(days=3, seconds=20)
    assert plan(HOURLY, UTC, MONDAY, now, since=now) == [
        Fire(MONDAY + timedelta(days=3), True, MONDAY + timedelta(days=3) + HOUR)
    ]


def test_one_moment_of_downtime_is_caught_up_with() -> None:
    now = MONDAY + 2 * SECOND
    assert plan(HOURLY, UTC, MONDAY, now, since=now) == [Fire(MONDAY, True, MONDAY + HOUR)]


def test_a_machine_that_slept_has_missed_what_came_meanwhile() -> None:
    now = MONDAY + timedelta(days=3, seconds=20)
    assert plan(HOURLY, UTC, MONDAY, now, since=MONDAY - HOUR) == [
        Fire(MONDAY + timedelta(days=3), True, MONDAY + timedelta(days=3) + HOUR)
    ]


def test_a_date_is_started_once() -> None:
    date = Trigger(type="date", expression="2026-03-02T12:00:00Z")
    assert plan(date, UTC, MONDAY, MONDAY, since=MONDAY - HOUR) == [Fire(MONDAY, False, None)]
    assert plan(date, UTC, MONDAY, MONDAY + 9 * HOUR, since=MONDAY + HOUR) == [Fire(MONDAY, True, None)]


def test_a_moment_that_the_rules_of_the_zone_no_longer_name_is_started_all_the_same() -> None:
    due = MONDAY + 30 * MINUTE
    assert plan(HOURLY, UTC, due, due, since=MONDAY)[0] == Fire(due, False, MONDAY + HOUR)
    assert plan(HOURLY, UTC, due, due + MINUTE, since=due + MINUTE) == [Fire(due, True, MONDAY + HOUR)]


# --- the scheduler, on a clock of its own ------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = MONDAY - 30 * MINUTE

    def __call__(self) -> datetime:
        return self.now


class Sleeper:
    """Sleeps until the test says that the alarm went off or the clock was set."""

    def __init__(self) -> None:
        self.asked: queue.Queue[datetime | None] = queue.Queue()
        self._answers: queue.Queue[bool] = queue.Queue()

    def wait(self, moment: datetime | None) -> bool:
        self.asked.put(moment)
        return self._answers.get(timeout=60)

    def go_off(self, *, clock_was_set: bool = False) -> None:
        self._answers.put(clock_was_set)

    def wake(self) -> None:
        self.go_off()

    def close(self) -> None:
        """Nothing to give back."""


class World:
    """A database and, one after the other, the processes that use it."""

    def __init__(self, directory: Path) -> None:
        vault = Vault(directory / "secret.key")
        self.database = Database(directory / "runner.sqlite")
        self.clock = Clock()
        self.jobs, self.executions = Jobs(self.database, vault), Executions(self.database, vault)
        self.schedules = Schedules(self.database, vault)
        self.job = self.jobs.create("ACCT", Job(name="job", playbook="LSBob3N0czogYWxsCg=="))
        self.sleeper = Sleeper()

    def process(self) -> Scheduler:
        """Return the scheduler of a process that begins now."""
        return Scheduler(
            self.schedules,
            self.jobs,
            self.executions,
            lambda: None,
            clock=self.clock,
            sleeper=self.sleeper,
        )

    def schedule(self, trigger: Trigger = HOURLY, timezone: str | None = None) -> Schedule:
        given = Schedule(trigger=trigger, timezone=timezone, service_account_alias="nightly")
        first = epoch_ms(check_trigger(trigger, timezone, self.clock.now))
        created = self.schedules.create("ACCT", str(self.job.id), given, first)
        assert created is not None
        return created

    def started(self) -> list[tuple[datetime, bool]]:
        """Return the moments that have executions, and whether they caught up, in the order they were made."""
        marks = [execution.schedule for execution in self.everything()]
        return [
            (datetime.fromtimestamp(mark.fire_time / 1000, UTC), mark.catch_up) for mark in marks if mark is not None
        ]

    def everything(self) -> list[Execution]:
        return self.executions.page("ACCT", None, 0, 100)[1][::-1]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.database.close()


def test_it_starts_what_is_due_and_says_when_to_look_again(world: World) -> None:
    schedule = world.schedule()
    process = world.process()
    assert process.work() == MONDAY
    assert world.started() == []
    world.clock.now = MONDAY
    assert process.work() == MONDAY + HOUR
    assert process.work() == MONDAY + HOUR
    (execution,) = world.everything()
    assert (execution.status, execution.job_id) == ("PENDING", world.job.id)
    assert execution.schedule is not None
    assert execution.schedule.id == schedule.id
    assert execution.schedule.service_account_alias == "nightly"
    assert world.started() == [(MONDAY, False)]


def test_starts_of_a_user_are_not_marked(world: World) -> None:
    world.executions.create(world.job, StartRequest())
    assert [execution.schedule for execution in world.everything()] == [None]


def test_without_schedules_it_sleeps_until_woken(world: World) -> None:
    assert world.process().work() is None


def test_three_days_without_a_process(world: World) -> None:
    world.schedule(Trigger(type="cron", expression="0 3 * * *"), "Europe/Berlin")
    world.schedule(EACH_SECOND)
    world.schedule(Trigger(type="date", expression="2026-03-03T00:00:00Z"))
    world.clock.now = MONDAY + timedelta(days=3)
    process = world.process()
    assert process.work() == world.clock.now + SECOND
    assert sorted(world.started()) == [
        (datetime(2026, 3, 3, tzinfo=UTC), True),
        (datetime(2026, 3, 5, 2, tzinfo=UTC), True),
        (datetime(2026, 3, 5, 12, tzinfo=UTC), True),
    ]
    world.clock.now += SECOND
    process.work()
    assert world.started()[3:] == [(world.clock.now, False)]


def test_any_number_of_processes_start_a_moment_once(world: World) -> None:
    world.schedule()
    world.clock.now = MONDAY + SECOND
    for _ in range(3):
        process = world.process()
        process.reckon_anew()
        process.work()
    assert world.started() == [(MONDAY, True)]


def test_a_process_that_is_killed_has_done_all_or_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The execution, its mark and the schedule's next moment are one transaction."""
    schedule = world.schedule()
    world.clock.now = MONDAY
    # Fails where the last row of the transaction is made.
    with monkeypatch.context() as patch:
        patch.setattr(Executions, "_store", lambda *_: (_ for _ in ()).throw(OperationalError("", {}, OSError())))
        with pytest.raises(OperationalError):
            world.process().work()
    assert world.everything() == []
    stored = world.schedules.find("ACCT", str(world.job.id), str(schedule.id))
    assert stored is not None
    assert stored.next_fire == epoch_ms(MONDAY)
    world.process().work()
    assert len(world.started()) == 1


def test_a_clock_that_is_put_back_starts_nothing_twice(world: World) -> None:
    world.schedule()
    process = world.process()
    for hour in range(3):
        world.clock.now = MONDAY + hour * HOUR
        process.work()
    world.clock.now = MONDAY + 30 * MINUTE
    process.reckon_anew()
    assert process.work() == MONDAY + HOUR
    for hour in range(1, 4):
        world.clock.now = MONDAY + hour * HOUR
        process.work()
    assert world.started() == [(MONDAY + hour * HOUR, False) for hour in range(4)]


def test_a_clock_that_was_years_ahead_keeps_no_schedule_silent(world: World) -> None:
    world.clock.now = MONDAY + timedelta(days=4000)
    world.schedule()
    process = world.process()
    process.work()
    world.clock.now = MONDAY
    process.reckon_anew()
    assert process.work() == MONDAY + HOUR
    world.clock.now = MONDAY + HOUR
    process.work()
    assert world.started() == [(MONDAY + HOUR, False)]


def test_a_clock_that_is_put_forward_is_caught_up_with(world: World) -> None:
    world.schedule()
    process = world.process()
    process.work()
    world.clock.now = MONDAY + 5 * HOUR + 30 * MINUTE
    assert process.work() == MONDAY + 6 * HOUR
    assert world.started() == [(MONDAY + 5 * HOUR, True)]


def test_the_thread_sleeps_until_the_next_moment_and_looks_again_when_told(world: World) -> None:
    process = world.process()
    process.start()
    asked = world.sleeper.asked
    assert asked.get(timeout=60) is None
    world.schedule()
    process.wake()
    assert asked.get(timeout=60) == MONDAY
    world.clock.now = MONDAY
    world.sleeper.go_off()
    assert asked.get(timeout=60) == MONDAY + HOUR
    world.clock.now = MONDAY - 2 * HOUR
    world.sleeper.go_off(clock_was_set=True)
    assert asked.get(timeout=60) == MONDAY - HOUR
    process.stop()
    assert world.started() == [(MONDAY, False)]


def test_a_database_in_trouble_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.schedule()
    world.clock.now = MONDAY
    process = world.process()
    with monkeypatch.context() as patch:
        patch.setattr(Schedules, "due", lambda *_: (_ for _ in ()).throw(OperationalError("", {}, OSError())))
        process.start()
        assert world.sleeper.asked.get(timeout=60) == MONDAY + SECOND
    world.sleeper.go_off()
    assert world.sleeper.asked.get(timeout=60) == MONDAY + HOUR
    process.stop()
    assert len(world.started()) == 1


def test_a_schedule_that_cannot_be_read_keeps_no_other_waiting(world: World) -> None:
    with world.database.write() as connection:
        values = {"account_alias": "ACCT", "job_id": world.job.id, "version": 1, "sealed": b"broken"}
        connection.execute(insert(schedules).values(id="broken", next_fire=epoch_ms(MONDAY - HOUR), **values))
        connection.execute(insert(schedules).values(id="later", next_fire=epoch_ms(MONDAY + HOUR), **values))
    world.schedule()
    world.clock.now = MONDAY
    process = world.process()
    process.reckon_anew()
    assert process.work() == MONDAY + MINUTE
    assert world.started() == [(MONDAY, False)]


@pytest.mark.parametrize("change", ["replaced", "deleted", "its job deleted"])
def test_what_was_planned_for_a_schedule_that_is_another_by_now_is_not_started(world: World, change: str) -> None:
    schedule = world.schedule()
    due = epoch_ms(MONDAY)
    start = DueStart(str(schedule.id), 1, due, due + 1, due, catch_up=False, service_account_alias="nightly")
    if change == "replaced":
        world.schedules.replace(schedule, schedule, None)
    elif change == "deleted":
        assert world.schedules.delete("ACCT", str(world.job.id), str(schedule.id))
    else:
        assert world.jobs.delete("ACCT", str(world.job.id))
    with pytest.raises(NotDue):
        world.executions.create(world.job, StartRequest(), due_start=start)
    assert world.everything() == []


def test_a_moment_that_has_its_execution_gets_no_other(world: World) -> None:
    schedule = world.schedule()
    due = epoch_ms(MONDAY)
    start = DueStart(str(schedule.id), 1, due, due, due, catch_up=False, service_account_alias="nightly")
    world.executions.create(world.job, StartRequest(), due_start=start)
    with pytest.raises(AlreadyStarted):
        world.executions.create(world.job, StartRequest(), due_start=start)
    with world.database.read() as connection:
        assert len(connection.execute(select(fires)).all()) == len(world.everything()) == 1


def test_deleting_a_job_deletes_its_schedules_and_keeps_what_they_started(world: World) -> None:
    world.schedule()
    world.clock.now = MONDAY
    process = world.process()
    process.work()
    assert world.jobs.delete("ACCT", str(world.job.id))
    with world.database.read() as connection:
        assert connection.execute(select(schedules)).all() == []
    assert world.started() == [(MONDAY, False)]
    assert process.work() is None


def test_runs_of_one_schedule_may_overlap(world: World) -> None:
    world.schedule()
    process = world.process()
    for hour in range(3):
        world.clock.now = MONDAY + hour * HOUR
        process.work()
    assert [execution.status for execution in world.everything()] == ["PENDING"] * 3


def test_stopping_it_starts_nothing_more(world: World) -> None:
    world.schedule()
    process = world.process()
    process.start()
    until(lambda: not world.sleeper.asked.empty(), "it never slept")
    process.stop()
    assert world.started() == []
