"""Where the bar of a pull is shown."""

import threading

import pytest

from ctl_jupyter.history.pulling import progress
from ctl_jupyter.history.pulling.progress import PullStopped, progress_bar, progress_told_to, told_of_lack


def test_a_bar_is_told_to_who_listens_and_not_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "DELAY", 0.01)
    told = threading.Event()
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        told.set()

    with progress_told_to(take), progress_bar("Executions", "rows") as bar:
        bar.total = 10
        bar.update(4)
        assert told.wait(20)
    assert any("Executions" in line for line in lines)
    assert capsys.readouterr().err == ""


def test_a_bar_is_printed_where_nobody_listens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "DELAY", 0.0)
    with progress_bar("Executions", "rows") as bar:
        bar.total = 10
        bar.update(4)
        bar.refresh()
    assert "Executions" in capsys.readouterr().err


def test_who_listens_may_end_a_pull() -> None:
    stop = threading.Event()
    with progress_told_to(lambda _line: None, stop=stop), progress_bar("Executions", "rows") as bar:
        bar.update(4)
        stop.set()
        with pytest.raises(PullStopped):
            bar.update(4)
    with progress_bar("Executions", "rows") as bar:
        bar.update(4)


def test_what_is_lacking_is_told_to_who_wants_to_know() -> None:
    lacks: list[str] = []
    with progress_told_to(lambda _line: None, lack=lacks.append):
        assert told_of_lack("Two were never pulled.")
    with progress_told_to(lambda _line: None):
        assert not told_of_lack("Nobody hears this.")
    assert not told_of_lack("Nobody hears this either.")
    assert lacks == ["Two were never pulled."]
