"""The alarm by the clock on the wall."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ctl_jupyter.service.schedules.alarm import Alarm


@pytest.fixture
def alarm() -> Iterator[Alarm]:
    alarm = Alarm()
    yield alarm
    alarm.close()


def test_it_goes_off_not_before_its_moment(alarm: Alarm) -> None:
    for ahead in (timedelta(milliseconds=50), timedelta(0), timedelta(days=-400), timedelta(days=-40_000)):
        moment = datetime.now(UTC) + ahead
        assert alarm.wait(moment) is False
        assert datetime.now(UTC) >= moment


@pytest.mark.parametrize("moment", [None, datetime(9999, 12, 31, tzinfo=UTC)])
def test_it_can_be_woken(alarm: Alarm, moment: datetime | None) -> None:
    waiter = threading.Thread(target=alarm.wait, args=[moment])
    waiter.start()
    alarm.wake()
    waiter.join()


def test_a_wake_before_the_wait_is_not_lost(alarm: Alarm) -> None:
    alarm.wake()
    alarm.wake()
    assert alarm.wait(None) is False
    # Both were taken by that.
    assert alarm.wait(datetime.now(UTC) + timedelta(milliseconds=20)) is False


def test_it_gives_its_files_back() -> None:
    before = set(Path("/proc/self/fd").iterdir())
    Alarm().close()
    assert set(Path("/proc/self/fd").iterdir()) == before
