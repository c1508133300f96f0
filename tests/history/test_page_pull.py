"""Executions and status events pulled over HTTP: whole, whatever the network and the service do on a bad day."""

import threading
from collections.abc import Callable, Iterator
from typing import Any, Literal

import httpx
import pytest

from ctl_jupyter.client import (
    AnswerNotUnderstood,
    NotLoggedIn,
    RunnerError,
    ServiceBusy,
    ServiceFailed,
    Session,
    Unreachable,
    connect,
    http,
    whole_lists,
)
from ctl_jupyter.history.pulling import page_pull
from ctl_jupyter.history.pulling.page_pull import ExecutionsPull, pull_events
from ctl_jupyter.history.schema import pulled_events_schema, pulled_executions_schema
from tests.fake_runner import Answer, Break, Call, FakeRunner, Hold, Truncate
from tests.history.runner_documents import Runner, event_document, execution_document, log_in

HTML = Answer(200, body=b"<html>It works!</html>")
COUNT = 450
START, LENGTH = 1_700_000_000_000, 60_000


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (http, whole_lists, page_pull):
        monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)


@pytest.fixture
def runner() -> Iterator[FakeRunner]:
    """A Runner with two jobs, and executions that each began when the one before had ended."""
    with FakeRunner() as runner:
        runner.add_job("deploy", "job-1")
        runner.add_job("backup", "job-2")
        for place in range(COUNT):
            add_execution(runner, place)
        yield runner


@pytest.fixture
def session(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("CLC_V2_API_USERNAME", runner.username)
    monkeypatch.setenv("CLC_V2_API_PASSWD", runner.password)
    return connect(runner.url)


def add_execution(runner: FakeRunner, place: int) -> None:
    execution_id = runner.add_execution(f"job-{1 + place % 2}", f"x{place}", status="SUCCESS")
    runner.executions[execution_id].update(start=START + place * LENGTH, end=START + (place + 1) * LENGTH)


def pulled(pull: ExecutionsPull, rows: list[dict[str, Any]], **options: Any) -> None:
    """Pull all into `rows`, which keep what came also when the pull fails."""
    pull.ask_total()
    for table in pull.tables([range(pull.total)], **options):
        assert table.schema == pulled_executions_schema()
        rows += table.to_pylist()


def check_whole(session: Session) -> None:
    rows: list[dict[str, Any]] = []
    pull = ExecutionsPull(session)
    pulled(pull, rows)
    assert sorted(row["position"] for row in rows) == list(range(COUNT))
    assert all(row["execution_id"] == f"x{row['position']}" for row in rows)
    assert pull.missing == []


def test_all_executions_of_the_account(runner: FakeRunner, session: Session) -> None:
    check_whole(session)
    queries = sorted(int(call.query["page"]) for call in runner.calls_to("GET", "/jobs/ACCT/executions"))
    assert queries == [0, 1, 2, 3, 4]
    assert len(runner.log_ins()) == 1


def test_pages_are_asked_for_by_who_asks_for_the_rest(runner: FakeRunner, session: Session) -> None:
    session.calls.jobs_page()
    check_whole(session)
    # Gateways in front of a service turn away who does not say what he is.
    assert len({call.headers.get("User-Agent") for call in runner.calls_to("GET", ".*")}) == 1


def test_the_executions_of_one_job_that_are_wanted(session: Session) -> None:
    pull = ExecutionsPull(session, "job-2")
    assert pull.ask_total() == pull.total == COUNT // 2
    progress: list[tuple[int, int]] = []
    pull = ExecutionsPull(session, "job-2", on_progress=lambda got, wanted: progress.append((got, wanted)))
    pull.ask_total()
    rows = [row for table in pull.tables([range(3), range(220, 999)]) for row in table.to_pylist()]
    assert {row["position"]: row["execution_id"] for row in rows} == {
        position: f"x{2 * position + 1}" for position in [0, 1, 2, *range(220, 225)]
    }
    assert progress[-1] == (8, 8)
    assert pull.requests == 2


def test_a_job_without_executions(runner: FakeRunner, session: Session) -> None:
    runner.add_job("new", "job-3")
    pull = ExecutionsPull(session, "job-3")
    pull.ask_total()
    assert list(pull.tables([range(pull.total)])) == []


def test_executions_that_start_meanwhile(runner: FakeRunner, session: Session) -> None:
    lock = threading.Lock()

    def start_another(call: Call) -> None:
        with lock:
            add_execution(runner, len(runner.executions))

    runner.on_answer = start_another
    check_whole(session)


TROUBLES: dict[str, Answer | Break | Truncate] = {
    "dropped": Break(),
    "truncated": Truncate(),
    "busy": Answer(429, headers={"Retry-After": "0"}),
    "in maintenance": Answer(503, {"message": "later"}, headers={"Retry-After": "0.001"}),
    "broken": Answer(500),
    "not JSON": HTML,
    "no page": Answer(200, {"message": "hello"}),
    "a bare array": Answer(200, []),
    "half a page": Answer(200, body=b'{"totalSize":450,"page":2,"size":100,"results":[{"execution_id":"x1"'),
    "a row that lacks": Answer(200, {"totalSize": COUNT, "page": 2, "size": 100, "results": [{"execution_id": "x"}]}),
}


@pytest.mark.parametrize("what", TROUBLES)
@pytest.mark.parametrize("page", [0, 2])
def test_trouble_with_a_page_that_passes(runner: FakeRunner, session: Session, what: str, page: int) -> None:
    runner.trouble(TROUBLES[what], path=f"executions.*page={page}&", times=2)
    check_whole(session)
    assert len(runner.calls_to("GET", "/jobs/ACCT/executions")) == 7


@pytest.mark.parametrize("what", ["broken", "not JSON", "a bare array", "a row that lacks"])
def test_trouble_with_a_page_that_stays(runner: FakeRunner, session: Session, what: str) -> None:
    runner.trouble(TROUBLES[what], path="executions.*page=2&", times=10**6)
    rows: list[dict[str, Any]] = []
    pull = ExecutionsPull(session)
    with pytest.raises(ServiceFailed if what == "broken" else AnswerNotUnderstood) as caught:
        pulled(pull, rows)
    assert "350 of 450 executions were got; not got: positions 150 to 249 of 450" in str(caught.value)
    assert sorted(row["position"] for row in rows) == [*range(150), *range(250, COUNT)]
    assert pull.missing == [range(150, 250)]


@pytest.mark.parametrize(("what", "kind"), [("dropped", Unreachable), ("busy", ServiceBusy)])
def test_a_service_that_goes_away(runner: FakeRunner, session: Session, what: str, kind: type[RunnerError]) -> None:
    runner.trouble(TROUBLES[what], path="executions.*page=[1-9]", times=10**6)
    with pytest.raises(kind, match="100 of 450 executions were got; not got: positions 0 to 349 of 450"):
        pulled(ExecutionsPull(session), [])


def test_a_token_that_ends_on_the_way(runner: FakeRunner, session: Session) -> None:
    begun = threading.Event()

    def expire_once(call: Call) -> None:
        if call.query.get("page") == "0" and not begun.is_set():
            begun.set()
            runner.expire_tokens()

    runner.on_answer = expire_once
    check_whole(session)
    assert len(runner.log_ins()) == 2


def test_a_session_that_was_logged_out(session: Session) -> None:
    pull = ExecutionsPull(session)
    pull.ask_total()
    session.log_out()
    with pytest.raises(NotLoggedIn, match="not got: positions 0 to 349"):
        list(pull.tables([range(pull.total)]))


def test_connections_that_the_service_closes_between_two_pulls(runner: FakeRunner, session: Session) -> None:
    check_whole(session)
    runner._server.break_connections()
    check_whole(session)
    assert len(runner.calls_to("GET", "/jobs/ACCT/executions")) == 10


class Hasty(Runner):
    """Counts its list before an execution is added, and reads a page of it after, so many times."""

    times = 0
    lock = threading.Lock()

    def answer(self, request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", 0))
        with self.lock:
            if "/executions" not in request.url.path or page in (0, len(self.executions) // 100) or not self.times:
                return super().answer(request)
            self.times -= 1
            total = len(self.executions)
            self.executions.insert(0, execution_document(f"x{total}"))
            rows = self.executions[page * 100 : (page + 1) * 100]
        return httpx.Response(200, json={"totalSize": total, "page": page, "size": 100, "results": rows})


def pulled_from_hasty(times: int) -> dict[int, str]:
    hasty = Hasty(executions=[execution_document(f"x{place}") for place in reversed(range(1_450))])
    hasty.times = times
    pull = ExecutionsPull(log_in(hasty))
    total = pull.ask_total()
    came: dict[int, str] = {}
    for table in pull.tables([range(total)]):
        came |= dict(zip(table.column("position").to_pylist(), table.column("execution_id").to_pylist(), strict=True))
    return {position: name for position, name in came.items() if position < total}


@pytest.mark.parametrize("times", [0, 1, 2, 4])
def test_a_service_that_counts_before_it_reads(times: int) -> None:
    assert pulled_from_hasty(times) == {place: f"x{place}" for place in range(1_450)}


def test_a_service_that_always_counts_before_it_reads() -> None:
    with pytest.raises(AnswerNotUnderstood):
        pulled_from_hasty(10**6)


def test_since_a_time_no_page_beyond_is_asked_for(runner: FakeRunner, session: Session) -> None:
    rows: list[dict[str, Any]] = []
    pull = ExecutionsPull(session)
    # Page 1 holds the positions 250 to 349, all of which had ended by then.
    pulled(pull, rows, since=START + 350 * LENGTH + 1)
    assert {row["position"] for row in rows} >= set(range(250, COUNT))
    assert pull.missing == []


def test_since_a_time_the_rest_of_a_long_list_is_left_alone() -> None:
    timers = [[{"start": START + place, "end": START + place + 1}] for place in range(10_000)]
    executions = [execution_document(f"x{place}", timers=timers[place]) for place in range(10_000)]
    session = log_in(Runner(executions=executions[::-1]))
    rows: list[dict[str, Any]] = []
    pull = ExecutionsPull(session)
    pulled(pull, rows, since=START + 9_850)
    assert {row["position"] for row in rows} >= set(range(9_850, 10_000))
    assert pull.requests < 100
    assert pull.missing == []


def test_since_a_time_before_all_everything_is_asked_for(session: Session) -> None:
    rows: list[dict[str, Any]] = []
    pulled(ExecutionsPull(session), rows, since=START)
    assert len(rows) == COUNT


def test_an_execution_that_has_not_ended_keeps_its_page(runner: FakeRunner, session: Session) -> None:
    for place in range(COUNT):
        if place % 100 == 7:
            runner.executions[f"x{place}"]["end"] = None
    rows: list[dict[str, Any]] = []
    pulled(ExecutionsPull(session), rows, since=START + 10 * COUNT * LENGTH)
    assert len(rows) == COUNT


def test_stopping(runner: FakeRunner, session: Session) -> None:
    stop = threading.Event()
    hold = Hold()
    runner.trouble(hold, path="executions.*page=4&")
    pull = ExecutionsPull(session, stop=stop)
    pull.ask_total()

    def stop_then() -> None:
        hold.reached.wait()
        stop.set()

    waiter = threading.Thread(target=stop_then)
    waiter.start()
    came = sum(table.num_rows for table in pull.tables([range(pull.total)]))
    waiter.join()
    assert came == COUNT - sum(map(len, pull.missing)) < COUNT


def test_a_transport_of_the_users_own_is_used() -> None:
    runner = Runner(executions=[execution_document(f"x{place}") for place in range(250)][::-1])
    session = log_in(runner)
    pull = ExecutionsPull(session)
    pull.ask_total()
    came = {row["position"]: row["execution_id"] for table in pull.tables([range(250)]) for row in table.to_pylist()}
    assert came == {place: f"x{place}" for place in range(250)}


def test_a_proxy_of_the_environment_is_asked(runner: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLC_V2_API_USERNAME", runner.username)
    monkeypatch.setenv("CLC_V2_API_PASSWD", runner.password)
    monkeypatch.setenv("HTTP_PROXY", runner.url)
    session = connect("http://runner.example.org")
    assert ExecutionsPull(session).ask_total() == COUNT
    assert runner.calls_to("GET", ".*/jobs/ACCT/executions")[0].headers["Host"] == "runner.example.org"


# Status events.


def add_events(runner: FakeRunner, places: range, each: int = 3) -> list[tuple[str, str]]:
    for place in places:
        for number in range(each):
            runner.add_event(f"x{place}", "runner_on_ok", {"host": f"h{number}", "task": f"t{place}"})
    return [(runner.executions[f"x{place}"]["job_id"], f"x{place}") for place in places]


def events_of(session: Session, wanted: list[tuple[str, str]], **options: Any) -> dict[str, list[dict[str, Any]]]:
    """Pull events; return the rows of each execution that was listed, which must be in order."""
    came: dict[str, list[dict[str, Any]]] = {}
    for ids, table in pull_events(session, wanted, **options):
        assert table.schema == pulled_events_schema()
        assert not came.keys() & set(ids)
        came |= {execution_id: [] for execution_id in ids}
        for row in table.to_pylist():
            came[row["execution_id"]].append(row)
    for rows in came.values():
        assert [row["position"] for row in rows] == list(range(len(rows)))
    return came


def test_the_events_of_many_executions(runner: FakeRunner, session: Session) -> None:
    wanted = add_events(runner, range(60))
    progress: list[tuple[int, int]] = []
    came = events_of(session, wanted, on_progress=lambda got, of: progress.append((got, of)))
    assert came.keys() == {execution_id for _, execution_id in wanted}
    assert [row["host"] for row in came["x7"]] == ["h0", "h1", "h2"]
    assert {row["task"] for row in came["x7"]} == {"t7"}
    assert {row["job_id"] for row in came["x7"]} == {"job-2"}
    assert progress[-1] == (60, 60)


@pytest.mark.parametrize("form", ["page", "array", "array of a page"])
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("each", [0, 1, 100, 230])
def test_events_in_every_form(
    runner: FakeRunner,
    session: Session,
    form: Literal["page", "array", "array of a page"],
    newest_first: bool,
    each: int,
) -> None:
    runner.forms.events, runner.forms.newest_event_first = form, newest_first
    came = events_of(session, add_events(runner, range(2), each))
    assert [[row["host"] for row in rows] for rows in came.values()] == [[f"h{number}" for number in range(each)]] * 2


def test_an_execution_that_is_gone_has_no_events(runner: FakeRunner, session: Session) -> None:
    wanted = [*add_events(runner, range(2)), ("job-1", "gone")]
    came = events_of(session, wanted)
    assert {execution_id: len(rows) for execution_id, rows in came.items()} == {"x0": 3, "x1": 3, "gone": 0}


def test_no_executions(session: Session) -> None:
    assert events_of(session, []) == {}


def test_events_without_ids_are_told_apart() -> None:
    listed = [event_document(number, "runner_on_ok", {"host": f"h{number}"}, id="") for number in range(150)]
    session = log_in(Runner(events={"x1": listed}))
    assert len(events_of(session, [("j1", "x1")])["x1"]) == 150


def test_events_without_ids_are_told_apart_page_by_page() -> None:
    listed = [event_document(number, "runner_on_ok", {"host": f"h{number}"}, id="") for number in range(150)]
    session = log_in(Runner(events={"x1": listed}))
    assert len(list(session.calls.status_events("j1", "x1"))) == 150


LISTED = [event_document(number, "runner_on_ok", {"host": f"h{number}"}) for number in range(250)]
NOT_WHOLE: dict[str, Callable[[int], Any]] = {
    "a page that lacks rows": lambda page: {"totalSize": 250, "size": 100, "results": LISTED[:100][:-40]},
    "smaller pages than it says": lambda page: {
        "totalSize": 250,
        "size": 100,
        "results": LISTED[page * 50 : (page + 1) * 50],
    },
    "pages without rows": lambda page: {"totalSize": 250, "size": 100, "results": LISTED[:100] if not page else []},
    "no rows at all": lambda page: {"totalSize": 250, "size": 100},
    "always the same page": lambda page: {"totalSize": 250, "size": 100, "results": LISTED[:100]},
}


@pytest.mark.parametrize("what", NOT_WHOLE)
def test_events_that_are_not_whole_are_never_taken_for_all(what: str) -> None:
    class Odd(Runner):
        def answer(self, request: httpx.Request) -> httpx.Response:
            if "/status/" not in request.url.path:
                return super().answer(request)
            return httpx.Response(200, json=NOT_WHOLE[what](int(request.url.params["page"])))

    with pytest.raises(AnswerNotUnderstood, match=r"events of the execution x1 could not be got.* Those of 0 of 1"):
        events_of(log_in(Odd()), [("j1", "x1")])


def test_events_of_an_execution_without_a_job_cannot_be_asked_for(session: Session) -> None:
    with pytest.raises(AnswerNotUnderstood, match=r"execution x1 could not be got: .* does not say which job"):
        events_of(session, [("", "x1")])


@pytest.mark.parametrize("what", ["dropped", "truncated", "busy", "not JSON", "no page"])
def test_trouble_with_events_that_passes(runner: FakeRunner, session: Session, what: str) -> None:
    wanted = add_events(runner, range(3))
    runner.trouble(TROUBLES[what], path="execution/x1", times=2)
    assert [len(rows) for rows in events_of(session, wanted).values()] == [3, 3, 3]


@pytest.mark.parametrize(("what", "kind"), [("broken", ServiceFailed), ("not JSON", AnswerNotUnderstood)])
def test_events_of_one_execution_that_cannot_be_got(
    runner: FakeRunner, session: Session, what: str, kind: type[RunnerError]
) -> None:
    wanted = add_events(runner, range(40))
    runner.trouble(TROUBLES[what], path="execution/x11", times=10**6)
    came: list[str] = []

    def take() -> None:
        for ids, _ in pull_events(session, wanted):
            came.extend(ids)

    with pytest.raises(kind, match=r"events of the execution x11 could not.* Those of 39 of 40") as caught:
        take()
    assert sorted(came) == sorted({execution_id for _, execution_id in wanted} - {"x11"})
    assert caught.value.path is not None


def test_a_service_that_goes_away_while_events_are_pulled(runner: FakeRunner, session: Session) -> None:
    wanted = add_events(runner, range(2))
    runner.trouble(Break(), path="execution/", times=10**6)
    with pytest.raises(Unreachable, match="The events of 0 of 2 executions were got"):
        events_of(session, wanted)


def test_stopping_a_pull_of_events(runner: FakeRunner, session: Session) -> None:
    stop = threading.Event()
    wanted = add_events(runner, range(100), each=1)
    came = 0
    for ids, _ in pull_events(session, wanted, stop=stop):
        came += len(ids)
        stop.set()
    assert 0 < came <= 100
