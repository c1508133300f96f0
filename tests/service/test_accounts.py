"""Users of other accounts: what is one's is nobody else's; wrong passwords wait."""

import subprocess
from collections.abc import Iterator

import httpx
import pytest

from ctl_jupyter.documents import Job, Schedule, ServiceAccount
from ctl_jupyter.service.accounts import LogInDelay
from ctl_jupyter.service.http.openapi import OPERATIONS, Operation
from tests.service.api import LOCAL, RunnerApi, to_base64
from tests.service.embedded import CTL_RUNNER, EmbeddedRunner

PASSWORD = "correct-horse-7351"
PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.debug: {msg: hi}}]"
SCHEDULE = {"trigger": {"type": "cron", "expression": "0 0 1 1 *"}, "serviceAccountAlias": "theirs"}
#: What is the service's rather than an account's: its inventory.
CLOUD = {"data_center": "LOCAL", "group_id": "all@LOCAL", "server_id": "web1"}


def name_of(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def let_in(service: EmbeddedRunner, *words: str, password: str = PASSWORD) -> "subprocess.CompletedProcess[str]":
    command = [CTL_RUNNER, "account", *words]
    return subprocess.run(
        command, env=service.environment, input=f"{password}\n", capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def other(service: EmbeddedRunner) -> Iterator[RunnerApi]:
    assert let_in(service, "ana", "--alias", "acme").stdout == "ana may log in to the account ACME.\n"
    with RunnerApi(service.record.url, "ana", PASSWORD) as other:
        yield other


def test_an_account_of_its_own(other: RunnerApi) -> None:
    assert other.account == "ACME"
    assert other.run(PLAYBOOK, hosts=LOCAL).status == "SUCCESS"
    assert other.call("GET", "/jobs/{alias}")["totalSize"] == 1


@pytest.fixture(scope="module")
def theirs(api: RunnerApi) -> dict[str, str]:
    """One of each kind of thing in an account: the parameters of every path."""
    job = api.create(PLAYBOOK, hosts=LOCAL)
    run = api.start(job["id"])
    api.finish(run)
    service_account = {"alias": "theirs", "username": "u", "password": "p"}
    api.call("POST", "/serviceAccounts/{alias}", service_account)
    schedule = api.call("POST", f"/jobs/{{alias}}/{job['id']}/schedules", SCHEDULE)
    ids = {"job_id": job["id"], "execution_id": run.execution_id, "schedule_id": schedule["id"]}
    return {**ids, **CLOUD, "service_account_alias": "theirs"}


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if "{alias}" in one.path], ids=name_of)
def test_nothing_of_another_account_can_be_seen_or_done(
    api: RunnerApi, other: RunnerApi, theirs: dict[str, str], operation: Operation
) -> None:
    bodies = {Job: {"name": "job", "playbook": to_base64(PLAYBOOK)}, Schedule: SCHEDULE}
    body = bodies.get(operation.body, {"username": "u", "password": "p"} if operation.body is ServiceAccount else {})
    of_the_other = other.http.request(
        operation.method, operation.path.format(alias=api.account, **theirs), json=body if operation.body else None
    )
    assert of_the_other.status_code == 403

    if any(f"{{{name}}}" in operation.path for name in theirs if name not in CLOUD):
        # The same ids under one's own account lead nowhere.
        own = other.http.request(
            operation.method,
            operation.path.format(alias=other.account, **theirs),
            json=body if operation.body else None,
        )
        assert own.status_code == 404


def test_nothing_of_it_happened(api: RunnerApi, theirs: dict[str, str]) -> None:
    job = f"/jobs/{{alias}}/{theirs['job_id']}"
    assert api.call("GET", f"{job}/executions/{theirs['execution_id']}")["status"] == "SUCCESS"
    assert [one["id"] for one in api.call("GET", f"{job}/schedules")["results"]] == [theirs["schedule_id"]]
    assert api.call("GET", f"{job}/executions")["totalSize"] == 1
    assert "theirs" in api.call("GET", "/serviceAccounts/{alias}")["accounts"]


def test_an_execution_of_ones_own_job_alone(other: RunnerApi, theirs: dict[str, str]) -> None:
    own = other.create(PLAYBOOK)["id"]
    for operation in OPERATIONS:
        if "{execution_id}" in operation.path or "{schedule_id}" in operation.path:
            path = operation.path.format(**{**theirs, "alias": other.account, "job_id": own})
            body = SCHEDULE if operation.body is Schedule else {}
            assert other.http.request(operation.method, path, json=body).status_code == 404, path


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (["ana", "--alias", "no spaces"], PASSWORD, "An account's alias has 1 to 20 letters and digits."),
        (["ana", "--alias", "ACME"], "short", "A password has 8 characters or more."),
    ],
)
def test_who_cannot_be_let_in(service: EmbeddedRunner, words: list[str], password: str, said: str) -> None:
    done = let_in(service, *words, password=password)
    assert (done.returncode, done.stderr.strip()) == (69, said)


@pytest.mark.parametrize("closed", [False, True])
def test_nobody_to_ask_for_a_password(service: EmbeddedRunner, closed: bool) -> None:
    command = f"exec {CTL_RUNNER} account ana --alias ACME {'<&-' if closed else '</dev/null'}"
    done = subprocess.run(
        ["sh", "-c", command], env=service.environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 69
    (line,) = done.stderr.splitlines()
    assert line.startswith("No password was given: type it at a terminal, or give it on standard input")


def test_a_wrong_password(service: EmbeddedRunner, other: RunnerApi) -> None:
    document = {"username": "ana", "password": PASSWORD + "!"}
    answer = httpx.post(f"{service.record.url}/v2/authentication/login", json=document, timeout=30)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("We didn't recognize the username or password")


def test_passwords_are_not_kept(service: EmbeddedRunner, other: RunnerApi) -> None:
    for path in service.home.rglob("*"):
        if path.is_file():
            assert PASSWORD.encode() not in path.read_bytes(), path


def test_each_wrong_password_makes_the_next_log_in_wait_longer() -> None:
    delay = LogInDelay()
    waits = []
    for _ in range(10):
        waits.append(delay.before("ana"))
        delay.note("ana", was_right=False)
    assert waits[:3] == [0, 0, 0]
    assert waits[3:] == sorted(waits[3:])
    assert waits[3] > 0
    assert waits[-1] == LogInDelay.LONGEST
    assert delay.before("bo") == 0
    delay.note("ana", was_right=True)
    assert delay.before("ana") == 0


def test_guessing_over_http_is_slowed_down(service: EmbeddedRunner) -> None:
    document = {"username": "guessed", "password": "wrong"}
    with httpx.Client(base_url=service.record.url, trust_env=False, timeout=30) as guesser:
        for _ in range(LogInDelay.FREE):
            assert guesser.post("/v2/authentication/login", json=document).status_code == 400
        answer = guesser.post("/v2/authentication/login", json=document)

    assert answer.status_code == 400
    assert answer.elapsed.total_seconds() >= LogInDelay.FIRST
