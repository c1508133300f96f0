"""Callbacks (webhooks): who gets which events, in which order, and what happens when nobody takes them."""

import base64
import hashlib
import hmac
import json
import socket
import sqlite3
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ctl_jupyter.documents import read_job
from tests.service.api import FinishedRun, RunnerApi, local_hosts, to_base64
from tests.service.embedded import CTL_RUNNER, EmbeddedRunner
from tests.service.receiver import Answer, Received, Receiver
from tests.service.waiting import Gate, until

#: More events than are read from the database at a time.
MANY = """\
- hosts: all
  gather_facts: false
  tasks:
    - name: Many
      ansible.builtin.debug: {msg: "{{ item }}"}
      loop: "{{ range(130) | list }}"
"""
FAILING = """\
- hosts: all
  gather_facts: false
  tasks:
    - name: Ignored
      ansible.builtin.command: "false"
      ignore_errors: true
    - name: Later
      ansible.builtin.command: "false"
      async: 30
      poll: 1
      when: inventory_hostname == 'web1'
    - name: Fatal
      ansible.builtin.fail: {msg: no}
"""
SHORT = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: hello}
"""
BROKEN = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.fail: {msg: no}
"""
SECRET = "whsec_" + base64.b64encode(b"a key that only the receiver knows").decode()
PLAIN_SECRET = "any old text, with blanks and ümlauts"


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[EmbeddedRunner]:
    """A service that a test may kill."""
    with EmbeddedRunner(tmp_path) as service:
        service.start()
        yield service


@pytest.fixture(scope="module")
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def ids(received: list[Received]) -> list[str]:
    return [one.id for one in received]


def once(received: list[Received]) -> list[dict[str, Any]]:
    """Return the events as a receiver has them that drops repeats."""
    return list({one.id: one.event for one in received}.values())


def rows(service: EmbeddedRunner, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(service.home / "runner.sqlite") as connection:
        return connection.execute(query).fetchall()


def await_all_delivered(service: EmbeddedRunner, execution_id: str) -> None:
    query = f"select * from deliveries where execution_id = '{execution_id}'"
    until(lambda: not rows(service, query), "everything is delivered")


def log_of(service: EmbeddedRunner) -> str:
    return (service.home / "service.log").read_text()


def is_failing(event: Mapping[str, Any]) -> bool:
    kind, message = event["event_type"], event["message"]
    return (
        (kind == "runner_on_failed" and not message.get("ignore_errors"))
        or kind in ("runner_on_unreachable", "runner_on_async_failed")
        or (kind == "playbook_result" and message["status"] != "SUCCESS")
    )


# --- levels and order ----------------------------------------------------------------------------------------------


def test_debug_gets_every_event_as_the_api_shows_it_in_order(api: RunnerApi) -> None:
    with Receiver() as receiver:
        run = api.run(MANY, callbacks=[{"url": f"{receiver.url}/events?key=1"}])
        received = receiver.await_result("/events?key=1")

    assert len(run.events) > 130
    assert [one.event for one in received] == run.events
    assert ids(received) == [event["id"] for event in run.events]
    assert {one.headers["content-type"] for one in received} == {"application/json"}
    assert all("webhook-signature" not in one.headers for one in received)


def test_levels(api: RunnerApi, service: EmbeddedRunner, closed_port: int, scratch: Path) -> None:
    hosts = [
        *local_hosts("web1", ansible_async_dir=str(scratch / "async")),
        {"id": "gone", "hostVars": {"ansible_host": "127.0.0.1", "ansible_port": closed_port}},
    ]
    with Receiver() as receiver:
        levels = [{"url": f"{receiver.url}/{level}", "level": level} for level in ("DEBUG", "ERROR", "RESULT")]
        run = api.run(FAILING, hosts, callbacks=levels)
        await_all_delivered(service, run.execution["execution_id"])

        assert [one.event for one in receiver.taken("/DEBUG")] == run.events
        failing = [event for event in run.events if is_failing(event)]
        assert [one.event for one in receiver.taken("/ERROR")] == failing
        assert Counter(event["event_type"] for event in failing) == {
            "runner_on_unreachable": 1,
            "runner_on_async_failed": 1,
            "runner_on_failed": 1,
            "playbook_result": 1,
        }
        assert [one.event for one in receiver.taken("/RESULT")] == [run.events[-1]]


def test_a_success_is_no_error(api: RunnerApi, service: EmbeddedRunner) -> None:
    with Receiver() as receiver:
        levels = [{"url": f"{receiver.url}/{level}", "level": level} for level in ("ERROR", "RESULT")]
        run = api.run(SHORT, callbacks=levels)
        await_all_delivered(service, run.execution["execution_id"])

        assert receiver.received("/ERROR") == []
        assert [one.event for one in receiver.received("/RESULT")] == [run.events[-1]]


def test_an_execution_that_never_ran_has_a_result_too(api: RunnerApi) -> None:
    with Receiver() as receiver:
        run = api.run("- hosts: nobody\n", callbacks=[{"url": receiver.url, "level": "RESULT"}])
        (received,) = receiver.await_result()

    assert run.status == "INIT_FAILURE"
    assert received.event == run.events[-1]


def test_the_same_address_may_stand_for_two_levels(api: RunnerApi, service: EmbeddedRunner) -> None:
    with Receiver() as receiver:
        run = api.run(BROKEN, callbacks=[{"url": receiver.url, "level": level} for level in ("ERROR", "RESULT")])
        await_all_delivered(service, run.execution["execution_id"])
        kinds = Counter(one.event["event_type"] for one in receiver.taken())

    assert kinds == {"runner_on_failed": 1, "playbook_result": 2}


# --- receivers that do not take an event ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_error_that_may_pass_is_tried_again_and_keeps_the_order(api: RunnerApi, status: int) -> None:
    troubles = iter([(status, {}), (status, {"Retry-After": "1"})])
    with Receiver(lambda _: next(troubles, (200, {}))) as receiver:
        run = api.run(SHORT, callbacks=[{"url": receiver.url}])
        taken = receiver.await_result()
        attempts = receiver.received()

    assert [one.event for one in taken] == run.events
    assert ids(attempts) == [run.events[0]["id"]] * 2 + ids(taken)
    assert len({one.body for one in attempts[:3]}) == 1
    assert attempts[2].at - attempts[1].at >= 1.0


@pytest.mark.parametrize("answer", [(404, {}), (400, {}), (302, {"Location": "/elsewhere"}), (307, {"Location": "/"})])
def test_a_refused_event_is_given_up_and_the_next_goes_on(
    api: RunnerApi, service: EmbeddedRunner, answer: Answer
) -> None:
    def answers(received: Received) -> Answer:
        return answer if received.event["message"].get("status") == "INITIALIZING" else (200, {})

    with Receiver(answers) as receiver:
        run = api.run(SHORT, callbacks=[{"url": f"{receiver.url}/hooks?key=in-the-address"}])
        taken = receiver.await_result()

    refused = next(event for event in run.events if event["message"].get("status") == "INITIALIZING")
    assert [one.event for one in taken] == [event for event in run.events if event != refused]
    assert ids(receiver.received()).count(refused["id"]) == 1
    assert {one.path for one in receiver.received()} == {"/hooks?key=in-the-address"}
    assert f"event {refused['id']} (status_change) is given up: it answered {answer[0]}" in log_of(service)
    assert "in-the-address" not in log_of(service)


def test_a_receiver_that_is_down_gets_all_once_it_is_up(api: RunnerApi, closed_port: int) -> None:
    run = api.run(SHORT, callbacks=[{"url": f"http://127.0.0.1:{closed_port}"}])
    assert run.status == "SUCCESS"

    with Receiver(port=closed_port) as receiver:
        assert [one.event for one in receiver.await_result()] == run.events


def test_a_slow_receiver_delays_neither_the_run_nor_others(api: RunnerApi) -> None:
    released = threading.Event()

    def wait(_: Received) -> Answer:
        released.wait(60)
        return 200, {}

    with Receiver(wait) as slow, Receiver() as quick:
        callbacks = [{"url": f"{slow.url}/a"}, {"url": quick.url}, {"url": f"{slow.url}/b"}]
        run = api.run(SHORT, callbacks=callbacks)
        assert run.status == "SUCCESS"
        assert [one.event for one in quick.await_result()] == run.events
        assert slow.taken() == []
        assert len(slow.received()) == 1, "one message at a time"

        released.set()
        for path in ("/a", "/b"):
            assert once(slow.await_result(path)) == run.events


# --- what survives -------------------------------------------------------------------------------------------------


def test_a_killed_service_goes_on_where_it_was(own_service: EmbeddedRunner, tmp_path: Path) -> None:
    with Receiver() as receiver, Gate(tmp_path / "gate") as gate:
        with own_service.log_in() as api:
            playbook = f"{MANY}    - {gate.task}\n    - ansible.builtin.debug: {{msg: end}}\n"
            run = api.begin(playbook, callbacks=[{"url": receiver.url}])
            receiver.await_received(20)
        own_service.kill()
        before = len(receiver.received())
        gate.open()
        own_service.start()
        with own_service.log_in() as api:
            finished = api.finish(run)
        receiver.await_result()
        await_all_delivered(own_service, run.execution_id)
        received = receiver.received()

    assert once(received) == finished.events
    # What was taken just before is sent again, and told from what is new by its id.
    assert len({(one.id, one.body) for one in received}) == len(finished.events)
    again = ids(received)[before:]
    assert len(again) == len(set(again)), "after the restart each event is sent once"
    own_service.stop()


def test_a_service_that_is_killed_before_anything_was_taken(own_service: EmbeddedRunner, closed_port: int) -> None:
    with own_service.log_in() as api:
        run = api.run(SHORT, callbacks=[{"url": f"http://127.0.0.1:{closed_port}", "secret": SECRET}])
    own_service.kill()
    own_service.start()
    with Receiver(port=closed_port) as receiver:
        taken = receiver.await_result()
        await_all_delivered(own_service, run.execution["execution_id"])

    assert [one.event for one in taken] == run.events
    assert all(is_signed(one, SECRET) for one in taken)
    own_service.stop()


def test_what_could_not_be_delivered_for_a_day_is_given_up(own_service: EmbeddedRunner, closed_port: int) -> None:
    with own_service.log_in() as api:
        job = api.create(SHORT, hosts=local_hosts("a"), callbacks=[{"url": f"http://127.0.0.1:{closed_port}/hook"}])
        old = api.finish(api.start(job["id"]))
        until(
            lambda: rows(own_service, "select 1 from deliveries where failing_since is not null"), "an attempt failed"
        )
        own_service.stop()
        day = 24 * 3600 * 1000
        with sqlite3.connect(own_service.home / "runner.sqlite") as connection:
            connection.execute("update deliveries set failing_since = failing_since - ?", (day,))
            connection.execute("update events set timestamp = timestamp - ?", (day,))
            # Its last event has a while left.
            connection.execute("update events set timestamp = timestamp + 600000 where event_type = 'playbook_result'")
        connection.close()
        own_service.start()
    until(lambda: f"event {old.events[-2]['id']} (status_change) is given up" in log_of(own_service), "a note")
    with Receiver(port=closed_port) as receiver:
        taken = receiver.await_result()
        await_all_delivered(own_service, old.execution["execution_id"])

    assert ids(taken) == [old.events[-1]["id"]]
    log = log_of(own_service)
    assert f"{len(old.events) - 1} events in all were given up" in log
    assert "/hook" not in log
    own_service.stop()


def test_a_restart_follows_the_job_and_keeps_what_was_left(
    api: RunnerApi, service: EmbeddedRunner, closed_port: int
) -> None:
    stays, goes = f"http://127.0.0.1:{closed_port}/stays", f"http://127.0.0.1:{closed_port}/goes"
    with Receiver() as new:
        job = api.create(BROKEN, hosts=local_hosts("a"), callbacks=[{"url": goes}, {"url": stays}])
        started = api.start(job["id"])
        first = api.finish(started)
        changed = {**job, "callbacks": [{"url": stays}, {"url": new.url}]}
        api.call("PUT", f"/jobs/{{alias}}/{job['id']}", changed)
        api.call("POST", f"/jobs/{{alias}}/{job['id']}/executions/{started.execution_id}/restart", {})
        both = api.finish(started)
        with Receiver(port=closed_port) as old:
            old.await_result("/goes")
            await_all_delivered(service, started.execution_id)

            assert [one.event for one in old.taken("/goes")] == first.events
            assert [one.event for one in old.taken("/stays")] == both.events
        assert [one.event for one in new.taken()] == both.events[len(first.events) :]


def test_an_execution_without_callbacks_leaves_no_trace(api: RunnerApi, service: EmbeddedRunner) -> None:
    run = api.begin(SHORT)
    assert rows(service, f"select * from deliveries where execution_id = '{run.execution_id}'") == []
    api.finish(run)


# --- signatures and secrets ----------------------------------------------------------------------------------------


def is_signed(received: Received, secret: str, body: bytes | None = None) -> bool:
    """Verify a message as the specification tells a receiver to."""
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    signed = ".".join([received.headers["webhook-id"], received.headers["webhook-timestamp"], ""]).encode()
    right = hmac.new(key, signed + (received.body if body is None else body), hashlib.sha256).digest()
    version, _, given = received.headers["webhook-signature"].partition(",")
    return version == "v1" and hmac.compare_digest(base64.b64decode(given), right)


@pytest.mark.parametrize("secret", [SECRET, PLAIN_SECRET])
def test_each_event_is_signed(api: RunnerApi, secret: str) -> None:
    with Receiver() as receiver:
        api.run(SHORT, callbacks=[{"url": receiver.url, "secret": secret}])
        taken = receiver.await_result()

    assert all(is_signed(one, secret) for one in taken)
    result = taken[-1]
    assert not is_signed(result, "whsec_" + base64.b64encode(b"another key").decode())
    assert not is_signed(result, secret, result.body.replace(b"SUCCESS", b"FAILURE"))
    other_id = Received(result.path, {**result.headers, "webhook-id": taken[0].id}, result.body, result.at)
    assert not is_signed(other_id, secret)


def test_a_secret_is_in_no_file_log_or_answer(own_service: EmbeddedRunner, closed_port: int) -> None:
    secrets = [SECRET, SECRET.removeprefix("whsec_"), PLAIN_SECRET, "a key that only the receiver knows"]
    with own_service.log_in() as api, Receiver(lambda _: (404, {})) as receiver:
        callbacks = [
            {"url": f"{receiver.url}/a", "secret": SECRET},
            {"url": f"http://127.0.0.1:{closed_port}", "secret": PLAIN_SECRET},
        ]
        created = api.create(BROKEN, hosts=local_hosts("a"), callbacks=callbacks)
        run = api.start(created["id"])
        finished = api.finish(run)
        receiver.await_received(len(finished.events))
        answers = [
            created,
            api.call("GET", f"/jobs/{{alias}}/{created['id']}"),
            api.call("GET", "/jobs/{alias}"),
            api.call("POST", f"/jobs/{{alias}}/{run.job_id}/executions/{run.execution_id}/restart", {}),
            finished,
        ]
        api.finish(run)
        refused = api.http.post(
            f"/jobs/{api.account}",
            json={"name": "x", "playbook": to_base64(SHORT), "callbacks": [{"url": "ftp://x", "secret": SECRET}]},
        )
        assert [one["secret"] for one in created["callbacks"]] == ["********", "********"]
        assert "FAILURE" in str(answers)
        own_service.kill()

    job = read_job({"callbacks": callbacks})
    shown = f"{answers} {refused.text} {job!r} {job.callbacks!r}"
    files = [path.read_bytes() for path in own_service.home.rglob("*") if path.is_file()]
    assert len(files) > 3
    for secret in secrets:
        assert secret not in shown
        assert not any(secret.encode() in content for content in files)


def test_a_masked_secret_sent_back_stays(api: RunnerApi) -> None:
    with Receiver() as receiver:
        callbacks = [{"url": receiver.url, "level": "RESULT", "secret": SECRET}]
        job = api.create(SHORT, hosts=local_hosts("a"), callbacks=callbacks)
        path = f"/jobs/{{alias}}/{job['id']}"
        shown = api.call("GET", path)
        added = {"url": f"{receiver.url}/new", "level": "RESULT"}
        api.call("PUT", path, {**shown, "callbacks": [added, *shown["callbacks"]]})
        api.start(job["id"])
        (received,) = receiver.await_result("/")
        assert is_signed(received, SECRET)

        elsewhere = {**shown, "callbacks": [{**shown["callbacks"][0], "url": f"{receiver.url}/elsewhere"}]}
        answer = api.http.put(path.format(alias=api.account), json=elsewhere)
        assert (answer.status_code, "masked" in answer.json()["message"]) == (400, True)


# --- addresses -----------------------------------------------------------------------------------------------------


def refusal(api: RunnerApi, **callback: str) -> str | None:
    """Return why a callback is refused, ``None`` when it is not."""
    document = {"name": "job", "playbook": to_base64(SHORT), "callbacks": [callback]}
    answer = api.http.post(f"/jobs/{api.account}", json=document)
    assert answer.status_code in (200, 400), answer.text
    return str(answer.json()["message"]) if answer.status_code == 400 else None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/x",
        "file:///etc/passwd",
        "example.com/x",
        "http://",
        "",
        "http://user:word@example.com/",
        "http://user@example.com/",
        "http://@example.com/",
        "http://exa mple.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com\r\nX: y/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://[::1/",
        "http://example.com/" + "x" * 5000,
    ],
)
def test_urls_that_nothing_can_be_posted_to(api: RunnerApi, url: str) -> None:
    message = refusal(api, url=url)
    assert message is not None
    assert message.startswith("callbacks[0]")
    assert "word" not in message.replace("password", "")


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_no base64!"])
def test_secrets_that_nothing_can_be_signed_with(api: RunnerApi, secret: str) -> None:
    message = refusal(api, url="https://example.com", secret=secret)
    assert message is not None
    assert "no base64!" not in message


def test_by_default_any_address_will_do(api: RunnerApi) -> None:
    for url in ("http://127.0.0.1:1", "http://localhost:1", "http://10.0.0.1", "https://example.com/x?y=z"):
        assert refusal(api, url=url) is None


@contextmanager
def public_service(service: EmbeddedRunner) -> Iterator[None]:
    """Run a service that others give jobs to."""
    log = service.home.with_name("serve.log").open("wb")
    with log, subprocess.Popen([CTL_RUNNER, "serve", "--public"], env=service.environment, stderr=log) as process:
        try:
            until(lambda: "answers" in status(service), "the service answers")
            yield
        finally:
            process.terminate()
            process.wait(30)


def status(service: EmbeddedRunner) -> str:
    return subprocess.run(
        [CTL_RUNNER, "status"], env=service.environment, capture_output=True, text=True, check=False, timeout=60
    ).stdout


@pytest.fixture(scope="module")
def public_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerApi]:
    with (
        EmbeddedRunner(tmp_path_factory.mktemp("public")) as service,
        public_service(service),
        service.log_in() as api,
    ):
        yield api


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.9.9.9",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0x7f.1",
        "017700000001",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::]",
        "0.0.0.0",
        "0",
        "10.0.0.1",
        "10.255.255.255",
        "167772161",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fc00::1]",
        "[fec0::1]",
        "[ff02::1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "some.localhost",
        "localhost.localdomain",
    ],
)
def test_a_public_service_posts_to_no_private_address(public_api: RunnerApi, host: str) -> None:
    message = refusal(public_api, url=f"http://{host}:8080/hook")
    assert message is not None
    assert "public addresses alone" in message


def test_a_public_service_refuses_an_update_too(public_api: RunnerApi) -> None:
    job = public_api.create(SHORT, callbacks=[{"url": "https://8.8.8.8/x"}])
    changed = {**job, "callbacks": [{"url": "http://10.1.2.3"}]}
    answer = public_api.http.put(f"/jobs/{public_api.account}/{job['id']}", json=changed)
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "[64:ff9b::808:808]", "not-there.invalid"])
def test_a_public_service_takes_public_addresses(public_api: RunnerApi, host: str) -> None:
    # A name that nothing resolves now is judged again when something is sent.
    assert refusal(public_api, url=f"https://{host}/hook") is None


def test_addresses_are_judged_again_at_each_delivery(own_service: EmbeddedRunner, tmp_path: Path) -> None:
    with Receiver() as receiver:
        with own_service.log_in() as api:
            job = api.create(SHORT, hosts=local_hosts("a"), callbacks=[{"url": receiver.url}])
        own_service.stop()
        with public_service(own_service), own_service.log_in() as api:
            run = api.start(job["id"])
            finished: FinishedRun = api.finish(run)
            until(lambda: "on a loopback, private or link-local network" in log_of(own_service), "a note")
            assert receiver.received() == []
        own_service.start()
        assert [one.event for one in receiver.await_result()] == finished.events
    own_service.stop()


def test_the_document_of_a_job_is_json_with_its_callbacks(api: RunnerApi) -> None:
    callbacks = [{"url": "https://example.com/x", "level": "ERROR"}, {"url": "https://example.com/y"}]
    assert json.loads(json.dumps(api.create(SHORT, callbacks=callbacks)))["callbacks"] == callbacks
