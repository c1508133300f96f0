"""The whole panel, its tabs replaced by ones that tell what happens to them where that is asked."""

import socket
from typing import Any

import ipywidgets
import pytest

import ctl_jupyter
from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.client.session import make_current
from ctl_jupyter.panel import panel, view
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.view import Panel
from tests.live.stub_runner import StubRunner
from tests.panel.parts import status, words


class Tabs:
    """Tabs that note what happens to them, as ``built jobs``."""

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.opened: list[ExecutionHandle] = []

    def kind(self, name: str) -> Any:
        tabs = self

        class Tab:
            def __init__(self, desk: Desk) -> None:
                tabs.happened.append(f"built {name}")
                self.widget = ipywidgets.HTML(f"This is {name}.")
                if name == "executions":
                    desk.execution_opened.listen(tabs.opened.append)

            def show(self) -> None:
                tabs.happened.append(f"shown {name}")

        return Tab


@pytest.fixture
def tabs(monkeypatch: pytest.MonkeyPatch) -> Tabs:
    tabs = Tabs()
    monkeypatch.setattr(view, "tab_kind", tabs.kind)
    return tabs


def test_only_what_is_seen_is_built(tabs: Tabs, runner: StubRunner) -> None:
    shown = Panel(runner.session)
    assert tabs.happened == ["built jobs"]

    shown.begin()
    assert tabs.happened == ["built jobs", "shown jobs"]
    shown._box.selected_index = 1
    shown._box.selected_index = 0
    shown._box.selected_index = 1

    assert tabs.happened[2:] == ["built products", "shown products", "shown jobs", "shown products"]


def test_a_tab_is_shown_once_somebody_is_logged_in(tabs: Tabs, runner: StubRunner) -> None:
    shown = Panel()
    shown.begin()
    assert "shown jobs" not in tabs.happened

    make_current(runner.session)
    shown.desk.look()

    assert tabs.happened == ["built jobs", "shown jobs"]


def test_an_execution_reaches_a_tab_that_was_not_built_yet(tabs: Tabs, runner: StubRunner) -> None:
    shown = Panel(runner.session)
    runner.add_job("deploy-web")
    handle = runner.handle()

    shown.desk.open_execution(handle)

    assert tabs.opened == [handle]
    assert tabs.happened == ["built jobs", "built executions", "shown executions"]
    assert shown._box.selected_index == 2


def test_one_tab_that_cannot_be_built_leaves_the_others(tabs: Tabs, runner: StubRunner, monkeypatch: Any) -> None:
    def fail(_desk: Desk) -> None:
        raise ValueError("no such colour")

    monkeypatch.setattr(view, "tab_kind", lambda name: fail if name == "jobs" else tabs.kind(name))
    shown = Panel(runner.session)
    shown.begin()

    assert "Jobs cannot be shown, a fault of ctl-jupyter: ValueError: no such colour" in words(shown.widget)
    shown._box.selected_index = 1
    assert "This is products." in words(shown.widget)


def test_a_tab_that_cannot_be_shown_says_so(tabs: Tabs, runner: StubRunner, monkeypatch: Any) -> None:
    class Broken:
        def __init__(self, _desk: Desk) -> None:
            self.widget = ipywidgets.VBox()

        def show(self) -> None:
            raise ValueError("no such colour")

    monkeypatch.setattr(view, "tab_kind", lambda name: Broken if name == "products" else tabs.kind(name))
    shown = Panel(runner.session)

    shown._box.selected_index = 1

    assert status(shown) == "✗ This went wrong in ctl-jupyter itself: ValueError: no such colour"


def test_the_constructor_opens_no_connection(runner: StubRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the panel's constructor connects")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    panel()
    panel(runner.session)

    assert runner.requests == []


def test_every_tab_can_be_built_and_shown(runner: StubRunner) -> None:
    shown = Panel(runner.session)
    shown.begin()

    for place, (title, _) in enumerate(view.TABS.values()):
        shown._box.selected_index = place
        assert f"{title} cannot be shown" not in words(shown.widget)
        assert "ctl-jupyter itself" not in status(shown)


def test_both_names_give_the_same() -> None:
    assert type(panel()) is type(ctl_jupyter.panel()) is view.PanelBox
