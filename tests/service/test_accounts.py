"""Users of other accounts: what is one's is nobody else's; wrong passwords wait."""

import subprocess
from collections.abc import Iterator

import httpx
import pytest

from ctl_jupyter.service.accounts import LogInDelay
from tests.service.api import LOCAL, RunnerApi
from tests.service.embedded import CTL_RUNNER, EmbeddedRunner

PASSWORD = "correct-horse-7351"
PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.debug: {msg: hi}}]"


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


def test_nothing_of_another_account_can_be_seen_or_done(api: RunnerApi, other: RunnerApi) -> None:
    job = api.create(PLAYBOOK, hosts=LOCAL)
    run = api.start(job["id"])
    api.finish(run)
    one = f"/jobs/{{}}/{job['id']}"
    execution = f"{one}/executions/{run.execution_id}"
    calls = [
        ("GET", "/jobs/{}"),
        ("POST", "/jobs/{}"),
        ("GET", "/jobs/{}/executions"),
        *[(method, one) for method in ("GET", "PUT", "DELETE")],
        ("POST", f"{one}/start"),
        ("GET", f"{one}/executions"),
        ("GET", execution),
        *[("POST", f"{execution}/{order}") for order in ("restart", "stop", "kill")],
        ("GET", f"/status/{{}}/job/{job['id']}"),
        ("GET", f"/status/{{}}/job/{job['id']}/execution/{run.execution_id}"),
    ]
    body = {"name": "job", "playbook": job["playbook"]}
    for method, path in calls:
        of_the_other = other.http.request(method, path.format(api.account), json=body)
        assert of_the_other.status_code == 403, (method, path)
        if job["id"] in path:
            # The same ids under one's own account lead nowhere.
            own = other.http.request(method, path.format(other.account), json=body if method == "PUT" else {})
            assert own.status_code == 404, (method, path)
    assert api.call("GET", one.format("{alias}"))["name"] == job["name"]


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
