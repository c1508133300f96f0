import threading

import pytest

from ctl_jupyter.live.painter import Painting
from tests.live.stub_runner import StubRunner, event, status


class Canvas:
    """Remembers what was drawn and lets a test wait for it."""

    def __init__(self) -> None:
        self.drawings: list[bool] = []
        self._drawn = threading.Condition()

    def draw(self, has_ended: bool) -> None:
        with self._drawn:
            self.drawings.append(has_ended)
            self._drawn.notify_all()

    def wait_for(self, count: int) -> None:
        with self._drawn:
            assert self._drawn.wait_for(lambda: len(self.drawings) >= count, 30)


def test_a_card_is_drawn_when_something_happens_and_once_at_the_end(runner: StubRunner) -> None:
    canvas, handle = Canvas(), runner.handle()
    painting = Painting(handle, canvas.draw, pause=0.0)
    painting.begin()
    runner.tell(status("RUNNING"))
    canvas.wait_for(1)

    runner.tell(status("SUCCESS"))

    assert painting.finished.wait(30)
    assert canvas.drawings[-1] is True
    assert canvas.drawings.count(True) == 1


def test_a_card_is_drawn_no_oftener_than_its_pause(runner: StubRunner) -> None:
    canvas, handle = Canvas(), runner.handle()
    painting = Painting(handle, canvas.draw, pause=3600.0)
    painting.begin()
    for number in range(200):
        runner.tell(event("playbook_on_task_start", task=str(number)))

    runner.tell(status("SUCCESS"))

    assert painting.finished.wait(30)
    assert canvas.drawings == [True]


def test_a_card_is_drawn_for_its_clock_although_nothing_happens(
    runner: StubRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctl_jupyter.live.painter.TICK", 0.01)
    canvas, handle = Canvas(), runner.handle()

    Painting(handle, canvas.draw, pause=0.01).begin()

    canvas.wait_for(5)
    assert not any(canvas.drawings)


def test_a_card_that_cannot_be_drawn_does_not_stop_the_others(
    runner: StubRunner, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_has_ended: bool) -> None:
        raise ValueError("no paint")

    canvas = Canvas()
    paintings = [
        Painting(runner.handle(execution_id="one"), broken, pause=0.0),
        Painting(runner.handle(execution_id="two"), canvas.draw, pause=0.0),
    ]
    for painting in paintings:
        painting.begin()
    for execution_id in ("one", "two"):
        runner.tell(status("SUCCESS"), execution_id=execution_id)

    assert all(painting.finished.wait(30) for painting in paintings)
    assert canvas.drawings[-1] is True
    assert "The card of execution one could not be drawn." in caplog.text


def test_one_thread_draws_every_card_and_ends_with_the_last(runner: StubRunner) -> None:
    names = [f"execution-{number}" for number in range(3)]
    canvases = {name: Canvas() for name in names}
    for name in names:
        Painting(runner.handle(execution_id=name), canvases[name].draw, pause=0.0).begin()
    painters = [thread for thread in threading.enumerate() if thread.name == "ctl-jupyter-paint"]

    for name in names:
        runner.tell(status("SUCCESS"), execution_id=name)
    for canvas in canvases.values():
        canvas.wait_for(1)

    assert len(painters) == 1
    painters[0].join(30)
    assert not painters[0].is_alive()


def test_an_execution_that_has_ended_already_is_drawn_once(runner: StubRunner) -> None:
    canvas, handle = Canvas(), runner.handle()
    runner.tell(status("SUCCESS"))
    handle.wait(30)

    painting = Painting(handle, canvas.draw)
    painting.begin()

    assert painting.finished.wait(30)
    assert canvas.drawings == [True]
