import threading
from dataclasses import replace

import pytest

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.documents import Execution, Timer
from ctl_jupyter.live import progress_line, summary_text
from ctl_jupyter.live.glance import glance
from ctl_jupyter.live.text import clock, time_left
from tests.live.stub_runner import STARTED, StubRunner, event, result, status

ID = "5f0c1b2a77e94d3e8f6a90cd"


def test_a_running_execution_in_one_line(runner: StubRunner) -> None:
    handle = runner.handle()
    for told in [
        status("INITIALIZING"),
        status("RUNNING", 1),
        event("playbook_on_task_start", task="Gathering Facts"),
        event("playbook_on_task_start", task="Install nginx"),
        result("ok", "web0", task="Gathering Facts"),
        result("ok", "web1"),
        result("failed", "web2", msg="no space left"),
        result("unreachable", "web3", msg="no route"),
    ]:
        handle.progress.add(told)

    line = progress_line(handle, now=STARTED / 1000 + 72)

    assert line == "RUNNING · task 2: Install nginx · 4 hosts: 1 failed, 1 unreachable, 1 done, 1 running · 1:12"


def test_an_execution_that_waits_has_no_elapsed_time(runner: StubRunner) -> None:
    assert progress_line(runner.handle()) == "PENDING · waiting for its turn"


def test_an_unknown_status_passes_as_it_is(runner: StubRunner) -> None:
    handle = runner.handle()
    handle.progress.add(status("REBOOTING"))

    assert progress_line(handle).startswith("REBOOTING · a status that is not known here")


def test_a_service_whose_clock_is_ahead_makes_no_negative_time(runner: StubRunner) -> None:
    handle = runner.handle()
    handle.progress.add(status("INITIALIZING"))

    assert progress_line(handle, now=STARTED / 1000 - 5).endswith(" · 0:00")


def test_the_summary_holds_job_and_id_and_how_to_go_on(runner: StubRunner) -> None:
    lines = summary_text(runner.handle("deploy-web")).splitlines()

    assert lines == [
        "deploy-web: PENDING · waiting for its turn",
        f"execution {ID}",
        f"%ctl_watch {ID} shows how it goes on",
    ]


def test_the_summary_of_a_failure_names_the_first_hosts_and_counts_the_rest(runner: StubRunner) -> None:
    handle = runner.handle()
    told = [result("failed", f"web{n}", msg="line one\nline two") for n in range(1, 6)]
    for happened in [*told, result("unreachable", "db1", task="Ping", msg="no route"), status("FAILURE", 9)]:
        handle.progress.add(happened)

    lines = summary_text(handle).splitlines()

    assert lines[2:] == [
        "web1, web2, web3 and 2 more failed in task 'Install nginx': line one line two",
        "… and 1 other failure",
    ]


def test_hosts_that_only_the_final_document_calls_failed_are_counted(runner: StubRunner) -> None:
    handle = runner.handle()
    runner.executions[ID].failed_hosts = ["web1", "web2"]
    runner.tell(status("FAILURE"))

    handle.wait(30)

    assert "2 hosts: 2 failed" in progress_line(handle)


def test_a_lost_connection_is_told_with_the_way_back(runner: StubRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctl_jupyter.client.follow.PATIENCE_AT_HOME", -1.0)
    handle = runner.handle()
    runner.is_down = True

    with pytest.raises(Exception, match="cannot be reached"):
        handle.wait(30)

    last = summary_text(handle).splitlines()[-1]
    assert last.startswith("not followed any longer: http://127.0.0.1:1 cannot be reached (connection refused).")
    assert last.endswith(f"%ctl_watch {ID} picks it up again")


@pytest.mark.parametrize(
    ("elapsed", "usual", "words"),
    [
        (0, 190, "about 3 min left"),
        (100, 190, "about 2 min left"),
        (101, 190, "about 90 s left"),
        (141, 190, "about 50 s left"),
        (184, 190, "about 10 s left"),
        (189, 190, "nearly done"),
        (200, 190, "nearly done"),
        (300, 190, "longer than usual (usually 3:10)"),
        (0, 4, ""),
        (30, 4, "longer than usual (usually 0:04)"),
        (60, 9000, "about 2.5 h left"),
    ],
)
def test_the_time_that_is_left(runner: StubRunner, elapsed: float, usual: float, words: str) -> None:
    assert time_left(replace(glance(runner.handle()), seconds=elapsed, usual=usual)) == words


def test_a_job_without_a_history_has_no_estimate(runner: StubRunner) -> None:
    assert time_left(replace(glance(runner.handle()), seconds=5.0, usual=None)) == ""


def test_the_estimate_comes_from_the_jobs_history_and_is_asked_for_once(runner: StubRunner) -> None:
    runner.history = [ended("before", seconds=190)]
    handle = runner.handle()
    is_known = threading.Event()
    handle.follow(lambda: is_known.set() if handle.usual_seconds else None, with_history=True)
    runner.tell(status("INITIALIZING"), status("RUNNING", 1))
    assert is_known.wait(30)
    line = progress_line(handle, now=STARTED / 1000 + 10)
    runner.tell(status("SUCCESS", 12))
    handle.wait(30)

    assert line.endswith("0:10 · about 3 min left")
    assert runner.requests.count("/jobs/ACME/job-0001/executions") == 1
    assert progress_line(handle) == "SUCCESS · 0:12"


def ended(execution_id: str, seconds: int) -> Execution:
    timers = [Timer(start=STARTED, end=STARTED + seconds * 1000)]
    return Execution(execution_id=execution_id, job_id="job-0001", status="SUCCESS", timers=timers)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (7.9, "0:07"), (60, "1:00"), (3599, "59:59"), (3723, "1:02:03"), (360_000, "100:00:00")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\r\n  b\tc", "a b c"),
        ("\x1b[0;31mred\x1b[0m", "red"),
        ("bell\x07", "bell\N{REPLACEMENT CHARACTER}"),
        ("\u202egnp.exe", "\N{REPLACEMENT CHARACTER}gnp.exe"),
        ("half \ud800", "half \N{REPLACEMENT CHARACTER}"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        ("x" * 21, "x" * 19 + "…"),
    ],
)
def test_texts_from_outside_come_on_one_clean_line(given: str, shown: str) -> None:
    assert one_line(given, 20) == shown
