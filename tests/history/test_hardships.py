"""Histories on bad days: whatever network, service, disk and user do, nothing is missing unsaid and nothing is lost."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import ctl_jupyter.history
from ctl_jupyter.client import (
    AmbiguousName,
    AnswerNotUnderstood,
    NotFound,
    NotLoggedIn,
    RunnerError,
    ServiceFailed,
    Unreachable,
    arrow,
    connect,
    http,
    whole_lists,
)
from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history import History, IncompleteHistory, history
from ctl_jupyter.history.pulling import arrow_pull, events_here, look, page_pull, progress
from ctl_jupyter.history.store import StoreUnusable
from tests.canary_runner import CanaryRunner
from tests.fake_runner import Answer, Break, Call, FakeRunner, Hold, Truncate
from tests.history.arrow_runner import ArrowRunner
from tests.history.pullers import pull, pull_until_interrupted, pull_where_nothing_fits, started
from tests.history.runner_documents import Runner, execution_document, log_in
from tests.service import canaries

#: Executions of the account, and those of them that belong to the second job and have status events.
COUNT, SMALL = 250, 20
START, LENGTH = 1_700_000_000_000, 60_000
EVENTS = ("playbook_on_start", "runner_on_ok", "playbook_result")
FOR_EVER = 10**6


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (http, arrow, whole_lists, page_pull, look):
        monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRunner]:
    with FakeRunner() as runner:
        fill(runner, monkeypatch)
        yield runner


@pytest.fixture
def arrow_runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArrowRunner]:
    with ArrowRunner() as runner:
        fill(runner, monkeypatch)
        yield runner


def fill(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a Runner two jobs, and executions that each began when the one before had ended."""
    monkeypatch.setenv("CLC_V2_API_USERNAME", runner.username)
    monkeypatch.setenv("CLC_V2_API_PASSWD", runner.password)
    runner.add_job("deploy", "job-1")
    runner.add_job("backup", "job-2")
    for place in range(COUNT):
        add_execution(runner, place)


def add_execution(runner: FakeRunner, place: int) -> None:
    job_id = "job-2" if place < SMALL else "job-1"
    execution_id = runner.add_execution(job_id, f"x{place}", status="FAILURE" if place % 10 == 3 else "SUCCESS")
    runner.executions[execution_id].update(start=START + place * LENGTH, end=START + (place + 1) * LENGTH)
    if place < SMALL:
        for kind in EVENTS:
            runner.add_event(execution_id, kind, {"host": "web1", "status": "SUCCESS"})


def check_whole(pulled: History, count: int = COUNT) -> None:
    executions = pulled.executions
    assert executions["execution_id"].tolist() == [f"x{place}" for place in reversed(range(count))]
    assert executions["complete"].all()
    assert pulled.complete


def check_events(pulled: History) -> None:
    events = pulled.events
    assert events["execution_id"].tolist() == [f"x{place}" for place in reversed(range(SMALL)) for _ in EVENTS]
    assert events["event_type"].tolist() == list(EVENTS) * SMALL
    assert pulled.executions["complete"].all()
    assert pulled.complete


def pages(runner: FakeRunner) -> list[int]:
    return sorted(int(call.query["page"]) for call in runner.calls_to("GET", ".*/executions") if "page" in call.query)


def executions_with_events_asked(runner: FakeRunner) -> list[str]:
    return sorted(call.path.rpartition("/")[2] for call in runner.calls_to("GET", "/status/.*"))


# --- a network and a service in trouble -----------------------------------------------------------------------

TROUBLES: dict[str, Answer | Break | Truncate] = {
    "busy": Answer(429, headers={"Retry-After": "0.001"}),
    "broken": Answer(500),
    "a bad gateway": Answer(502),
    "in maintenance": Answer(503, {"message": "later"}),
    "slow": Answer(504),
    "dropped": Break(),
    "truncated": Truncate(),
    "HTML": Answer(200, body=b"<html>It works!</html>", headers={"Content-Type": "text/html"}),
    "nonsense": Answer(200, {"message": "hello"}),
}


@pytest.mark.parametrize("what", TROUBLES)
def test_trouble_that_passes(runner: FakeRunner, what: str) -> None:
    runner.trouble(TROUBLES[what], path="/executions.*page=0", times=2)
    runner.trouble(TROUBLES[what], path="/executions.*page=1", times=2)
    runner.trouble(TROUBLES[what], path="/execution/x7", times=2)
    session = connect(runner.url)
    check_whole(history(session=session))
    check_events(history("backup", session=session, events=True))
    runner.trouble(TROUBLES[what], path="/executions.*page=0", times=2)
    assert len(history(session=session, rows=120).executions) == 120


@pytest.mark.parametrize("what", TROUBLES)
def test_trouble_with_arrow_that_passes(arrow_runner: ArrowRunner, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_pull, "EXECUTIONS", 100)
    monkeypatch.setattr(arrow_pull, "EVENTS", 30)
    monkeypatch.setattr(events_here, "FEW", 1)
    arrow_runner.trouble(TROUBLES[what], path="/executions.*after=100", times=2)
    arrow_runner.trouble(TROUBLES[what], path="/status/ACCT.*after=30", times=2)
    session = connect(arrow_runner.url)
    check_whole(history(session=session))
    check_events(history("backup", session=session, events=True))
    assert pages(arrow_runner) == []


@pytest.mark.parametrize(("what", "kind"), [("broken", ServiceFailed), ("HTML", AnswerNotUnderstood)])
def test_a_page_that_cannot_be_got(runner: FakeRunner, what: str, kind: type[RunnerError]) -> None:
    runner.trouble(TROUBLES[what], path="/executions.*page=1", times=FOR_EVER)
    session = connect(runner.url)
    pulled = history(session=session)
    with pytest.raises(kind, match=r"150 of 250 executions were got; not got: positions 50 to 149 of 250.* is kept"):
        _ = pulled.executions
    assert not pulled.complete
    assert repr(pulled) == (
        "<History of the account ACCT: interrupted: 150 of the 250 executions that were asked for came and are kept, "
        "the next look goes on from there>"
    )
    with pytest.warns(IncompleteHistory, match=r"150 executions are kept here\. 100 more were never pulled."):
        assert len(history(session=session, offline=True).executions) == 150
    runner.clear_troubles()
    runner.calls.clear()
    check_whole(pulled)
    assert pages(runner) == [0, 1]
    assert repr(pulled) == "<History of the account ACCT: 250 executions>"


@pytest.mark.parametrize(
    ("what", "kind", "said"),
    [
        ("broken", ServiceFailed, "Runner broke while answering"),
        ("HTML", AnswerNotUnderstood, "with something that is no Arrow stream any more, 4 times"),
        ("truncated", Unreachable, "cannot be reached"),
    ],
)
def test_an_arrow_answer_that_cannot_be_got(
    arrow_runner: ArrowRunner, what: str, kind: type[RunnerError], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow_pull, "EXECUTIONS", 100)
    arrow_runner.trouble(TROUBLES[what], path="/executions.*after=100", times=FOR_EVER)
    pulled = history(session=connect(arrow_runner.url))
    with pytest.raises(kind, match=f"{said}.* What came is kept"):
        _ = pulled.executions
    assert not pulled.complete
    assert "100 of the 250 executions" in repr(pulled)
    arrow_runner.clear_troubles()
    arrow_runner.calls.clear()
    check_whole(pulled)
    asked = arrow_runner.calls_to("GET", ".*/executions")
    # What answers no Arrow any more is asked for pages; what is there is not asked for again either way.
    if what == "HTML":
        assert pages(arrow_runner) == [0, 1]
    else:
        assert sorted(int(call.query["after"]) for call in asked) == [99, 199]


def test_a_service_that_goes_away_in_the_middle(runner: FakeRunner) -> None:
    runner.trouble(Break(), path="/executions.*page=[12]", times=FOR_EVER)
    session = connect(runner.url)
    pulled = history(session=session)
    with pytest.raises(Unreachable, match="100 of 250 executions were got"):
        _ = pulled.executions
    runner.trouble(Break(), path="", times=FOR_EVER)
    # Away from the beginning, it is another matter: what is kept is shown, and that it is not all.
    with pytest.warns(IncompleteHistory, match=r"cannot be reached .* 100 executions are kept here\. 150 more were"):
        assert len(pulled.executions) == 100
    assert not pulled.complete
    assert repr(pulled) == "<History of the account ACCT: 100 executions, not complete>"
    runner.clear_troubles()
    pulled.refresh()
    check_whole(pulled)


@pytest.mark.parametrize(("what", "kind"), [("broken", ServiceFailed), ("HTML", AnswerNotUnderstood)])
def test_events_that_cannot_be_got(runner: FakeRunner, what: str, kind: type[RunnerError]) -> None:
    runner.trouble(TROUBLES[what], path="/execution/x7", times=FOR_EVER)
    pulled = history("backup", session=connect(runner.url), events=True)
    with pytest.raises(kind, match=r"events of the execution x7 could not be got.* 19 of 20 executions .* is kept"):
        _ = pulled.executions
    assert not pulled.complete
    assert repr(pulled) == (
        "<History of job 'backup': 20 executions, not complete; interrupted: the events of 19 of the 20 executions "
        "that were asked for came and are kept, the next look goes on from there>"
    )
    runner.clear_troubles()
    runner.calls.clear()
    check_events(pulled)
    assert executions_with_events_asked(runner) == ["x7"]


def test_events_that_are_gone_in_the_middle(runner: FakeRunner) -> None:
    session = connect(runner.url)
    pulled = history("backup", session=session)
    _ = pulled.executions
    assert pulled.complete
    runner.trouble(Break(), path="/status", times=FOR_EVER)
    with pytest.raises(Unreachable, match="The events of 0 of 20 executions were got"):
        _ = pulled.hosts
    assert not pulled.complete
    runner.clear_troubles()
    check_events(pulled)


@pytest.mark.parametrize("trigger", ["/executions", "/status"])
def test_a_token_that_ends_on_the_way(runner: FakeRunner, trigger: str) -> None:
    ended = threading.Event()

    def end_once(call: Call) -> None:
        if trigger in call.path and not ended.is_set():
            ended.set()
            runner.expire_tokens()

    runner.on_answer = end_once
    session = connect(runner.url)
    check_whole(history(session=session))
    check_events(history("backup", session=session))
    assert len(runner.log_ins()) == 2


def test_a_token_that_ends_while_arrow_is_pulled(arrow_runner: ArrowRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_pull, "EXECUTIONS", 100)

    def end(call: Call) -> None:
        if call.query.get("after") == "100":
            arrow_runner.on_answer = None
            arrow_runner.expire_tokens()

    arrow_runner.on_answer = end
    check_whole(history(session=connect(arrow_runner.url)))
    assert len(arrow_runner.log_ins()) == 2


def test_a_list_that_has_become_shorter(runner: FakeRunner) -> None:
    session = connect(runner.url)
    check_whole(history(session=session))
    # The oldest are gone, and every position is another.
    for place in range(30):
        del runner.executions[f"x{place}"]
    shown = history(session=session)
    assert shown.executions["execution_id"].tolist() == [f"x{place}" for place in reversed(range(30, COUNT))]
    # As many are gone as are new: the length alone would not tell.
    for place in range(30, 40):
        del runner.executions[f"x{place}"]
        add_execution(runner, COUNT + place - 30)
    shown.refresh()
    assert shown.executions["execution_id"].tolist() == [f"x{place}" for place in reversed(range(40, COUNT + 10))]
    assert shown.complete


def test_a_list_that_becomes_shorter_while_it_is_pulled(runner: FakeRunner) -> None:
    def drop_some(call: Call) -> None:
        if call.query.get("page") == "0":
            runner.on_answer = None
            for place in range(30):
                del runner.executions[f"x{place}"]

    runner.on_answer = drop_some
    session = connect(runner.url)
    pulled = history(session=session)
    with pytest.raises(AnswerNotUnderstood, match="The list has become shorter, 220 instead of 250 executions"):
        _ = pulled.executions
    assert not pulled.complete
    assert pulled.executions["execution_id"].tolist() == [f"x{place}" for place in reversed(range(30, COUNT))]
    assert pulled.complete


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([execution_document("x1")], "does not say how many executions there are"),
        ({"totalSize": 900, "page": 0, "size": 100, "results": [execution_document("x1")]}, "holds 1 rows where 100"),
        ({"totalSize": -1, "page": 0, "size": 100, "results": []}, "does not say how many executions there are"),
    ],
    ids=["a bare array", "too many said", "fewer than none"],
)
def test_a_list_that_is_not_counted_as_it_should_be(runner: FakeRunner, document: Any, said: str) -> None:
    runner.trouble(Answer(200, document), path="/executions", times=FOR_EVER)
    pulled = history(session=connect(runner.url))
    with pytest.raises(AnswerNotUnderstood, match=said):
        _ = pulled.executions
    assert not pulled.complete
    runner.clear_troubles()
    check_whole(pulled)


def test_a_total_that_is_too_large_on_every_page(runner: FakeRunner) -> None:
    session = connect(runner.url)
    original = runner._list_executions

    def longer(call: Call, job_id: str | None) -> Answer:
        answer = original(call, job_id)
        answer.document["totalSize"] += 80
        return answer

    runner._list_executions = longer  # type: ignore[method-assign]
    pulled = history(session=session)
    with pytest.raises(AnswerNotUnderstood, match=r"It holds \d+ rows where \d+ of 330 belong"):
        _ = pulled.executions
    runner._list_executions = original  # type: ignore[method-assign]
    check_whole(pulled)


def test_a_total_that_is_too_small(runner: FakeRunner) -> None:
    original = runner._list_executions

    def capped(call: Call, job_id: str | None) -> Answer:
        answer = original(call, job_id)
        answer.document["totalSize"] = 200
        return answer

    runner._list_executions = capped  # type: ignore[method-assign]
    pulled = history(session=connect(runner.url))
    with pytest.raises(AnswerNotUnderstood, match="more executions than the 200 that it says"):
        _ = pulled.executions
    assert not pulled.complete
    runner._list_executions = original  # type: ignore[method-assign]
    check_whole(pulled)


@pytest.mark.parametrize("form", ["array", "array of a page"])
def test_events_as_bare_arrays(runner: FakeRunner, form: Any) -> None:
    runner.forms.events = form
    check_events(history("backup", session=connect(runner.url)))


@pytest.mark.parametrize("many", [1, 7])
def test_executions_that_start_while_a_history_is_pulled(runner: FakeRunner, many: int) -> None:
    lock = threading.Lock()

    def start_more(call: Call) -> None:
        if call.path.endswith("/executions"):
            with lock:
                for _ in range(many):
                    add_execution(runner, len(runner.executions))

    runner.on_answer = start_more
    session = connect(runner.url)
    ids = history(session=session).executions["execution_id"].tolist()
    assert len(set(ids)) == len(ids)
    assert {f"x{place}" for place in range(COUNT)} <= set(ids)
    runner.on_answer = None
    check_whole(history(session=session), len(runner.executions))


# --- interrupts -----------------------------------------------------------------------------------------------


def interrupt_when(pulled: History, said: str, hold: Hold) -> threading.Thread:
    """Interrupt the main thread once a history says that so much came, while an answer is held back."""

    def wait_and_interrupt() -> None:
        hold.reached.wait(20)
        until = time.monotonic() + 20
        while said not in repr(pulled) and time.monotonic() < until:
            time.sleep(0.002)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=wait_and_interrupt)
    thread.start()
    return thread


def check_interrupted(pulled: History, look: Callable[[], object], said: str, hold: Hold) -> None:
    thread = interrupt_when(pulled, said, hold)
    with pytest.raises(KeyboardInterrupt):
        look()
    thread.join()
    # The service still holds its answer back.
    assert not hold.released.is_set()
    assert said in repr(pulled)
    assert not pulled.complete


def test_an_interrupted_pull_of_pages_goes_on_where_it_was(runner: FakeRunner) -> None:
    hold = Hold()
    runner.trouble(hold, path="/executions.*page=2")
    pulled = history(session=connect(runner.url))
    check_interrupted(pulled, lambda: pulled.executions, "200 of the 250 executions", hold)
    hold.released.set()
    runner.calls.clear()
    check_whole(pulled)
    assert pages(runner) == [0, 2]


def test_an_interrupted_pull_of_arrow_goes_on_where_it_was(
    arrow_runner: ArrowRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow_pull, "EXECUTIONS", 100)
    hold = Hold()
    arrow_runner.trouble(hold, path="/executions.*after=200")
    pulled = history(session=connect(arrow_runner.url))
    check_interrupted(pulled, lambda: pulled.executions, "200 of the 250 executions", hold)
    hold.released.set()
    arrow_runner.calls.clear()
    check_whole(pulled)
    assert [call.query["after"] for call in arrow_runner.calls_to("GET", ".*/executions")] == ["199"]


def test_interrupted_events_of_each_execution_go_on_where_they_were(runner: FakeRunner) -> None:
    hold = Hold()
    runner.trouble(hold, path="/execution/x7")
    pulled = history("backup", session=connect(runner.url))
    check_interrupted(pulled, lambda: pulled.events, "the events of 19 of the 20 executions", hold)
    hold.released.set()
    runner.calls.clear()
    check_events(pulled)
    assert executions_with_events_asked(runner) == ["x7"]


def test_interrupted_events_of_arrow_go_on_where_they_were(
    arrow_runner: ArrowRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow_pull, "EVENTS", 30)
    monkeypatch.setattr(events_here, "FEW", 1)
    hold = Hold()
    arrow_runner.trouble(hold, path="/status/ACCT.*after=30")
    pulled = history("backup", session=connect(arrow_runner.url))
    check_interrupted(pulled, lambda: pulled.tasks, "the events of 10 of the 20 executions", hold)
    hold.released.set()
    arrow_runner.calls.clear()
    check_events(pulled)
    assert [call.query["after"] for call in arrow_runner.calls_to("GET", "/status/ACCT")] == ["30", "60"]


@pytest.mark.parametrize("kind", ["pages", "arrow"])
def test_an_interrupted_process_ends_while_answers_are_held_back(
    runner: FakeRunner, arrow_runner: ArrowRunner, kind: str, tmp_path: Path
) -> None:
    service, hold, said = runner if kind == "pages" else arrow_runner, Hold(), tmp_path / "said"
    service.trouble(hold, path="/executions.*(page=1|after=100)", times=FOR_EVER)
    process = started(pull_until_interrupted, service.url, said)
    assert hold.reached.wait(30)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGINT)
    process.join(20)
    assert process.exitcode == 0
    assert "not pulled yet" in said.read_text() or "are kept" in said.read_text()
    hold.released.set()


# --- several processes, killed ones, and disks ----------------------------------------------------------------


def test_two_kernels_pull_the_same_account_at_once(runner: FakeRunner, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one", "two")]
    both = [started(pull, runner.url, said) for said in files]
    for process in both:
        process.join()
    assert [said.read_text() for said in files] == [f"{COUNT} {COUNT}"] * 2
    pulled = history(session=connect(runner.url))
    check_whole(pulled)
    size = pulled.store.size()
    assert (size.executions, size.damaged) == (COUNT, 0)


@pytest.mark.parametrize("seed", range(3))
def test_a_pull_that_is_killed_is_made_whole_by_another(runner: FakeRunner, seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    for place in range(COUNT, 3 * COUNT):
        add_execution(runner, place)
    for _ in range(3):
        reached = threading.Event()
        left = [dice.randint(2, 6)]

        def count(call: Call, left: list[int] = left, reached: threading.Event = reached) -> None:
            left[0] -= "page" in call.query
            if left[0] <= 0:
                reached.set()

        runner.on_answer = count
        process = started(pull, runner.url, tmp_path / "said")
        while not reached.wait(0.01) and process.is_alive():
            pass
        # Any moment of what follows is as good as any other.
        time.sleep(dice.random() * 0.03)
        process.kill()
        process.join()
    runner.on_answer = None
    pulled = history(session=connect(runner.url))
    check_whole(pulled, 3 * COUNT)
    size = pulled.store.size()
    assert (size.executions, size.damaged) == (3 * COUNT, 0)


def test_a_full_disk(runner: FakeRunner, tmp_path: Path) -> None:
    said = tmp_path / "said"
    process = started(pull_where_nothing_fits, runner.url, said)
    process.join()
    lines = said.read_text().splitlines()
    assert lines[0].startswith("StoreFull: No more history fits into ")
    assert lines[1] == "<History of the account ACCT: not pulled yet>"
    assert lines[2:] == [*lines[:2], f"{COUNT} {SMALL * len(EVENTS)} True", f"{SMALL} {SMALL}"]
    check_whole(history(session=connect(runner.url)))


def test_a_file_where_histories_should_be(runner: FakeRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setenv("CTL_HISTORY_HOME", str(tmp_path / "file"))
    session = connect(runner.url)
    for offline in (False, True):
        pulled = history(session=session, offline=offline)
        with pytest.raises(StoreUnusable, match=r"The histories in .* cannot be used .*CTL_HISTORY_HOME"):
            _ = pulled.executions
        assert not pulled.complete
    check_whole(history(session=session, store=False))
    assert (tmp_path / "file").read_text() == "mine"


# --- secrets --------------------------------------------------------------------------------------------------


def test_no_secret_is_kept_or_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said, shown = {name: canaries.token(name) for name in ("url", "option", "member", "task")}, []
    with CanaryRunner() as runner:
        fill(runner, monkeypatch)
        variable = canaries.password("variable")
        runner.jobs["job-2"] |= {
            "properties": {"db_password": variable},
            "hosts": [{"id": "h", "sshPrivateKey": variable}],
        }
        texts = [
            f"could not open https://ada:{said['url']}@git.example.org/a.git?token={said['url']}",
            f"mysql --password {said['option']} --user ada",
            {"env": {"API_TOKEN": said["member"]}},
        ]
        for text in texts:
            runner.add_event("x7", "runner_on_failed", {"host": "web1", "msg": text})
        session = connect(runner.url)
        pulled = history("backup", session=session, events=True)
        messages = pulled.events["message"].dropna().tolist()
        runner.expire_tokens()
        runner.password = "another"
        runner.trouble(Answer(401, {"message": "no"}), "POST", times=9)
        again = history(session=session)
        for each in (again, history("nobody", session=session)):
            with pytest.raises(NotLoggedIn) as refused:
                _ = each.executions
            shown += traceback.format_exception(refused.value)
        shown += [repr(pulled), repr(again), repr(pulled.store), repr(session), *messages]
        runner.close()
        with pytest.warns(IncompleteHistory) as warned:
            _ = history("backup", session=session).executions
        shown += [str(warning.message) for warning in warned]
        secrets = runner.secrets()
    assert messages == [
        "could not open https://ada:********@git.example.org/a.git?token=********",
        "mysql --password ******** --user ada",
        '{"env":{"API_TOKEN":"********"}}',
    ]
    secrets |= {name: canaries.password_forms(secret) for name, secret in {**said, "variable": variable}.items()}
    files = [path for path in Path(os.environ["XDG_DATA_HOME"]).rglob("*") if path.is_file()]
    assert {"jobs.json"} < {path.name for path in files}
    for path in files:
        assert canaries.found_in(readable(path), secrets) == set()
    assert canaries.found_in("\n".join(shown).encode(), secrets) == set()


def readable(path: Path) -> bytes:
    """Return a file's bytes and, of what is packed, the texts that are in it."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        content += json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False).encode()
    return content


# --- without Runner -------------------------------------------------------------------------------------------

LOOK_AT_ALL = """
import ctl_jupyter
for options in {"job": "backup"}, {}:
    pulled = ctl_jupyter.history(**options, offline=True)
    print([len(getattr(pulled, name)) for name in ("executions", "runs", "events", "tasks", "hosts")], pulled.complete)
"""


def test_another_process_sees_everything_without_a_network(runner: FakeRunner) -> None:
    session = connect(runner.url)
    _ = history(session=session).executions, history("backup", session=session).hosts
    url = runner.url
    runner.close()
    nobody = {name: value for name, value in os.environ.items() if not name.startswith("CLC_V2_API")}
    done = subprocess.run(
        [sys.executable, "-W", "always::ctl_jupyter.history.IncompleteHistory", "-c", LOOK_AT_ALL],
        env={**nobody, "CTL_PROFILE": url, "CLC_ACCT_ALIAS": "ACCT"},
        capture_output=True,
        text=True,
        check=True,
    )
    small = [SMALL, SMALL, SMALL * len(EVENTS), SMALL, SMALL]
    assert done.stdout.splitlines() == [f"{small} False", f"{[COUNT, COUNT, *small[2:]]} False"]
    assert f"The events of {COUNT - SMALL} of {COUNT} executions are not kept here." in done.stderr


def test_a_job_is_shown_of_what_the_account_has(runner: FakeRunner) -> None:
    session = connect(runner.url)
    _ = history(session=session).executions
    kept = history("backup", session=session, offline=True)
    assert kept.executions["execution_id"].tolist() == [f"x{place}" for place in reversed(range(SMALL))]
    with pytest.warns(IncompleteHistory, match="The events of 20 of 20 executions are not kept here"):
        assert kept.hosts.empty
    assert len(history(["backup", "deploy"], session=session, offline=True, rows=30).executions) == 30


def test_of_several_jobs_one_may_not_be_kept(runner: FakeRunner) -> None:
    session = connect(runner.url)
    _ = history("backup", session=session).executions, history("deploy", session=session, rows=1).executions
    with pytest.warns(IncompleteHistory, match=r"20 executions are kept here\. Of 'deploy' nothing is kept"):
        assert len(history(["backup", "deploy"], session=session, offline=True).executions) == SMALL


def test_a_window_that_was_pulled_is_whole_offline(runner: FakeRunner) -> None:
    for place in range(COUNT, 4 * COUNT):
        add_execution(runner, place)
    session = connect(runner.url)
    since = START + 900 * LENGTH
    moment = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(since / 1000))}Z"
    assert len(history(session=session, since=moment).executions) == 100
    assert len(history(session=session, since=moment, offline=True).executions) == 100
    with pytest.warns(IncompleteHistory, match="more were never pulled"):
        _ = history(session=session, offline=True).executions


def test_runner_that_was_away_is_asked_again(runner: FakeRunner) -> None:
    session = connect(runner.url)
    _ = history("backup", session=session).events
    runner.trouble(Break(), times=FOR_EVER)
    pulled = history("backup", session=session, events=True)
    with pytest.warns(IncompleteHistory, match="kept here before: 20 executions") as warned:
        assert pulled.executions["complete"].all()
    assert [warning.filename for warning in warned] == [__file__]
    assert not pulled.complete
    runner.clear_troubles()
    pulled.refresh()
    check_events(pulled)


# --- jobs that are not there, and odd wishes ------------------------------------------------------------------


def test_a_job_that_was_deleted(runner: FakeRunner) -> None:
    session = connect(runner.url)
    assert history("backup", session=session).executions["job"].unique().tolist() == ["backup"]
    del runner.jobs["job-2"]
    with pytest.raises(NotFound, match=r"no job 'backup' any more: .* history\('backup', offline=True\)"):
        _ = history("backup", session=session).executions
    assert len(history("backup", session=session, offline=True).executions) == SMALL
    shown = history(session=session, store=False)
    assert shown.executions["job"].unique().tolist() == ["deploy", "job-2"]
    assert history(session=session).executions["job"].unique().tolist() == ["deploy", "backup"]
    with pytest.raises(NotFound, match="There is no job 'nobody'"):
        _ = history("nobody", session=session).executions


def test_a_name_of_several_jobs(runner: FakeRunner) -> None:
    session = connect(runner.url)
    _ = history(["backup", "deploy"], session=session).executions
    runner.add_job("backup", "job-3")
    runner.jobs["job-1"]["name"] = "backup"
    with pytest.raises(AmbiguousName, match="There are 3 jobs named 'backup'"):
        _ = history("backup", session=session).executions
    _ = history(["job-1", "job-3"], session=session).executions
    with pytest.raises(AmbiguousName, match=r"History of 3 jobs 'backup' is kept: .*job-1, job-2, job-3"):
        _ = history("backup", session=session, offline=True).executions


@pytest.mark.parametrize("offline", [False, True])
def test_no_job_at_all_is_not_every_job(runner: FakeRunner, offline: bool) -> None:
    session = connect(runner.url)
    _ = history(session=session).executions
    pulled = history([], session=session, offline=offline)
    assert pulled.executions.empty
    assert list(map(str, pulled.executions.dtypes)) == list(map(str, history(session=session).executions.dtypes))
    for frame in (pulled.runs, pulled.events, pulled.tasks, pulled.hosts):
        assert frame.empty
    assert repr(pulled) == f"<History of no jobs: 0 executions{', not complete' if offline else ''}>"


def test_an_account_without_executions(runner: FakeRunner) -> None:
    runner.executions.clear()
    pulled = history(session=connect(runner.url), events=True)
    assert pulled.executions.empty
    assert pulled.hosts.empty
    assert pulled.complete
    add_execution(runner, 0)
    pulled.refresh()
    assert pulled.executions["execution_id"].tolist() == ["x0"]
    assert repr(pulled) == "<History of the account ACCT: 1 execution>"


def test_executions_that_all_live(runner: FakeRunner) -> None:
    for execution in runner.executions.values():
        execution |= {"status": "RUNNING", "end": None}
    pulled = history("backup", session=connect(runner.url))
    assert not pulled.executions["complete"].any()
    # All that was asked for is there; more is to come.
    assert pulled.complete
    assert len(pulled.events) == SMALL * len(EVENTS)
    assert not pulled.complete


def test_rows(runner: FakeRunner) -> None:
    session = connect(runner.url)
    assert history(session=session, rows=0).executions.empty
    few = history("backup", session=session, rows=3, events=True)
    assert few.executions["complete"].tolist() == [True] * 3
    assert len(few.events) == 9
    assert few.complete
    for rows in (-1, True, "3", 2.5):
        with pytest.raises(DocumentError, match="'rows' is how many executions at most, 0 or more"):
            history(session=session, rows=rows)  # type: ignore[arg-type]


@pytest.mark.parametrize("job", [3, [3], ["backup", None], b"backup"])
def test_what_is_no_job(runner: FakeRunner, job: Any) -> None:
    with pytest.raises(DocumentError, match="'job' is a job's name or id, or a list of them"):
        history(job, session=connect(runner.url))


def test_a_status_that_is_misspelt(runner: FakeRunner) -> None:
    session = connect(runner.url)
    for wrong, right in (("FAILED", "FAILURE"), ("succes", "SUCCESS"), (["RUNNING", "KILL"], "KILLED")):
        with pytest.raises(DocumentError, match=f"did you mean '{right}'"):
            history(session=session, status=wrong)
    # Another Runner may know it.
    assert history(session=session, status="HIBERNATED").executions.empty
    assert len(history(session=session, status=[" failure "]).executions) == COUNT // 10


# --- how it shows, and what it costs --------------------------------------------------------------------------


class Screen(io.StringIO):
    """Standard error that says when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def write(self, text: str) -> int:
        count = super().write(text)
        if text.strip():
            self.written.set()
        return count


@pytest.mark.parametrize(("path", "what"), [("page=1", "Executions"), ("/execution/x7", "Events of executions")])
def test_a_bar_shows_while_the_service_holds_an_answer_back(
    runner: FakeRunner, path: str, what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hold, screen = Hold(), Screen()
    runner.trouble(hold, path=path)
    monkeypatch.setattr(progress, "DELAY", 0.05)
    monkeypatch.setattr(sys, "stderr", screen)

    def release() -> None:
        if screen.written.wait(20):
            hold.released.set()

    thread = threading.Thread(target=release)
    thread.start()
    pulled = history(session=connect(runner.url))
    check_whole(pulled)
    _ = history("backup", session=pulled.session).events
    thread.join()
    assert hold.released.is_set()
    assert what in screen.getvalue()
    # The line is empty again.
    assert screen.getvalue().endswith("\r")
    assert screen.getvalue().rstrip("\r").rpartition("\r")[2].strip() == ""
    assert capsys.readouterr().out == ""


def test_nothing_shows_of_what_is_quick(
    runner: FakeRunner, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "DELAY", 60.0)
    check_events(history("backup", session=connect(runner.url)))
    assert capfd.readouterr() == ("", "")


def test_the_last_day_of_100_000_executions_is_few_pages() -> None:
    executions = [
        execution_document(
            f"x{place}", timers=[{"start": START + place * LENGTH, "end": START + place * LENGTH + LENGTH // 2}]
        )
        for place in reversed(range(100_000))
    ]
    runner = Runner([{"id": "j1", "name": "deploy"}], executions)
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((START + 98_560 * LENGTH) / 1000))
    session = log_in(runner)
    pulled = history(session=session, since=since)
    assert len(pulled.executions) == 1_440
    assert pulled.complete
    assert len(runner.requests) < 150
    runner.requests.clear()
    assert len(history(session=session, since=since).executions) == 1_440
    assert len(runner.requests) < 150


def test_without_a_session_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotLoggedIn):
        ctl_jupyter.history()
    monkeypatch.setenv("CTL_PROFILE", "https://runner.example.org")
    with pytest.raises(NotLoggedIn, match="set CLC_ACCT_ALIAS"):
        ctl_jupyter.history(offline=True)
