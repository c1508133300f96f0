"""Every call of the API, and every form its answers were seen in."""

import base64
from typing import Any, Literal

import pytest

from ctl_jupyter.client import (
    AnswerNotUnderstood,
    NotAllowed,
    NotFound,
    RequestRefused,
    RunnerError,
    ServiceBusy,
    ServiceFailed,
    Session,
    connect,
)
from ctl_jupyter.documents import DocumentError, Host, Job, Repository, StartRequest, read_start_request
from tests.fake_runner import Answer, FakeRunner, Step

PLAYBOOK = base64.b64encode(b"- hosts: all\n  tasks: []\n").decode()


def test_create(runner: FakeRunner, session: Session) -> None:
    created = session.create_job({"name": "deploy", "playbook": PLAYBOOK, "hosts": [{"id": "web1"}]})

    (call,) = runner.calls_to("POST", "/jobs/ACCT")
    assert call.query == {"immediate": "false"}
    assert call.document == {"name": "deploy", "playbook": PLAYBOOK, "hosts": [{"id": "web1"}]}
    assert created.id in runner.jobs
    assert created.account_alias == "ACCT"
    assert created.hosts == [Host(id="web1")]
    assert not runner.executions


def test_create_and_start_at_once(runner: FakeRunner, session: Session) -> None:
    created = session.create_job(Job(name="deploy", playbook=PLAYBOOK), immediate=True)

    (call,) = runner.calls_to("POST", "/jobs/ACCT")
    assert call.query == {"immediate": "true"}
    assert [execution.job_id for execution in session.calls.executions()] == [created.id]


def test_a_job_that_cannot_be_used_is_not_sent(runner: FakeRunner, session: Session) -> None:
    with pytest.raises(DocumentError, match="needs a 'name'"):
        session.create_job({"playbook": PLAYBOOK})

    assert not runner.calls_to("POST", "/jobs/ACCT")


def test_list_is_newest_first_and_crosses_pages(runner: FakeRunner, session: Session) -> None:
    ids = [runner.add_job(f"job {number}") for number in range(205)]

    assert [job.id for job in session.calls.jobs()] == ids[::-1]
    assert [call.query for call in runner.calls_to("GET", "/jobs/ACCT")] == [
        {"page": str(page), "size": "100"} for page in range(3)
    ]


def test_an_account_without_jobs(runner: FakeRunner, session: Session) -> None:
    assert list(session.calls.jobs()) == []


def test_one_page(runner: FakeRunner, session: Session) -> None:
    ids = [runner.add_job(f"job {number}") for number in range(5)]

    page = session.calls.jobs_page(page=1, size=2)

    assert [job.id for job in page.results] == [ids[2], ids[1]]
    assert (page.total_size, page.page, page.size) == (5, 1, 2)


def test_get(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job(
        "deploy",
        repository={"url": "https://git.example.org/site.git", "branch": "v2", "defaultPlaybook": "site.yml"},
        executionTtl=30,
    )

    job = session.calls.get_job(job_id)

    assert job.repository == Repository(
        url="https://git.example.org/site.git", branch="v2", default_playbook="site.yml"
    )
    assert (job.name, job.execution_ttl, job.status) == ("deploy", 30, "ACTIVE")


def test_update_replaces_the_whole_document(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy", playbook=PLAYBOOK, description="old")
    job = session.calls.get_job(job_id)
    job.description = None

    updated = session.update_job(job)

    (call,) = runner.calls_to("PUT", f"/jobs/ACCT/{job_id}")
    assert call.query == {"immediate": "false"}
    assert "description" not in call.document
    assert updated.description is None
    assert updated.last_updated_time is not None


def test_update_keeps_members_it_does_not_know(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy", playbook=PLAYBOOK, costCentre={"number": 7}, other="theirs")

    session.update_job(session.calls.get_job(job_id))

    assert runner.jobs[job_id]["costCentre"] == {"number": 7}
    assert runner.jobs[job_id]["other"] == "theirs"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("hosts", [{"id": "web1", "rack": "r7"}]),
        ("repository", {"url": "https://git.example.org/a.git", "defaultPlaybook": "site.yml", "depth": 1}),
        ("callbacks", [{"url": "https://hooks.example.org", "level": "ERROR", "retries": 3}]),
    ],
)
def test_update_keeps_members_it_does_not_know_within_others(
    runner: FakeRunner, session: Session, member: str, value: Any
) -> None:
    playbook = {} if member == "repository" else {"playbook": PLAYBOOK}
    job_id = runner.add_job("deploy", **playbook, **{member: value})

    session.update_job(session.calls.get_job(job_id))

    assert runner.jobs[job_id][member] == value


def test_update_needs_an_id(runner: FakeRunner, session: Session) -> None:
    with pytest.raises(DocumentError):
        session.update_job(Job(name="deploy", playbook=PLAYBOOK))

    assert not runner.calls_to("PUT", ".*")


def test_delete(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")

    session.calls.delete_job(job_id)

    assert not runner.jobs
    with pytest.raises(NotFound):
        session.calls.get_job(job_id)


def test_start_with_the_jobs_own_hosts_sends_an_empty_object(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")

    handle = session.start(job_id)

    (call,) = runner.starts()
    assert call.document == {}
    assert call.headers["Content-Type"] == "application/json"
    assert (handle.job_id, handle.execution.status) == (job_id, "PENDING")
    assert handle.execution_id in runner.executions


def test_start_with_hosts(runner: FakeRunner, session: Session) -> None:
    job = session.calls.get_job(runner.add_job("deploy"))

    session.start(job, {"hosts": ["web1", {"id": "db1", "hostVars": {"ansible_user": "ops"}}]})

    (call,) = runner.starts()
    assert call.document == {"hosts": [{"id": "web1"}, {"id": "db1", "hostVars": {"ansible_user": "ops"}}]}


def test_a_start_that_cannot_be_used_is_not_sent(runner: FakeRunner, session: Session) -> None:
    runner.add_job("deploy")

    with pytest.raises(DocumentError, match="given twice"):
        session.start("deploy", {"hosts": ["web1", "web1"]})
    with pytest.raises(DocumentError, match="given twice"):
        session.start("deploy", StartRequest(hosts=[Host(id="web1"), Host(id="web1")]))

    assert not runner.starts()


@pytest.mark.parametrize("extra", [{"properties": {"a": 1}}, {"playbookTags": ["web"]}])
def test_the_hosted_runner_takes_no_variables_at_a_start(
    runner: FakeRunner, session: Session, extra: dict[str, Any]
) -> None:
    job = Job(id=runner.add_job("deploy"), name="deploy")
    execution_id = runner.add_execution(str(job.id), status="FAILURE")

    with pytest.raises(DocumentError, match="set them with %%ctl_job first"):
        session.start(job, extra)
    with pytest.raises(DocumentError, match="set them with %%ctl_job first"):
        session.execution(execution_id).restart(read_start_request(extra))

    assert runner.starts() == []
    assert runner.calls_to("POST", ".*/restart") == []


def test_stop_kill_and_restart(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")
    stops, kills = (session.execution(runner.add_execution(job_id, status="RUNNING")) for _ in range(2))
    fails = session.execution(runner.add_execution(job_id, status="FAILURE"))
    runner.plan = [Step("SUCCESS")]

    assert (stops.stop(1.5).status, kills.kill().status) == ("STOPPING", "KILLING")
    again = fails.restart()
    assert again.execution.status == "PENDING"
    assert [timer.end for timer in again.execution.timers or []] == [None, None]
    assert [handle.status for handle in (stops, kills, again)] == ["STOPPED", "KILLED", "SUCCESS"]
    for refused in (stops.stop, kills.kill, again.restart):
        with pytest.raises(RequestRefused):
            refused()
    (call,) = [call for call in runner.calls_to("POST", ".*/stop") if call.document["expiryDuration"]]
    assert call.document == {"expiryDuration": 1.5}


def test_start_needs_a_job_with_an_id(runner: FakeRunner, session: Session) -> None:
    with pytest.raises(DocumentError):
        session.start(Job(name="deploy", playbook=PLAYBOOK))

    assert not runner.starts()


@pytest.mark.parametrize(
    "value", [{True: 1}, {None: 1}, object(), "\ud800"], ids=["key true", "key null", "object", "surrogate"]
)
def test_what_json_has_no_form_for_is_not_sent(runner: FakeRunner, session: Session, value: Any) -> None:
    runner.add_job("deploy")

    with pytest.raises(DocumentError):
        session.create_job({"name": "other", "playbook": PLAYBOOK, "properties": {"a": value}})
    with pytest.raises(DocumentError):
        session.start("deploy", {"hosts": [{"id": "web1", "hostVars": {"a": value}}]})

    assert not runner.calls_to("POST", "/jobs.*")


def test_executions_of_a_job_and_of_the_account(runner: FakeRunner, session: Session) -> None:
    one, two = runner.add_job("one"), runner.add_job("two")
    first, second, third = runner.add_execution(one), runner.add_execution(two), runner.add_execution(one)

    of_the_job = [execution.execution_id for execution in session.calls.executions(one)]
    of_the_account = [execution.execution_id for execution in session.calls.executions()]

    assert of_the_job == [third, first]
    assert of_the_account == [third, second, first]
    assert runner.calls_to("GET", f"/jobs/ACCT/{one}/executions")
    assert runner.calls_to("GET", "/jobs/ACCT/executions")


def test_one_execution(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")
    execution_id = runner.add_execution(job_id, plan=[Step("FAILURE", failed_hosts=["web2"])])

    execution = session.calls.get_execution(job_id, execution_id)

    assert (execution.execution_id, execution.job_id, execution.account_alias) == (execution_id, job_id, "ACCT")
    assert (execution.status, execution.is_final, execution.failed_hosts) == ("FAILURE", True, ["web2"])


@pytest.mark.parametrize("form", ["page", "array", "array of a page"])
def test_status_events(runner: FakeRunner, session: Session, form: Literal["page", "array", "array of a page"]) -> None:
    runner.forms.events = form
    job_id = runner.add_job("deploy")
    execution_id = runner.add_execution(job_id)
    for number in range(205):
        runner.add_event(execution_id, "runner_on_ok", {"host": "web1", "task": f"task {number}"})

    events = list(session.calls.status_events(job_id, execution_id))

    assert [event.details["task"] for event in events] == [f"task {number}" for number in range(205)]


def test_a_status_event_whose_message_is_a_text(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")
    execution_id = runner.add_execution(job_id)
    runner.add_event(execution_id, "playbook_result", "done")
    runner.add_event(execution_id, "playbook_on_start", None)

    first, second = session.calls.status_events(job_id, execution_id)

    assert (first.details, second.details) == ({"msg": "done"}, {})


@pytest.mark.parametrize("in_array", [False, True])
def test_a_job_as_an_object_or_as_an_array_of_one(runner: FakeRunner, session: Session, in_array: bool) -> None:
    runner.forms.job_in_array = in_array

    created = session.create_job({"name": "deploy", "playbook": PLAYBOOK})
    got = session.calls.get_job(str(created.id))
    got.description = "new"
    updated = session.update_job(got)

    assert (created.name, got.name, updated.description) == ("deploy", "deploy", "new")


@pytest.mark.parametrize("form", ["timers", "start and end", "both"])
@pytest.mark.parametrize("time", [int, float], ids=["whole", "floating"])
def test_times(
    runner: FakeRunner,
    session: Session,
    form: Literal["timers", "start and end", "both"],
    time: type[int] | type[float],
) -> None:
    runner.forms.times, runner.forms.time = form, time
    job_id = runner.add_job("deploy")
    execution_id = runner.add_execution(job_id, plan=[Step("PENDING"), Step("SUCCESS")])

    session.calls.get_execution(job_id, execution_id)
    execution = session.calls.get_execution(job_id, execution_id)

    assert execution.timers is not None
    (timer,) = execution.timers
    kept = runner.executions[execution_id]
    assert (timer.start, timer.end) == (kept["start"], kept["end"])
    assert (execution.start, execution.end) == (kept["start"], kept["end"])


def test_times_between_two_milliseconds(runner: FakeRunner, session: Session) -> None:
    runner.forms.time = lambda milliseconds: milliseconds + 0.5
    job_id = runner.add_job("deploy")
    execution_id = runner.add_execution(job_id, plan=[Step("SUCCESS")])
    runner.add_event(execution_id, "playbook_on_start")

    execution = session.calls.get_execution(job_id, execution_id)
    (event,) = session.calls.status_events(job_id, execution_id)
    job = session.calls.get_job(job_id)

    assert (type(execution.start), type(event.timestamp), type(job.created_time)) == (int, int, int)


def test_times_before_they_happen(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")

    execution = session.calls.get_execution(job_id, runner.add_execution(job_id))

    assert (execution.start, execution.end) == (None, None)


@pytest.mark.parametrize("written", [(0,), (), (None,)])
def test_no_failed_hosts(runner: FakeRunner, session: Session, written: tuple[object, ...]) -> None:
    runner.forms.no_failed_hosts = written
    job_id = runner.add_job("deploy")

    assert session.calls.get_execution(job_id, runner.add_execution(job_id)).failed_hosts == []


def test_an_unknown_status_passes_through_and_is_not_final(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")

    execution = session.calls.get_execution(job_id, runner.add_execution(job_id, status="REBOOTING"))

    assert (execution.status, execution.is_final) == ("REBOOTING", False)


def test_host_vars_in_an_array(runner: FakeRunner, session: Session) -> None:
    runner.forms.host_vars_in_array = True
    job_id = runner.add_job("deploy", hosts=[{"id": "web1", "hostVars": {"a": 1, "b": "two"}}, {"id": "web2"}])

    hosts = session.calls.get_job(job_id).hosts

    assert [host.host_vars for host in hosts] == [{"a": 1, "b": "two"}, {}]


def test_members_nobody_documented(runner: FakeRunner, session: Session) -> None:
    runner.forms.extra = {"_debug": {"node": 3}}
    job_id = runner.add_job("deploy")
    execution_id = runner.add_execution(job_id)
    runner.add_event(execution_id, "playbook_on_start")

    assert session.calls.get_job(job_id).name == "deploy"
    assert session.calls.get_execution(job_id, execution_id).execution_id == execution_id
    assert len(list(session.calls.status_events(job_id, execution_id))) == 1


@pytest.mark.parametrize("member", ["hosts", "properties", "playbookTags", "callbacks", "links", "executionTtl"])
def test_a_member_of_a_job_that_is_null(runner: FakeRunner, session: Session, member: str) -> None:
    job_id = runner.add_job("deploy", **{member: None})

    job = session.calls.get_job(job_id)

    assert (job.name, job.hosts, job.properties, job.playbook_tags) == ("deploy", [], {}, [])


@pytest.mark.parametrize("member", ["failed_hosts", "timers", "repository_log", "is_vpn_established"])
def test_a_member_of_an_execution_that_is_null(runner: FakeRunner, session: Session, member: str) -> None:
    runner.forms.extra = {member: None}
    job_id = runner.add_job("deploy")

    assert session.calls.get_execution(job_id, runner.add_execution(job_id)).failed_hosts == []


def test_ids_are_quoted_in_paths(runner: FakeRunner, session: Session) -> None:
    with pytest.raises(NotFound):
        session.calls.get_job("a/b?c#d")

    assert runner.calls[-1].path == "/jobs/ACCT/a%2Fb%3Fc%23d"


def test_the_account_is_quoted_in_paths(runner: FakeRunner, credentials: None) -> None:
    session = connect(runner.url, account_alias="A/B?c")

    with pytest.raises(NotAllowed):
        list(session.calls.jobs())

    assert runner.calls[-1].path == "/jobs/A%2FB%3Fc"


def test_another_account(runner: FakeRunner, credentials: None) -> None:
    session = connect(runner.url, account_alias="OTHR")

    with pytest.raises(NotAllowed, match="You may not use the account OTHR") as caught:
        session.calls.jobs_page()

    assert (caught.value.method, caught.value.path, caught.value.status_code) == ("GET", "/jobs/OTHR", 403)
    assert caught.value.service_message == "You may not use the account OTHR."


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RequestRefused),
        (403, NotAllowed),
        (404, NotFound),
        (409, RequestRefused),
        (429, ServiceBusy),
        (500, ServiceFailed),
        (502, ServiceFailed),
        (503, ServiceBusy),
        (504, ServiceBusy),
    ],
)
def test_every_error_says_which_call_failed(
    runner: FakeRunner, session: Session, status: int, kind: type[RunnerError]
) -> None:
    job = session.calls.get_job(runner.add_job("deploy", "job-1"))
    runner.trouble(Answer(status, {"message": "The queue is full."}), "POST", "/start$")

    with pytest.raises(kind, match="The queue is full") as caught:
        session.start(job)

    error = caught.value
    assert (error.method, error.path, error.status_code) == ("POST", "/jobs/ACCT/job-1/start", status)
    assert error.service_message == "The queue is full."


@pytest.mark.parametrize("body", [b"<html><h1>Sorry</h1></html>", b"", b"[]", b'"\xff"', b'{"message": null}'])
def test_an_error_without_a_message_is_told_in_our_words(runner: FakeRunner, session: Session, body: bytes) -> None:
    runner.trouble(Answer(500, body=body), "GET", "/jobs/ACCT/job-1")

    with pytest.raises(ServiceFailed, match="500 to GET /jobs/ACCT/job-1") as caught:
        session.calls.get_job("job-1")

    assert (caught.value.status_code, caught.value.service_message) == (500, None)


def test_a_message_of_another_type_is_told_as_text(runner: FakeRunner, session: Session) -> None:
    runner.trouble(Answer(400, {"message": ["name", "missing"]}))

    with pytest.raises(RequestRefused, match=r"name.*missing"):
        session.calls.get_job("job-1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{nonsense",
        b"<html></html>",
        b'"\xff"',
        b"[" * 100_000,
        b"null",
        b"[]",
        b"[1]",
        b'{"totalSize": 1}',
        b'{"totalSize": null, "results": []}',
        b'{"totalSize": 1, "results": [5]}',
        b'{"totalSize": 1, "results": [{"execution_id": {}}]}',
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_an_answer_that_is_not_runners(runner: FakeRunner, session: Session, body: bytes) -> None:
    job_id = runner.add_job("deploy")
    runner.trouble(Answer(200, body=body), "GET", f"/jobs/ACCT/{job_id}/executions/x")

    with pytest.raises(AnswerNotUnderstood) as caught:
        session.calls.get_execution(job_id, "x")

    assert (caught.value.method, caught.value.path) == ("GET", f"/jobs/ACCT/{job_id}/executions/x")


@pytest.mark.parametrize(
    "body",
    [
        b'{"totalSize": 1}',
        b'{"totalSize": null, "results": []}',
        b'{"results": []}',
        b'{"totalSize": 1, "results": [5]}',
        b'{"totalSize": 1, "results": [{"id": {}}]}',
        b"5",
    ],
    ids=lambda body: body.decode(),
)
def test_a_page_that_is_not_runners(runner: FakeRunner, session: Session, body: bytes) -> None:
    runner.trouble(Answer(200, body=body), "GET", "/jobs/ACCT")

    with pytest.raises(AnswerNotUnderstood) as caught:
        list(session.calls.jobs())

    assert (caught.value.method, caught.value.path) == ("GET", "/jobs/ACCT")
