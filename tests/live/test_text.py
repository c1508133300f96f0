import pytest

from ctl_jupyter.live import progress_line, summary_text
from ctl_jupyter.live.text import clock, one_line
from tests.live.stub_runner import STARTED, StubRunner, event, result, status

ID = "5f0c1b2a77e94d3e8f6a90cd"


def test_a_running_execution_in_one_line(runner: StubRunner) -> None:
    handle = runner.handle()
    for told in [
        status("INITIALIZING"),
        status("RUNNING", 1),
        event("playbook_on_task_start", task="Gathering Facts"),
        event("playbook_on_task_start", task="Install nginx"),
        result("ok", "web1"),
        result("failed", "web2", msg="no space left"),
        result("unreachable", "web3", msg="no route"),
    ]:
        handle.progress.add(told)

    line = progress_line(handle, now=STARTED / 1000 + 72)

    assert line == "RUNNING · task 2: Install nginx · 3 hosts: 1 failed, 1 unreachable, 1 running · 1:12"


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
    assert last.startswith("connection lost: http://127.0.0.1:1 cannot be reached (connection refused).")
    assert last.endswith(f"%ctl_watch {ID} picks it up again")


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
