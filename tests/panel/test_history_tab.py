"""The tab of history without a browser: what Load shows, whatever Runner does, and what leads on from there."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pandas as pd
import pytest

from ctl_jupyter import charts, samples
from ctl_jupyter.client import ExecutionHandle, NotLoggedIn
from ctl_jupyter.client.session import make_current
from ctl_jupyter.documents import Job
from ctl_jupyter.history import measures
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.history.loading import Asked
from ctl_jupyter.panel.history.pictures import CHARTS, CHARTS_OF_ONE, picture, picture_of_one
from ctl_jupyter.panel.history.tab import HistoryTab
from ctl_jupyter.panel.history.tiles import tiles, tiles_html, tiles_of_events
from ctl_jupyter.panel.history.troubles import cause_rows, execution_of, host_rows, task_rows
from ctl_jupyter.panel.history.words import MOST_ROWS, age, code, report_name, rows
from tests.history.runner_documents import (
    NOON,
    URL,
    Runner,
    event_document,
    execution_document,
    log_in,
    result_message,
)
from tests.panel.clicking import wait_until
from tests.panel.parts import is_shown, words

VEGA = "application/vnd.vegalite.v5+json"
HOUR = 3_600_000


@dataclass
class ScriptedRunner(Runner):
    """A Runner that knows single executions, and whose tokens may have expired."""

    has_expired: bool = False
    is_away: bool = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_away:
            raise httpx.ConnectError("connection refused")
        if self.has_expired:
            return httpx.Response(401, json={"message": "The token has expired."})
        return super().answer(request)

    def find(self, path: str) -> Any:
        one = re.fullmatch(r"/jobs/\w+/\w+/executions/(\w+)", path)
        if one:
            return next((row for row in self.executions if row["execution_id"] == one[1]), None)
        return super().find(path)


def scripted(number: int) -> ScriptedRunner:
    """A Runner with so many executions an hour apart, each fifth of which failed on web1."""
    executions = [
        execution_document(
            f"x{place}",
            status="FAILURE" if place % 5 == 0 else "SUCCESS",
            failed_hosts=["web1"] if place % 5 == 0 else [],
            timers=[{"start": NOON + place * HOUR, "end": NOON + place * HOUR + 90_000}],
        )
        for place in range(number, 0, -1)
    ]
    events = {row["execution_id"]: failing_events(row["execution_id"]) for row in executions if row["failed_hosts"]}
    return ScriptedRunner(jobs=[{"id": "j1", "name": "deploy"}], executions=executions, events=events)


def failing_events(execution_id: str) -> list[dict[str, Any]]:
    failure = result_message("web1", "Install", msg="disk is full")
    told = [("playbook_on_task_start", {"play": "p", "task": "Install"}), ("runner_on_failed", failure)]
    return [
        event_document(place, kind, message, id=f"{execution_id}-{place}", execution_id=execution_id)
        for place, (kind, message) in enumerate(told)
    ]


def opened(runner: Runner) -> HistoryTab:
    """Log in, and open the tab as it is for all times."""
    log_in(runner)
    return unasked(Desk())


def unasked(desk: Desk) -> HistoryTab:
    tab = HistoryTab(desk)
    tab.period.index = 3
    return tab


def begin(tab: HistoryTab) -> None:
    tab.load.click()


def press(button: Any, tab: HistoryTab) -> str:
    """Press a button, wait until it is done, and return what the status line says."""
    button.click()
    wait_until(lambda: not button.disabled)
    return said(tab)


def said(tab: HistoryTab) -> str:
    return " ".join(words(tab._desk.status).split())


# --- pressing Load -----------------------------------------------------------------------------------------------


def test_load_shows_tiles_a_chart_and_the_executions(capsys: pytest.CaptureFixture[str]) -> None:
    tab = opened(scripted(20))

    assert press(tab.load, tab) == "20 executions."

    told = words(tab.tiles)
    assert re.search(r"Executions\s+20\s+20 runs, 0 restarted", told)
    assert re.search(r"Failures\s+4\s+last 2026-05-03 05:30 UTC", told)
    assert re.search(r"Success rate\s+80%", told)
    assert re.search(r"Median duration\s+1 min 30 s\s+16 that succeeded", told)
    assert [row.key for row in tab.table.rows] == [f"x{place}" for place in range(20, 0, -1)]
    assert VEGA in tab.picture.outputs[0]["data"]
    assert words(tab.lack).strip() == ""
    assert not is_shown(tab.cancel)
    printed = capsys.readouterr()
    assert printed.out == printed.err == ""


def test_an_execution_is_opened_from_the_list() -> None:
    tab = opened(scripted(3))
    heard: list[ExecutionHandle] = []
    tab._desk.execution_opened.listen(heard.append)
    press(tab.load, tab)

    tab.table.widget._handle_custom_msg({"kind": "open", "key": "x2"}, [])
    wait_until(lambda: heard)

    assert (heard[0].execution_id, heard[0].job_id) == ("x2", "j1")


def test_a_chosen_execution_is_opened_and_drawn() -> None:
    tab = opened(scripted(5))
    heard: list[ExecutionHandle] = []
    tab._desk.execution_opened.listen(heard.append)
    press(tab.load, tab)
    assert not is_shown(tab.chosen.widget)

    tab.table.chosen = "x5"

    assert is_shown(tab.chosen.widget)
    assert "FAILURE" in words(tab.chosen.words)
    wait_until(lambda: "x5 is drawn" in said(tab))
    assert VEGA in tab.chosen.picture.outputs[0]["data"]
    press(tab.chosen.open, tab)
    assert [handle.execution_id for handle in heard] == ["x5"]


def test_events_tell_causes_and_tasks() -> None:
    tab = opened(scripted(10))
    tab.with_events.value = True

    press(tab.load, tab)

    assert "Flaky hosts" in words(tab.tiles)
    assert is_shown(tab.troubles.widget)
    assert tab.troubles.causes.empty == "No host failed."
    cause = tab.troubles.causes.rows[0]
    assert (cause.cells["Cause"], cause.cells["Failures"]) == ("disk is full", "2")
    assert execution_of(cause.key) in {"x5", "x10"}
    assert tab.troubles.tasks.rows[0].cells["Task"] == "Install"


def test_no_executions() -> None:
    tab = opened(ScriptedRunner())
    tab.with_events.value = True

    assert press(tab.load, tab) == "0 executions."

    assert tab.table.rows == []
    assert "no execution" in tab.table.empty
    assert tab.tiles.value == ""
    assert tab.picture.outputs == ()
    assert not is_shown(tab.report)
    assert not is_shown(tab.troubles.widget)


def test_another_chart_is_drawn_of_what_is_there() -> None:
    runner = scripted(4)
    tab = opened(runner)
    press(tab.load, tab)
    asked = len(runner.requests)

    tab.chart.value = "success_calendar"
    wait_until(lambda: "The chart is drawn" in said(tab))
    tab.chart.value = "failure_chart"
    wait_until(lambda: "needs events" in said(tab))

    assert len(runner.requests) == asked


def test_another_choice_takes_away_what_is_of_something_else() -> None:
    tab = opened(scripted(4))
    press(tab.load, tab)

    tab._desk.job_chosen.tell(Job(id="j1", name="deploy"))

    assert (tab.of.value, tab.table.rows, tab.tiles.value) == ("j1", [], "")
    assert press(tab.load, tab) == "4 executions."
    tab.show()
    assert len(tab.table.rows) == 4


# --- where Runner does not give it all ---------------------------------------------------------------------------


def test_runner_away_in_the_middle_leaves_what_had_come(capsys: pytest.CaptureFixture[str]) -> None:
    runner = scripted(1_200)

    def leave(path: str, page: int) -> None:
        if path.endswith("/executions") and page >= 4:
            raise httpx.ConnectError("connection refused")

    runner.on_request = leave
    tab = opened(runner)

    sentence = press(tab.load, tab)

    assert sentence.startswith("✗")
    assert "What came is kept" in sentence
    assert 0 < len(tab.table.rows) < 1_200
    assert "more were never pulled" in words(tab.lack)
    assert "Success rate" in words(tab.tiles)
    printed = capsys.readouterr()
    assert printed.out == printed.err == ""


def test_runner_out_of_reach_leaves_what_is_stored() -> None:
    runner = scripted(7)
    tab = opened(runner)
    press(tab.load, tab)
    runner.is_away = True

    assert press(tab.load, tab) == "7 executions from the store."

    assert "last asked about it just now" in words(tab.lack)
    assert len(tab.table.rows) == 7


def test_an_expired_token_is_told_and_what_is_stored_shown() -> None:
    runner = scripted(7)
    tab = opened(runner)
    press(tab.load, tab)
    refused: list[NotLoggedIn] = []
    tab._desk.log_in_refused.listen(refused.append)
    runner.has_expired = True

    assert press(tab.load, tab).startswith("✗")

    assert len(refused) == 1
    assert str(refused[0]) in said(tab)
    assert "stored history" in words(tab.lack)
    assert len(tab.table.rows) == 7


def test_an_expired_token_with_nothing_stored_is_told() -> None:
    runner = scripted(7)
    tab = opened(runner)
    runner.has_expired = True

    assert press(tab.load, tab).startswith("✗")
    assert tab.table.rows == []


def test_without_a_log_in_the_stored_history_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = scripted(6)
    tab = opened(runner)
    press(tab.load, tab)
    asked = len(runner.requests)
    make_current(None)
    monkeypatch.setenv("CTL_PROFILE", URL)
    monkeypatch.setenv("CLC_ACCT_ALIAS", "ACME")
    tab = unasked(Desk())

    assert press(tab.load, tab) == "6 executions from the store."

    assert "Runner was last asked" in words(tab.lack)
    assert len(runner.requests) == asked
    assert "Nobody is logged in" in words(tab.note)
    tab.of.value = "j1"
    assert press(tab.load, tab) == "6 executions from the store."


def test_from_the_store_alone_nobody_is_asked_and_nobody_refused() -> None:
    runner = scripted(6)
    tab = opened(runner)
    refused: list[NotLoggedIn] = []
    tab._desk.log_in_refused.listen(refused.append)
    tab.offline.value = True

    assert "No history is kept" in press(tab.load, tab)
    assert refused == []
    assert runner.requests == []


def test_events_that_are_not_stored_are_told_in_a_note() -> None:
    tab = opened(scripted(6))
    press(tab.load, tab)
    tab.offline.value = tab.with_events.value = True

    press(tab.load, tab)

    assert "The events of 6 of 6 executions are not kept here." in words(tab.lack)


def test_cancel_keeps_what_had_come() -> None:
    runner = scripted(3_000)
    may_go_on, is_far = threading.Event(), threading.Event()

    def hold(path: str, page: int) -> None:
        if path.endswith("/executions") and page >= 5:
            is_far.set()
            may_go_on.wait(20)

    runner.on_request = hold
    tab = opened(runner)
    begin(tab)
    assert is_far.wait(20)
    assert is_shown(tab.cancel)
    assert tab.load.disabled

    tab.cancel.click()
    may_go_on.set()
    wait_until(lambda: not tab.load.disabled)

    assert said(tab).startswith("Stopped: ")
    assert 0 < len(tab._jobs) < 3_000
    assert "Loading was stopped" in words(tab.lack)
    assert not is_shown(tab.cancel)

    assert press(tab.load, tab).startswith("3,000 executions.")
    assert words(tab.lack).strip() == ""


def test_logging_out_meanwhile_shows_nothing() -> None:
    runner = scripted(3)
    may_go_on, is_asked = threading.Event(), threading.Event()

    def hold(path: str, page: int) -> None:
        is_asked.set()
        may_go_on.wait(20)

    tab = opened(runner)
    runner.on_request = hold
    begin(tab)
    assert is_asked.wait(20)
    make_current(None)
    may_go_on.set()
    wait_until(lambda: not tab.load.disabled)

    assert "meanwhile" in said(tab)
    assert tab.table.rows == []


def test_logging_out_while_it_is_drawn_leaves_no_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on, is_drawing = threading.Event(), threading.Event()
    drawn = charts.timeline

    def hold(history: Any) -> Any:
        is_drawing.set()
        may_go_on.wait(20)
        return drawn(history)

    monkeypatch.setattr(charts, "timeline", hold)
    tab = opened(scripted(3))
    begin(tab)
    assert is_drawing.wait(20)
    make_current(None)
    tab._desk.look()
    may_go_on.set()
    wait_until(lambda: not tab.load.disabled)

    assert tab.picture.outputs == ()
    assert tab.table.rows == []


# --- one that fails ----------------------------------------------------------------------------------------------


def fails(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("nothing to divide by")


def test_a_measure_that_fails_says_so_in_its_tile(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measures, "trend", fails)
    tab = opened(scripted(10))

    assert press(tab.load, tab) == "10 executions."

    assert re.search(r"Trend\s+not known\s+it failed: ZeroDivisionError", words(tab.tiles))
    assert re.search(r"Success rate\s+80%", words(tab.tiles))
    assert capsys.readouterr().err == ""


def test_a_table_that_fails_says_so_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "failure_groups", fails)
    tab = opened(scripted(10))
    tab.with_events.value = True

    press(tab.load, tab)

    assert "ZeroDivisionError" in tab.troubles.causes.empty
    assert tab.troubles.tasks.rows


def test_a_chart_that_cannot_be_drawn_is_a_sentence(monkeypatch: pytest.MonkeyPatch, executions: pd.DataFrame) -> None:
    (drawn,) = picture("timeline", executions.drop(columns="start"))
    assert "Timeline cannot be drawn" in drawn["data"]["text/plain"]
    monkeypatch.setattr(charts, "timeline", fails)
    (drawn,) = picture("timeline", executions)
    assert "a fault of ctl-jupyter" in drawn["data"]["text/html"]


# --- what is said ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year() -> Any:
    return samples.a_year(seed=7, executions=2_000)


@pytest.fixture(scope="module")
def executions(year: Any) -> pd.DataFrame:
    frame: pd.DataFrame = year.executions
    return frame


def test_one_execution_is_enough(executions: pd.DataFrame) -> None:
    shown = tiles(executions[executions["status"] == "SUCCESS"].head(1))

    assert "it failed" not in tiles_html(shown)
    assert {tile.name: tile.value for tile in shown}["Trend"] == "not known"


def test_no_trend_is_told_of_an_afternoon(executions: pd.DataFrame) -> None:
    of_job = executions[executions["job"] == "patch linux"]
    starts = pd.Timestamp("2026-05-02", tz="UTC") + pd.to_timedelta(range(len(of_job)), unit="min")
    growing = of_job.assign(
        start=starts, status="SUCCESS", duration=pd.to_timedelta(range(60, 60 + len(of_job)), unit="s")
    )
    weekly = growing.assign(start=growing["start"].iloc[0] + pd.to_timedelta(range(len(of_job)), unit="D"))

    assert {tile.name: tile.value for tile in tiles(growing)}["Trend"] == "not known"
    assert {tile.name: tile.value for tile in tiles(weekly)}["Trend"].startswith("+")


def test_the_table_is_limited_to_the_newest(executions: pd.DataFrame) -> None:
    assert [row.key for row in rows(executions)] == executions["execution_id"].head(MOST_ROWS).tolist()


def test_no_rows_of_anything(year: Any) -> None:
    none = year.executions.head(0)

    assert tiles(none) == tiles_of_events(year.runs.head(0), year.hosts.head(0), none) == []
    assert cause_rows(year.hosts.head(0), none) == host_rows(year.hosts.head(0), none) == []
    assert task_rows(year.tasks.head(0)) == []
    assert tiles_html([]) == ""


def test_tables_of_a_year_tell_what_failed_and_where_the_time_goes(year: Any) -> None:
    known = set(year.executions["execution_id"])
    causes, tasks = cause_rows(year.hosts, year.executions), task_rows(year.tasks)

    assert causes[0].order["Failures"] == max(row.order["Failures"] for row in causes)
    assert {execution_of(row.key) for row in [*causes, *tasks]} <= known
    assert len({row.key for row in causes}) == len(causes)
    assert "healthy" not in {row.cells["Verdict"] for row in host_rows(year.hosts, year.executions)}


@pytest.mark.parametrize("name", [name for _, name in CHARTS])
def test_every_chart_on_the_list_is_drawn(year: Any, name: str) -> None:
    of_job = year.executions["execution_id"][year.executions["job"] == "patch linux"]
    frame = {"queue_chart": "runs", "failure_chart": "hosts", "host_run_matrix": "hosts"}.get(name, "executions")
    given = getattr(year, frame)

    assert VEGA in picture(name, given[given["execution_id"].isin(of_job)])[0]["data"]


@pytest.mark.parametrize("name", [name for _, name in CHARTS_OF_ONE])
def test_every_chart_of_one_execution_is_drawn(year: Any, name: str) -> None:
    execution_id = year.hosts["execution_id"].iloc[0]

    assert VEGA in picture_of_one(name, year.hosts, execution_id)[0]["data"]


def test_how_old_a_stored_history_is(executions: pd.DataFrame) -> None:
    checked = pd.Timestamp("2026-05-02 09:30", tz="UTC")
    stored = executions.assign(checked=checked)

    assert "last asked about it 3 h ago (2026-05-02 09:30 UTC)" in age(stored, checked.timestamp() + 3 * 3_600)
    assert age(stored.head(0)) == "This is the stored history."


@pytest.mark.parametrize(
    ("asked", "call"),
    [
        (Asked("j'1", "7 days", with_events=True), """history("j'1", since='7 days', events=True)"""),
        (Asked(None, None, is_offline=True), "history(offline=True)"),
    ],
)
def test_code_that_gives_the_same_history(asked: Asked, call: str) -> None:
    assert code(asked).endswith(call)


def test_without_a_job_the_tab_says_so() -> None:
    log_in(scripted(1))
    tab = HistoryTab(Desk())

    assert "No job is chosen" in tab.note.value
    assert (tab.of.value, tab.of.label) == ("", "the whole account")


def test_the_chosen_job_is_what_the_history_is_of() -> None:
    desk = Desk()
    tab = HistoryTab(desk)
    desk.job_chosen.tell(Job(id="j1", name="deploy"))

    assert tab.of.value == "j1"


def test_what_is_chosen_in_the_page_is_named_there() -> None:
    tab = HistoryTab(Desk())
    for choice in (tab.of, tab.period):
        for place, label in enumerate(choice._options_labels):
            # As the page sends a choice.
            choice.set_state({"index": place})
            assert choice.label == label


def test_a_report_takes_no_name_that_is_taken() -> None:
    taken: Callable[[str], bool] = {"report-deploy-the-shop.html"}.__contains__
    assert report_name("deploy / the shop!", taken) == "report-deploy-the-shop-2.html"
    assert report_name(None, taken) == "report-account.html"
    assert report_name("../..", taken) == "report-job.html"
