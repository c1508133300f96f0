"""The tab of jobs without a browser, beside a Runner on loopback."""

import json
import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

import ipywidgets
import pytest

from ctl_jupyter.client import ExecutionHandle, connect, http
from ctl_jupyter.documents import Job
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.jobs import JobsTab
from ctl_jupyter.panel.table import _Sheet
from tests.fake_runner import Break, FakeRunner
from tests.panel.clicking import wait_until
from tests.panel.parts import part, parts, words


@pytest.fixture
def hosted(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRunner]:
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.001)
    with FakeRunner() as runner:
        monkeypatch.setenv("CLC_V2_API_USERNAME", runner.username)
        monkeypatch.setenv("CLC_V2_API_PASSWD", runner.password)
        yield runner


class Opened:
    """A tab of jobs that was shown."""

    def __init__(self, hosted: FakeRunner) -> None:
        self.desk = Desk(connect(hosted.url))
        self.chosen: list[Job | None] = []
        self.opened: list[ExecutionHandle] = []
        self.desk.job_chosen.listen(self.chosen.append)
        self.desk.execution_opened.listen(self.opened.append)
        self.tab = JobsTab(self.desk)
        self.tab.show()
        wait_until(lambda: not self.part("Refresh").disabled)

    def part(self, name: str) -> Any:
        return part(self.tab.widget, name)

    def table(self, label: str = "Jobs") -> Any:
        (found,) = [one for one in parts(self.tab.widget) if isinstance(one, _Sheet) and one.label == label]
        return found

    def listed(self, label: str = "Jobs") -> list[list[str]]:
        table = self.table(label)
        rows = dict(enumerate(json.loads(table.rows)))
        rows |= {int(place): row for place, row in json.loads(table.changes).items()}
        return [rows[place][1] for place in (rows if table.found is None else table.found)]

    @property
    def names(self) -> list[str]:
        return [cells[0] for cells in self.listed()]

    @property
    def text(self) -> str:
        return words(self.tab.widget)

    @property
    def status(self) -> str:
        return words(self.desk.status)


def test_jobs_are_listed_with_how_they_fare(hosted: FakeRunner) -> None:
    deploy, _ = hosted.add_job("deploy"), hosted.add_job("patch")
    hosted.add_execution(deploy, status="SUCCESS")
    hosted.add_execution(deploy, status="FAILURE")
    opened = Opened(hosted)
    assert sorted(opened.names) == ["deploy", "patch"]
    row = next(cells for cells in opened.listed() if cells[0] == "deploy")
    assert row[2:4] == ["✗ FAILURE", "50 % of 2"]
    assert "2 jobs." in opened.status


def test_thousands_of_jobs_come_page_by_page(hosted: FakeRunner) -> None:
    for number in range(1_250):
        hosted.add_job(f"job-{number:04}")
    opened = Opened(hosted)
    assert len(opened.names) == 1_250
    opened.part("Find").value = "job 0777"
    assert opened.names == ["job-0777"]
    assert "1 of 1,250 jobs" in opened.text


def test_jobs_that_came_before_the_trouble_stay(hosted: FakeRunner) -> None:
    for number in range(250):
        hosted.add_job(f"job-{number}")
    hosted.trouble(Break(), path=r"/jobs/ACCT\?.*page=2", times=50)
    opened = Opened(hosted)
    assert len(opened.names) == 200
    assert "✗" in opened.status


def test_a_refresh_that_breaks_off_loses_no_job_and_no_choice(hosted: FakeRunner) -> None:
    ids = [hosted.add_job(f"job-{number}") for number in range(250)]
    opened = Opened(hosted)
    opened.table().chosen = ids[0]
    hosted.trouble(Break(), path=r"/jobs/ACCT\?.*page=1", times=50)
    opened.part("Refresh").click()
    wait_until(lambda: "✗" in opened.status)
    assert len(opened.names) == 250
    assert opened.table().chosen == ids[0]


class Held:
    """A tab of jobs whose reading stands still behind a page, until it may go on."""

    def __init__(self, hosted: FakeRunner, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
        self._arrived, self._may_go_on = threading.Event(), threading.Event()
        self.desk = Desk(connect(hosted.url))
        calls = self.desk.session.calls
        jobs, executions = calls.jobs, calls.executions

        def held(rows: Iterator[Any]) -> Iterator[Any]:
            # The page was answered, and is not in the list yet.
            yield from [*islice(rows, 100)]
            if not self._may_go_on.is_set():
                self._arrived.set()
                assert self._may_go_on.wait(20)
            yield from rows

        monkeypatch.setattr(calls, "jobs", lambda: held(jobs()) if path == "jobs" else jobs())
        monkeypatch.setattr(
            calls, "executions", lambda *of: held(executions(*of)) if path == "executions" else executions(*of)
        )
        self.opened = Opened.__new__(Opened)
        self.opened.desk, self.opened.tab = self.desk, JobsTab(self.desk)
        self.opened.tab.show()
        assert self._arrived.wait(20)

    def go_on(self) -> Opened:
        self._may_go_on.set()
        wait_until(lambda: not self.opened.part("Refresh").disabled)
        return self.opened


def test_what_is_changed_while_the_list_is_read_stays(hosted: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [hosted.add_job(f"job-{number:03}") for number in range(150)]
    held = Held(hosted, monkeypatch, "jobs")
    calls = held.desk.session.calls
    renamed, deleted = calls.get_job(ids[-1]), calls.get_job(ids[-2])
    renamed.name = "renamed"
    held.desk.job_changed.tell(calls.update_job(renamed))
    held.desk.session.delete_job(deleted)
    deleted.status = "DELETED"
    held.desk.job_changed.tell(deleted)
    held.desk.job_changed.tell(held.desk.session.create_job({"name": "created", "playbook": "- hosts: all"}))
    names = held.go_on().names
    # Deleting one moved another to a page that was read already; it is here all the same.
    assert sorted(names) == sorted([*(f"job-{number:03}" for number in range(148)), "renamed", "created"])


def test_a_job_started_while_the_list_is_read_shows_its_start(
    hosted: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = hosted.add_job("deploy")
    for _ in range(150):
        hosted.add_execution(job_id, status="SUCCESS")
    held = Held(hosted, monkeypatch, "executions")
    held.desk.open_execution(held.desk.session.start(job_id))
    opened = held.go_on()
    (row,) = opened.listed()
    assert "SUCCESS" not in row[2]
    assert row[3] == "100 % of 150"


def test_a_row_follows_an_execution_to_its_end_though_another_job_is_chosen(hosted: FakeRunner) -> None:
    deploy, other = hosted.add_job("deploy"), hosted.add_job("other")
    opened = Opened(hosted)
    opened.table().chosen = other
    handle = opened.desk.session.start(deploy)
    opened.desk.open_execution(handle)

    def status() -> str:
        return next(cells[2] for cells in opened.listed() if cells[0] == "deploy")

    assert status()
    assert "FAILURE" not in status()
    hosted.executions[handle.execution_id]["status"] = "FAILURE"
    wait_until(lambda: status() == "✗ FAILURE")


def test_opening_an_old_execution_leaves_the_last_status(hosted: FakeRunner) -> None:
    job_id = hosted.add_job("deploy")
    old = hosted.add_execution(job_id, status="FAILURE")
    hosted.add_execution(job_id, status="SUCCESS")
    opened = Opened(hosted)
    opened.desk.open_execution(opened.desk.session.execution(old, job_id))
    assert opened.listed()[0][2] == "✓ SUCCESS"


def test_a_list_that_could_not_be_read_says_so(hosted: FakeRunner) -> None:
    hosted.trouble(Break(), path=r"/jobs/ACCT\?", times=50)
    opened = Opened(hosted)
    assert "Refresh asks again" in opened.table().empty
    assert "✗" in opened.status


def test_jobs_of_whoever_was_logged_in_before_are_not_shown(
    hosted: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted.add_job("of the other")
    first = connect(hosted.url)
    asked, may_answer = threading.Event(), threading.Event()
    jobs = first.calls.jobs

    def held() -> Iterator[Job]:
        asked.set()
        assert may_answer.wait(20)
        return jobs()

    monkeypatch.setattr(first.calls, "jobs", held)
    with FakeRunner() as another:
        another.add_job("of mine")
        monkeypatch.setenv("CLC_V2_API_USERNAME", another.username)
        monkeypatch.setenv("CLC_V2_API_PASSWD", another.password)
        opened = Opened.__new__(Opened)
        opened.desk = Desk(first)
        opened.tab = JobsTab(opened.desk)
        opened.tab.show()
        assert asked.wait(20)
        opened.desk.use(connect(another.url))
        opened.tab.show()
        may_answer.set()
        wait_until(lambda: not opened.part("Refresh").disabled)
        assert opened.names == ["of mine"]


def test_a_search_leaves_the_chosen_job_and_what_was_typed(hosted: FakeRunner) -> None:
    deploy, _ = hosted.add_job("deploy"), hosted.add_job("patch")
    opened = Opened(hosted)
    opened.table().chosen = deploy
    opened.part("Find").value = "patch"
    assert opened.names == ["patch"]
    assert opened.table().chosen == deploy
    assert [job and job.id for job in opened.chosen] == [deploy]


def test_jobs_in_sight_whose_executions_are_older_are_asked_for_once(hosted: FakeRunner) -> None:
    busy, old, never = (hosted.add_job(name) for name in ("busy", "old", "never"))
    hosted.add_execution(old, status="FAILURE")
    for _ in range(500):
        hosted.add_execution(busy, status="SUCCESS")
    opened = Opened(hosted)
    row = next(cells for cells in opened.listed() if cells[0] == "old")
    assert row[2] == ""
    for _ in range(2):
        opened.table()._handle_custom_msg({"kind": "sight", "keys": [busy, never, old]}, [])
        wait_until(lambda: any(cells[2] == "✗ FAILURE" for cells in opened.listed()))
    asked = [len(hosted.calls_to("GET", f"/jobs/ACCT/{job}/executions")) for job in (busy, never, old)]
    assert asked == [0, 1, 1]


def test_a_short_account_is_not_asked_job_by_job(hosted: FakeRunner) -> None:
    never = hosted.add_job("never")
    opened = Opened(hosted)
    opened.table()._handle_custom_msg({"kind": "sight", "keys": [never]}, [])
    opened.part("Refresh").click()
    wait_until(lambda: not opened.part("Refresh").disabled)
    assert hosted.calls_to("GET", f"/jobs/ACCT/{never}/executions") == []


def test_an_empty_account_says_how_to_begin(hosted: FakeRunner) -> None:
    opened = Opened(hosted)
    assert "New job" in opened.table().empty


def test_a_search_that_finds_nothing_says_so(hosted: FakeRunner) -> None:
    hosted.add_job("deploy")
    opened = Opened(hosted)
    opened.part("Find").value = "zzz"
    assert opened.names == []
    assert "No job has all these words" in opened.table().empty


def test_a_chosen_job_shows_its_details_and_executions(hosted: FakeRunner) -> None:
    job_id = hosted.add_job("deploy", description="of the shop")
    execution = hosted.add_execution(job_id, status="SUCCESS")
    opened = Opened(hosted)
    opened.table().chosen = job_id
    assert [job and job.name for job in opened.chosen] == ["deploy"]
    wait_until(lambda: opened.listed("Executions"))
    assert "of the shop" in opened.text
    opened.table("Executions")._handle_custom_msg({"kind": "open", "key": execution}, [])
    wait_until(lambda: opened.opened)
    assert opened.opened[0].execution_id == execution


def test_a_job_is_deleted_at_the_second_click(hosted: FakeRunner) -> None:
    job_id = hosted.add_job("deploy")
    opened = Opened(hosted)
    opened.table().chosen = job_id
    opened.part("Delete").click()
    assert "Click again" in opened.status
    assert job_id in hosted.jobs
    opened.part("Really delete?").click()
    wait_until(lambda: opened.names == [])
    assert job_id not in hosted.jobs
    assert opened.chosen[-1] is None


def test_a_job_that_runs_is_not_deleted_and_stays(hosted: FakeRunner) -> None:
    job_id = hosted.add_job("deploy")
    opened = Opened(hosted)
    opened.table().chosen = job_id
    hosted.jobs.clear()
    opened.part("Delete").click()
    opened.part("Really delete?").click()
    wait_until(lambda: "✗" in opened.status)
    assert opened.names == ["deploy"]


def test_a_created_job_is_listed_and_chosen(hosted: FakeRunner) -> None:
    opened = Opened(hosted)
    job_id = hosted.add_job("new one")
    opened.desk.job_changed.tell(opened.desk.session.calls.get_job(job_id))
    assert opened.names == ["new one"]
    assert opened.table().chosen == job_id


def test_nothing_is_asked_before_somebody_looks(hosted: FakeRunner) -> None:
    session = connect(hosted.url)
    before = len(hosted.calls)
    tab = JobsTab(Desk(session))
    assert len(hosted.calls) == before
    assert any(isinstance(one, ipywidgets.Button) for one in parts(tab.widget))


def test_a_log_out_empties_the_list(hosted: FakeRunner) -> None:
    hosted.add_job("deploy")
    opened = Opened(hosted)
    opened.desk.session_changed.tell(None)
    assert opened.names == []
    assert "Log in" in opened.table().empty
