"""A hosted Runner on loopback: a real HTTP server that speaks its API, untidy where Runner is said to be.

It keeps jobs, executions and status events in memory and counts every call it got. An execution does not run:
each time its document is asked for, it takes the next `Step` of its plan, so tests decide what happens when,
without a clock. One that is told to stop or to be killed takes the step that ends it instead, and a restart begins
with `plan` anew. `Forms` chooses between the forms that answers were seen in; troubles (`Answer`, `Break`,
`Truncate`, `Hold`) stand in for what a network and a service do on a bad day.
"""

import json
import re
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["Answer", "Break", "Call", "FakeRunner", "Forms", "Hold", "Step", "Truncate"]

Document = dict[str, Any]

LOGIN_PATH = "/v2/authentication/login"
WRONG_CREDENTIALS = "We didn't recognize the username or password you entered. Please try again."
#: Order → the status that it sets at once, and that in which it ends; the statuses that allow it.
ORDERED = {"stop": ("STOPPING", "STOPPED"), "kill": ("KILLING", "KILLED")}
_LIVE = ("PENDING", "INITIALIZING", "RUNNING", "STOPPING")
ORDERED_FROM = {"stop": _LIVE, "kill": (*_LIVE, "KILLING")}
#: Seconds after which a held answer is given all the same, so that a broken test ends.
LONGEST_HOLD = 30.0


@dataclass
class Call:
    """One request as the service got it; ``document`` is its decoded body."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    document: Any


@dataclass
class Answer:
    """An answer; as a trouble, one that is given instead of doing what was asked."""

    status: int = 200
    document: Any = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        if self.body is not None:
            return self.body
        return b"" if self.status == 204 else json.dumps(self.document).encode()


@dataclass
class Break:
    """The connection breaks without an answer, before or after doing what was asked."""

    carried_out: bool = False


@dataclass
class Truncate:
    """The connection breaks in the middle of the answer's body."""


@dataclass
class Hold:
    """The answer is ready (``reached``) and given when the test sets ``released``."""

    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


Trouble = Answer | Break | Truncate | Hold


@dataclass
class Step:
    """What has happened by the next time an execution's document is asked for."""

    status: str | None = None
    events: Sequence[tuple[str, Any]] = ()
    failed_hosts: Sequence[str] = ()


@dataclass
class Forms:
    """In which of the forms that were seen or documented the service answers.

    Parameters
    ----------
    job_in_array
        Whether create, get and update answer an array of one job.
    events
        Status events as a page, as a bare array of all of them, or as a bare array of the page asked for.
    newest_event_first
        Whether status events are listed from the newest.
    times
        As ``timers``, as ``start`` and ``end``, or as both.
    time
        What a time in epoch milliseconds is written as, such as `float`.
    no_failed_hosts
        How an empty ``failed_hosts`` is written; the documentation prints ``[0]``.
    host_vars_in_array
        Whether ``hostVars`` is an array of objects.
    whole_schedules
        Whether a schedule is answered with everything it was given; documented are its ids and its description.
    extra
        Members that no documentation knows, added to every document.
    """

    job_in_array: bool = False
    events: Literal["page", "array", "array of a page"] = "page"
    newest_event_first: bool = False
    times: Literal["timers", "start and end", "both"] = "timers"
    time: Callable[[int], Any] = int
    no_failed_hosts: Sequence[Any] = (0,)
    host_vars_in_array: bool = False
    whole_schedules: bool = False
    extra: Document = field(default_factory=dict)


class FakeRunner:
    """A hosted Runner with one user, who may use one account.

    Use it as a context manager; `url` is the origin of both log-in and Runner.

    Parameters
    ----------
    username, password, alias
        Who may log in, and to which account.
    """

    def __init__(self, username: str = "ada", password: str = "canary-password", alias: str = "ACCT") -> None:
        self.username, self.password, self.alias = username, password, alias
        self.forms = Forms()
        self.calls: list[Call] = []
        self.jobs: dict[str, Document] = {}
        self.executions: dict[str, Document] = {}
        self.events: dict[str, list[Document]] = {}
        self.plan: Sequence[Step] = ()
        self.schedules: dict[str, Document] = {}
        self.service_accounts: dict[str, Document] = {}
        self.takes_no_token = False
        #: Called when an answer has been made and before it is sent.
        self.on_answer: Callable[[Call], None] | None = None
        self._plans: dict[str, list[Step]] = {}
        self._tokens: set[str] = set()
        self._tokens_given = 0
        self._troubles: list[tuple[str, re.Pattern[str], Trouble, list[int]]] = []
        self._now = 1_447_700_000_000
        self._ids = 0
        self._lock = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.runner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="fake-runner")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Be gone: nothing listens any more and every connection is broken."""
        for _, _, trouble, _ in self._troubles:
            if isinstance(trouble, Hold):
                trouble.released.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.break_connections()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The origin."""
        return f"http://127.0.0.1:{self._server.server_port}"

    # What a test sets up.

    def give_token(self) -> str:
        """Return a token that the service takes, a new one each time."""
        with self._lock:
            self._tokens_given += 1
            token = f"canary-token-{self._tokens_given}"
            self._tokens.add(token)
            return token

    def expire_tokens(self) -> None:
        """Take none of the tokens given so far any more."""
        with self._lock:
            self._tokens.clear()

    def add_job(self, name: str, job_id: str | None = None, **members: Any) -> str:
        """Keep a job and return its id."""
        with self._lock:
            job_id = job_id or self._new_id()
            self.jobs[job_id] = {
                "id": job_id,
                "accountAlias": self.alias,
                "name": name,
                "status": "ACTIVE",
                "createdTime": self._tick(),
                **members,
            }
            return job_id

    def add_execution(
        self, job_id: str, execution_id: str | None = None, plan: Sequence[Step] = (), status: str = "PENDING"
    ) -> str:
        """Keep an execution and return its id."""
        with self._lock:
            execution_id = execution_id or self._new_id()
            self.executions[execution_id] = {
                "execution_id": execution_id,
                "job_id": job_id,
                "status": status,
                "failed_hosts": [],
                "start": None,
                "end": None,
            }
            self.events[execution_id] = []
            self._plans[execution_id] = list(plan)
            return execution_id

    def add_event(self, execution_id: str, event_type: str, message: Any = None) -> None:
        """Keep a status event."""
        with self._lock:
            event = {
                "id": self._new_id(),
                "timestamp": self._tick(),
                "job_id": self.executions[execution_id]["job_id"],
                "execution_id": execution_id,
                "account_alias": self.alias,
                "event_type": event_type,
                "message": message,
                "notifications": [],
            }
            self.events[execution_id].append(event)

    def trouble(self, trouble: Trouble, method: str = "GET", path: str = "", times: int = 1) -> None:
        """Have the next calls that fit meet a trouble.

        Parameters
        ----------
        path
            A regular expression, searched for in path and query.
        times
            How many calls.
        """
        with self._lock:
            self._troubles.append((method, re.compile(path), trouble, [times]))

    def clear_troubles(self) -> None:
        """Have no call meet a trouble any more."""
        with self._lock:
            self._troubles.clear()

    # What a test asks afterwards.

    def calls_to(self, method: str, path: str) -> list[Call]:
        """Return the calls of a method to a path, a regular expression that must match the whole path."""
        with self._lock:
            return [call for call in self.calls if call.method == method and re.fullmatch(path, call.path)]

    def await_calls(self, method: str, path: str, count: int, seconds: float = 20.0) -> list[Call]:
        """Return the calls that `calls_to` does, once there are so many: who asked may have given up before."""
        with self._lock:
            self._lock.wait_for(lambda: len(self.calls_to(method, path)) >= count, seconds)
            return self.calls_to(method, path)

    def starts(self) -> list[Call]:
        """Return every start it was asked for."""
        return self.calls_to("POST", r"/jobs/[^/]+/[^/]+/start")

    def log_ins(self) -> list[Call]:
        """Return every log-in it was asked for."""
        return self.calls_to("POST", LOGIN_PATH)

    # What the service does.

    def take(self, call: Call, target: str) -> tuple[Answer | None, Trouble | None]:
        """Count a call, do what it asks and return the answer, with the trouble it meets.

        Parameters
        ----------
        target
            Path and query as they were sent.
        """
        with self._lock:
            self.calls.append(call)
            self._lock.notify_all()
            trouble = self._trouble_of(call.method, target)
            if isinstance(trouble, Answer):
                return trouble, None
            if isinstance(trouble, Break) and not trouble.carried_out:
                return None, trouble
            return self._answer(call), trouble

    def _trouble_of(self, method: str, target: str) -> Trouble | None:
        for expected, pattern, trouble, left in self._troubles:
            if left[0] and method == expected and pattern.search(target):
                left[0] -= 1
                return trouble
        return None

    def _answer(self, call: Call) -> Answer:
        if call.path == LOGIN_PATH:
            return self._log_in(call)
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.takes_no_token or token not in self._tokens:
            return _refusal(401, "Authorization has been denied for this request.")
        if call.document is not None and call.headers.get("Content-Type") != "application/json":
            return _refusal(415, "The content must be application/json.")
        match [unquote(part) for part in call.path.split("/")[1:]]:
            case ["jobs" | "status" | "serviceAccounts", alias, *_] if alias != self.alias:
                return _refusal(403, f"You may not use the account {alias}.")
            case ["jobs", _]:
                return self._create_job(call) if call.method == "POST" else self._list_jobs(call)
            case ["serviceAccounts", _, *rest]:
                return self._answer_for_service_accounts(call, rest)
            case ["jobs", _, "executions"]:
                return self._list_executions(call, None)
            case ["jobs", _, job_id, *rest] if job_id in self.jobs:
                return self._answer_for_job(call, job_id, rest)
            case ["status", _, "job", job_id, "execution", execution_id] if self._is_of(execution_id, job_id):
                return self._list_events(call, execution_id)
        return _refusal(404, f"There is nothing at {call.path}.")

    def _answer_for_job(self, call: Call, job_id: str, rest: list[str]) -> Answer:
        match (call.method, rest):
            case ("GET", []):
                return self._job_answer(job_id)
            case ("PUT", []):
                return self._update_job(call, job_id)
            case ("DELETE", []):
                return self._delete_job(job_id)
            case (_, ["schedules", *of_schedules]):
                return self._answer_for_schedules(call, job_id, of_schedules)
            case ("POST", ["start"]):
                return Answer(document=self._execution_document(self.add_execution(job_id, plan=self.plan)))
            case ("GET", ["executions"]):
                return self._list_executions(call, job_id)
            case ("GET", ["executions", execution_id]) if self._is_of(execution_id, job_id):
                self._take_step(execution_id)
                return Answer(document=self._execution_document(execution_id))
            case ("POST", ["executions", execution_id, "stop" | "kill" as action]) if self._is_of(execution_id, job_id):
                return self._order(call, execution_id, action)
            case ("POST", ["executions", execution_id, "restart"]) if self._is_of(execution_id, job_id):
                return self._restart(call, execution_id)
        return _refusal(404, f"There is nothing at {call.path}.")

    def _delete_job(self, job_id: str) -> Answer:
        del self.jobs[job_id]
        self.schedules = {key: kept for key, kept in self.schedules.items() if kept["jobId"] != job_id}
        return Answer(204)

    def _answer_for_schedules(self, call: Call, job_id: str, rest: list[str]) -> Answer:
        mine = {key: kept for key, kept in self.schedules.items() if kept["jobId"] == job_id}
        match (call.method, rest):
            case ("GET", []):
                return _page(call, [self._schedule_document(kept) for kept in reversed(mine.values())])
            case ("POST", []):
                return self._keep_schedule(call, job_id, self._new_id())
            case ("PUT", [schedule_id]) if schedule_id in mine:
                return self._keep_schedule(call, job_id, schedule_id)
            case ("DELETE", [schedule_id]) if schedule_id in mine:
                del self.schedules[schedule_id]
                return Answer(204)
        return _refusal(404, f"There is nothing at {call.path}.")

    def _keep_schedule(self, call: Call, job_id: str, schedule_id: str) -> Answer:
        given = call.document
        trigger = given.get("trigger") or given.get("type") or {}
        if trigger.get("type") not in ("cron", "date") or not trigger.get("expression"):
            return _refusal(400, "A schedule needs a trigger.")
        if given.get("serviceAccountAlias") not in self.service_accounts:
            return _refusal(400, "There is no such service account.")
        own = {"id": schedule_id, "jobId": job_id, "accountAlias": self.alias, "scheduleId": f"s-{schedule_id[:8]}"}
        self.schedules[schedule_id] = {"description": "", **given, **own}
        return Answer(document=self._schedule_document(self.schedules[schedule_id]))

    def _schedule_document(self, kept: Document) -> Document:
        documented = ("id", "jobId", "accountAlias", "scheduleId", "description")
        shown = kept if self.forms.whole_schedules else {name: kept[name] for name in documented}
        return {**shown, **self.forms.extra}

    def _answer_for_service_accounts(self, call: Call, rest: list[str]) -> Answer:
        match (call.method, rest):
            case ("GET", []):
                return Answer(document={"accounts": list(self.service_accounts)})
            case ("POST", []) if call.document.get("alias") not in self.service_accounts:
                return self._keep_service_account(call.document, call.document["alias"])
            case ("PUT", [alias]) if alias in self.service_accounts:
                return self._keep_service_account(call.document, alias)
        return _refusal(400, "There is such a service account already, or there is none.")

    def _keep_service_account(self, given: Document, alias: str) -> Answer:
        if not given.get("username") or not given.get("password"):
            return _refusal(400, "A service account needs a username and a password.")
        self.service_accounts[alias] = {**given, "alias": alias}
        return Answer(document={"alias": alias, "username": given["username"], "password": "********"})

    def _order(self, call: Call, execution_id: str, action: str) -> Answer:
        expiry = (call.document or {}).get("expiryDuration", 0)
        if isinstance(expiry, bool) or not isinstance(expiry, (int, float)) or expiry < 0:
            return _refusal(400, "expiryDuration is a number of seconds.")
        kept = self.executions[execution_id]
        if kept["status"] not in ORDERED_FROM[action]:
            return _refusal(400, f"An execution that is {kept['status']} cannot be told to {action}.")
        kept["status"], end = ORDERED[action]
        # What was planned does not happen any more.
        self._plans[execution_id] = [Step(end)]
        return Answer(document=self._execution_document(execution_id))

    def _restart(self, call: Call, execution_id: str) -> Answer:
        kept = self.executions[execution_id]
        given = [host["id"] for host in (call.document or {}).get("hosts", [])]
        if kept["status"] not in ("FAILURE", "INIT_FAILURE"):
            return _refusal(400, f"Only failed executions can be restarted; this one is {kept['status']}.")
        if not set(given) <= set(kept["failed_hosts"] or given):
            return _refusal(400, "Only hosts that failed can be given to a restart.")
        earlier = [*kept.get("earlier", []), {"start": kept["start"], "end": kept["end"]}]
        kept.update(status="PENDING", failed_hosts=[], start=None, end=None, earlier=earlier)
        self._plans[execution_id] = list(self.plan)
        return Answer(document=self._execution_document(execution_id))

    def _log_in(self, call: Call) -> Answer:
        if call.document != {"username": self.username, "password": self.password}:
            return _refusal(400, WRONG_CREDENTIALS)
        return Answer(
            document={
                "userName": self.username,
                "accountAlias": self.alias,
                "locationAlias": "WA1",
                "roles": ["AccountAdmin"],
                "bearerToken": self.give_token(),
                **self.forms.extra,
            }
        )

    def _create_job(self, call: Call) -> Answer:
        if not isinstance(call.document, dict) or not call.document.get("name"):
            return _refusal(400, "A job needs a name.")
        job_id = self.add_job(**{**_without_key(call.document), "job_id": None})
        if call.query.get("immediate") == "true":
            self.add_execution(job_id, plan=self.plan)
        return self._job_answer(job_id)

    def _update_job(self, call: Call, job_id: str) -> Answer:
        kept = self.jobs[job_id]
        self.jobs[job_id] = {
            **_without_key(call.document),
            "id": job_id,
            "createdTime": kept["createdTime"],
            "lastUpdatedTime": self._tick(),
        }
        return self._job_answer(job_id)

    def _job_answer(self, job_id: str) -> Answer:
        document = self._job_document(self.jobs[job_id])
        return Answer(document=[document] if self.forms.job_in_array else document)

    def _list_jobs(self, call: Call) -> Answer:
        return _page(call, [self._job_document(job) for job in reversed(self.jobs.values())])

    def _list_executions(self, call: Call, job_id: str | None) -> Answer:
        newest_first = reversed(self.executions.values())
        return _page(
            call,
            [
                self._execution_document(execution["execution_id"])
                for execution in newest_first
                if job_id in (None, execution["job_id"])
            ],
        )

    def _list_events(self, call: Call, execution_id: str) -> Answer:
        forms = self.forms
        events = [
            {**event, "timestamp": forms.time(event["timestamp"]), **forms.extra} for event in self.events[execution_id]
        ]
        if forms.newest_event_first:
            events.reverse()
        answer = _page(call, events)
        if answer.status == 200 and forms.events != "page":
            answer.document = events if forms.events == "array" else answer.document["results"]
        return answer

    def _job_document(self, job: Document) -> Document:
        document = {**job, **self.forms.extra}
        for name in ("createdTime", "lastUpdatedTime"):
            if document.get(name) is not None:
                document[name] = self.forms.time(document[name])
        if self.forms.host_vars_in_array:
            document["hosts"] = [
                {**host, "hostVars": [{name: value} for name, value in host.get("hostVars", {}).items()]}
                for host in document.get("hosts", [])
            ]
        return document

    def _execution_document(self, execution_id: str) -> Document:
        kept = self.executions[execution_id]
        timers = [
            {name: None if timer[name] is None else self.forms.time(timer[name]) for name in ("start", "end")}
            for timer in [*kept.get("earlier", []), kept]
        ]
        document: Document = {
            "execution_id": execution_id,
            "job_id": kept["job_id"],
            "account_alias": self.alias,
            "status": kept["status"],
            "repository_log": None,
            "failed_hosts": kept["failed_hosts"] or list(self.forms.no_failed_hosts),
            "is_vpn_established": False,
            **self.forms.extra,
        }
        if self.forms.times != "start and end":
            document["timers"] = timers
        if self.forms.times != "timers":
            document.update(start=timers[0]["start"], end=timers[-1]["end"])
        return document

    def _take_step(self, execution_id: str) -> None:
        plan = self._plans[execution_id]
        if not plan:
            return
        step, kept = plan.pop(0), self.executions[execution_id]
        for event_type, message in step.events:
            self.add_event(execution_id, event_type, message)
        kept["failed_hosts"] = list(step.failed_hosts)
        if step.status is not None:
            kept["status"] = step.status
            if kept["start"] is None:
                kept["start"] = self._tick()
            if not plan:
                kept["end"] = self._tick()

    def _is_of(self, execution_id: str, job_id: str) -> bool:
        return execution_id in self.executions and self.executions[execution_id]["job_id"] == job_id

    def _tick(self) -> int:
        self._now += 1000
        return self._now

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self._ids:08x}-0000-4000-8000-{self._ids:012x}"


def _refusal(status: int, message: str) -> Answer:
    return Answer(status, {"message": message})


def _without_key(document: Document) -> Document:
    """Leave out what Runner never keeps."""
    return {name: value for name, value in document.items() if name != "sshPrivateKey"}


def _page(call: Call, rows: list[Document]) -> Answer:
    page, size = int(call.query.get("page", "0")), int(call.query.get("size", "100"))
    if page < 0 or not 1 <= size <= 100:
        return _refusal(400, "page counts from 0, and size is 1 to 100.")
    results = rows[page * size : (page + 1) * size]
    return Answer(document={"totalSize": len(rows), "page": page, "size": size, "results": results})


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that it can break them; its threads end with it."""

    daemon_threads = False
    runner: FakeRunner

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def break_connections(self) -> None:
        with self._open_lock:
            for connection in self._open:
                # The thread that reads from it then finds its end and closes it.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        parts = urlsplit(self.path)
        call = Call(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers=dict(self.headers.items()),
            document=json.loads(body) if body else None,
        )
        runner = self.server.runner
        answer, trouble = runner.take(call, self.path)
        if isinstance(trouble, Hold):
            trouble.reached.set()
            trouble.released.wait(LONGEST_HOLD)
        if answer is None or isinstance(trouble, Break):
            self._hang_up()
            return
        if runner.on_answer is not None:
            runner.on_answer(call)
        self._send(answer, cut=isinstance(trouble, Truncate))

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 -- the names that http.server looks for

    def _send(self, answer: Answer, *, cut: bool) -> None:
        content = answer.content
        try:
            self.send_response(answer.status)
            for name, value in ({"Content-Type": "application/json"} | answer.headers).items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if cut else content)
        except OSError:
            # Who asked is gone, as after a time-out.
            self.close_connection = True
        if cut:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- http.server's own name
        """Say nothing: pytest shows what matters."""
