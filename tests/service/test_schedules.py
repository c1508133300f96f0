"""Schedules and service accounts over HTTP, and through kills of the service around the moments they are due."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from ctl_jupyter.client import NotFound, RequestRefused, Session
from ctl_jupyter.documents import Schedule, ServiceAccount, Trigger
from tests.service.api import LOCAL, Document, RunnerApi, StartedRun
from tests.service.canaries import found_in, password, password_forms
from tests.service.embedded import EmbeddedRunner
from tests.service.test_refusals import sentence_of
from tests.service.waiting import Gate, until

PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.debug: {msg: hello}}]"
WAITING = "- hosts: all\n  gather_facts: false\n  tasks: [{{{gate}}}]"
NEW_YEAR = {"type": "cron", "expression": "30 2 1 1 *"}
ACCOUNT = {"alias": "nightly", "username": "robot", "password": "secret of the robot"}


def give_service_account(api: RunnerApi) -> None:
    if "nightly" not in api.call("GET", "/serviceAccounts/{alias}")["accounts"]:
        api.call("POST", "/serviceAccounts/{alias}", ACCOUNT)


@pytest.fixture
def job(api: RunnerApi) -> Document:
    give_service_account(api)
    return api.create(PLAYBOOK, hosts=LOCAL)


def body(**members: Any) -> Document:
    return {"serviceAccountAlias": "nightly", "trigger": NEW_YEAR, **members}


def schedules_of(job: Document) -> str:
    return f"/jobs/{{alias}}/{job['id']}/schedules"


def post(api: RunnerApi, path: str, document: Any) -> httpx.Response:
    return api.http.post(path.format(alias=api.account), json=document)


def put(api: RunnerApi, path: str, document: Any) -> httpx.Response:
    return api.http.put(path.format(alias=api.account), json=document)


def executions_of(api: RunnerApi, job: Document) -> list[Document]:
    """Return all executions of a job, oldest first."""
    path = f"/jobs/{{alias}}/{job['id']}/executions"
    found: list[Document] = api.call("GET", path)["results"]
    for page in range(1, -(-api.call("GET", path)["totalSize"] // 100)):
        found += api.call("GET", path, page=page)["results"]
    return found[::-1]


def first_executions_of(api: RunnerApi, job: Document) -> list[Document]:
    return until(lambda: executions_of(api, job), "the schedule started nothing")


def in_words(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat()


def await_time(epoch_ms: float) -> None:
    time.sleep(max(0.0, epoch_ms / 1000 - time.time()))


# --- schedules ---------------------------------------------------------------------------------------------------


def test_create(api: RunnerApi, job: Document) -> None:
    created = api.call("POST", schedules_of(job), body(description="each year"))
    assert created["id"] == created["scheduleId"]
    assert created == {
        "id": created["id"],
        "jobId": job["id"],
        "accountAlias": api.account,
        "scheduleId": created["id"],
        "description": "each year",
        "serviceAccountAlias": "nightly",
        "trigger": NEW_YEAR,
        "timezone": "UTC",
        "nextFireTime": created["nextFireTime"],
    }
    assert in_words(created["nextFireTime"]).endswith("-01-01T02:30:00+00:00")


def test_the_spelling_of_the_documentation(api: RunnerApi, job: Document) -> None:
    spelt = {"serviceAccountAlias": "nightly", "type": NEW_YEAR}
    created = api.call("POST", schedules_of(job), spelt)
    assert created["trigger"] == NEW_YEAR
    assert "type" not in created
    both = api.call("POST", schedules_of(job), {**spelt, "trigger": NEW_YEAR})
    assert both["trigger"] == NEW_YEAR
    path = f"{schedules_of(job)}/{created['id']}"
    changed = {"type": "cron", "expression": "0 0 * * *"}
    assert api.call("PUT", path, {**spelt, "type": changed})["trigger"] == changed


def test_a_time_zone_of_its_own(api: RunnerApi, job: Document) -> None:
    created = api.call("POST", schedules_of(job), body(timezone="Asia/Tokyo"))
    assert created["timezone"] == "Asia/Tokyo"
    assert in_words(created["nextFireTime"]).endswith("-12-31T17:30:00+00:00")


def test_a_date(api: RunnerApi, job: Document) -> None:
    trigger = {"type": "date", "expression": "2090-06-01T12:00:00Z"}
    created = api.call("POST", schedules_of(job), body(trigger=trigger))
    assert created["trigger"] == trigger
    assert in_words(created["nextFireTime"]) == "2090-06-01T12:00:00+00:00"


def test_list_is_in_pages_newest_first(api: RunnerApi, job: Document) -> None:
    made = [api.call("POST", schedules_of(job), body(description=str(number))) for number in range(5)]
    page = api.call("GET", schedules_of(job), page=1, size=2)
    assert page == {**page, "totalSize": 5, "page": 1, "size": 2, "results": [made[2], made[1]]}
    assert api.call("GET", schedules_of(api.create(PLAYBOOK)))["results"] == []
    assert api.http.get(schedules_of(job).format(alias=api.account), params={"size": 101}).status_code == 400


def test_update_takes_what_the_service_answered(api: RunnerApi, job: Document) -> None:
    created = api.call("POST", schedules_of(job), body(costCentre=7))
    path = f"{schedules_of(job)}/{created['id']}"
    updated = api.call("PUT", path, {**created, "description": "changed"})
    assert updated == {**created, "description": "changed"}
    assert updated["costCentre"] == 7
    moved = api.call("PUT", path, {**updated, "trigger": {"type": "date", "expression": "2090-01-01"}})
    assert in_words(moved["nextFireTime"]) == "2090-01-01T00:00:00+00:00"
    assert api.call("GET", schedules_of(job))["results"] == [moved]


def test_delete(api: RunnerApi, job: Document) -> None:
    created = api.call("POST", schedules_of(job), body())
    path = f"{schedules_of(job)}/{created['id']}".format(alias=api.account)
    assert api.http.delete(path).status_code == 204
    assert api.call("GET", schedules_of(job))["totalSize"] == 0
    for answer in (api.http.delete(path), api.http.put(path, json=body())):
        assert sentence_of(answer, 404) == f"There is no schedule {created['id']!r} of the job {job['id']!r}."


def test_deleting_a_job_deletes_its_schedules(api: RunnerApi, job: Document, service: EmbeddedRunner) -> None:
    api.call("POST", schedules_of(job), body())
    api.call("DELETE", f"/jobs/{{alias}}/{job['id']}")
    with closing(sqlite3.connect(service.home / "runner.sqlite")) as database:
        rows = database.execute("select count(*) from schedules where job_id = ?", [job["id"]])
        assert rows.fetchone() == (0,)


def test_a_key_creates_one_schedule(api: RunnerApi, job: Document) -> None:
    path = schedules_of(job).format(alias=api.account)
    first, second = (api.http.post(path, json=body(), headers={"Idempotency-Key": "one"}) for _ in range(2))
    assert first.json() == second.json()
    assert api.call("GET", schedules_of(job))["totalSize"] == 1


def test_of_another_job_or_account(api: RunnerApi, job: Document) -> None:
    created = api.call("POST", schedules_of(job), body())
    elsewhere = f"{schedules_of(api.create(PLAYBOOK))}/{created['id']}"
    sentence_of(put(api, elsewhere, body()), 404)
    sentence_of(post(api, "/jobs/{alias}/nothing/schedules", body()), 404)
    sentence_of(api.http.get(schedules_of(job).format(alias="OTHER")), 403)
    sentence_of(api.http.get("/serviceAccounts/OTHER"), 403)
    sentence_of(httpx.get(f"{api.http.base_url}/serviceAccounts/{api.account}", trust_env=False), 401)


CRON = {"type": "cron", "expression": "* * * * *"}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (None, "The schedule must be an object with named members, and this is empty."),
        ([], "The schedule must be an object with named members, and this is a list."),
        ({"serviceAccountAlias": "nightly"}, "A schedule needs a 'trigger', as in"),
        (body(trigger=None), "A schedule needs a 'trigger'"),
        (body(trigger="cron"), "The schedule cannot be used: trigger must be an object, not a text."),
        (body(trigger={}), "The type of a trigger is 'cron' or 'date', not ''."),
        (body(trigger={"type": "interval", "expression": "5m"}), "is 'cron' or 'date', not 'interval'."),
        (body(trigger={"type": "cron"}), "A trigger needs an 'expression': five cron fields, or a date in UTC."),
        (body(trigger={"type": "cron", "expression": "  "}), "A trigger needs an 'expression'"),
        (body(trigger={"type": "cron", "expression": 5}), "trigger.expression must be a text, not a whole number."),
        (body(trigger={"type": "cron", "expression": "* * * *"}), "'* * * *' is no cron expression (wrong number of"),
        (body(trigger={"type": "cron", "expression": "61 * * * *"}), "is no cron expression (bad minute)"),
        (body(trigger={"type": "cron", "expression": "0 0 31 2 *"}), "is no cron expression (bad day-of-month)"),
        (body(trigger={"type": "cron", "expression": "2090-01-01"}), "is no cron expression"),
        (body(trigger={"type": "date", "expression": "* * * * *"}), "'* * * * *' is no date: write it as in"),
        (body(trigger={"type": "date", "expression": "2020-01-01"}), "The date '2020-01-01' has passed"),
        (body(timezone="Mars/Olympus"), "as in Europe/Berlin, not 'Mars/Olympus'."),
        (body(timezone=2), "The schedule cannot be used: timezone must be a text, not a whole number."),
        (body(type={"type": "cron", "expression": "0 0 * * *"}), "which mean the same, and here they differ."),
        ({"trigger": CRON}, "A schedule needs a 'serviceAccountAlias', the service account it logs in with."),
        (body(serviceAccountAlias="unknown"), "There is no service account 'unknown': create it first"),
        (body(id="another"), None),
    ],
)
def test_what_is_refused(api: RunnerApi, job: Document, document: Any, sentence: str | None) -> None:
    before = api.call("POST", schedules_of(job), body())
    path = f"{schedules_of(job)}/{before['id']}"
    if sentence is None:
        assert sentence_of(put(api, path, document), 400) == "The document's 'id' is another schedule's."
    else:
        for answer in (post(api, schedules_of(job), document), put(api, path, document)):
            assert sentence in sentence_of(answer, 400)
    assert api.call("GET", schedules_of(job))["results"] == [before]


# --- service accounts --------------------------------------------------------------------------------------------


def test_service_accounts_are_listed_by_alias_and_never_shown(api: RunnerApi) -> None:
    for alias in ("zeta", "été 1"):
        account = {"alias": alias, "username": "robot", "password": "p4ss"}
        assert api.call("POST", "/serviceAccounts/{alias}", account) == {"alias": alias, "username": "robot"}
    listed = api.call("GET", "/serviceAccounts/{alias}")
    assert listed.keys() == {"accounts"}
    assert {"zeta", "été 1"} <= set(listed["accounts"])
    changed = {"username": "android", "password": "other"}
    assert api.call("PUT", "/serviceAccounts/{alias}/zeta", changed) == {"alias": "zeta", "username": "android"}
    twice = post(api, "/serviceAccounts/{alias}", {"alias": "zeta", **changed})
    assert sentence_of(twice, 400) == "There is a service account 'zeta' already: PUT replaces it."
    assert sentence_of(put(api, "/serviceAccounts/{alias}/eta", changed), 404) == "There is no service account 'eta'."
    renamed = put(api, "/serviceAccounts/{alias}/zeta", {"alias": "eta", **changed})
    assert sentence_of(renamed, 400) == "The document's 'alias' is another service account's."


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (None, "The service account must be an object with named members, and this is empty."),
        ({"username": "u", "password": "p"}, "A service account needs an 'alias' of 1 to 100 characters without '/'."),
        ({"alias": "a/b", "username": "u", "password": "p"}, "of 1 to 100 characters without '/'."),
        ({"alias": "a\n", "username": "u", "password": "p"}, "needs an 'alias'"),
        ({"alias": "a" * 101, "username": "u", "password": "p"}, "needs an 'alias'"),
        ({"alias": "a", "password": "p"}, "A service account needs a 'username'."),
        ({"alias": "a", "username": "u"}, "A service account needs a 'password'."),
        ({"alias": "a", "username": "u", "password": 5}, "password must be a text, not a whole number."),
    ],
)
def test_service_accounts_that_are_refused(api: RunnerApi, document: Any, sentence: str) -> None:
    before = api.call("GET", "/serviceAccounts/{alias}")
    assert sentence in sentence_of(post(api, "/serviceAccounts/{alias}", document), 400)
    assert api.call("GET", "/serviceAccounts/{alias}") == before


def test_passwords_stand_nowhere_in_clear(api: RunnerApi, service: EmbeddedRunner) -> None:
    secrets = {"created": password("created"), "updated": password("updated")}
    answers = [
        post(api, "/serviceAccounts/{alias}", {"alias": "canary", "username": "robot", "password": secrets["created"]}),
        put(api, "/serviceAccounts/{alias}/canary", {"username": "robot", "password": secrets["updated"]}),
        post(api, "/serviceAccounts/{alias}", {"alias": "canary", "username": "robot", "password": secrets["created"]}),
        api.http.get(f"/serviceAccounts/{api.account}"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 400, 200]
    forms = {name: password_forms(secret) for name, secret in secrets.items()}
    files = [path for root in (service.home, service.runtime) for path in root.rglob("*") if path.is_file()]
    assert service.home / "runner.sqlite" in files
    for data in [answer.content for answer in answers] + [path.read_bytes() for path in files]:
        assert found_in(data, forms) == set()


# --- the client --------------------------------------------------------------------------------------------------


def test_the_client_has_a_method_for_each_call(api: RunnerApi, session: Session, job: Document) -> None:
    calls, job_id = session.calls, str(job["id"])
    account = ServiceAccount(alias="of the client", username="robot", password="p4ss")
    assert calls.create_service_account(account) == ServiceAccount(alias="of the client", username="robot")
    assert "of the client" in calls.service_account_aliases()
    account.username = "android"
    assert calls.update_service_account(account).username == "android"

    trigger = Trigger(type="cron", expression="0 3 * * MON")
    given = Schedule(trigger=trigger, timezone="Europe/Berlin", service_account_alias="of the client")
    created = calls.create_schedule(job_id, given)
    assert (created.trigger, created.timezone, created.job_id) == (trigger, "Europe/Berlin", job_id)
    assert created.next_fire_time is not None
    second = calls.create_schedule(job_id, given)
    assert [schedule.id for schedule in calls.schedules(job_id)] == [second.id, created.id]
    assert calls.schedules_page(job_id, 1, 1).results == [created]
    created.description = "on Mondays"
    assert calls.update_schedule(job_id, created) == created
    calls.delete_schedule(job_id, str(second.id))
    assert list(calls.schedules(job_id)) == [created]
    with pytest.raises(NotFound):
        calls.delete_schedule(job_id, str(second.id))
    with pytest.raises(RequestRefused, match="no cron expression"):
        calls.create_schedule(job_id, msgspec.structs.replace(given, trigger=Trigger(type="cron", expression="x")))


# --- what schedules start ----------------------------------------------------------------------------------------


def test_a_schedule_starts_its_job(api: RunnerApi, session: Session, job: Document) -> None:
    schedule = api.call("POST", schedules_of(job), body(trigger={"type": "cron", "expression": "* * * * * *"}))
    first_executions_of(api, job)
    api.http.delete(f"{schedules_of(job)}/{schedule['id']}".format(alias=api.account)).raise_for_status()
    started = executions_of(api, job)
    for execution in started:
        finished = api.finish(StartedRun(job["id"], execution["execution_id"]))
        assert finished.status == "SUCCESS"
        mark = finished.execution["schedule"]
        assert mark == {
            "id": schedule["id"],
            "fire_time": mark["fire_time"],
            "catch_up": False,
            "service_account_alias": "nightly",
        }
        assert mark["fire_time"] % 1000 == 0
    times = [execution["schedule"]["fire_time"] for execution in started]
    assert times == list(range(schedule["nextFireTime"], schedule["nextFireTime"] + 1000 * len(times), 1000))
    by_client = session.calls.get_execution(job["id"], started[0]["execution_id"])
    assert by_client.schedule is not None
    assert (by_client.schedule.id, by_client.schedule.fire_time) == (schedule["id"], times[0])
    by_hand = api.execution(api.start(job["id"]))
    assert by_hand["schedule"] is None


def test_a_date_that_was_started_is_over(api: RunnerApi, job: Document) -> None:
    trigger = {"type": "date", "expression": in_words(int(time.time() * 1000) + 1000)}
    schedule = api.call("POST", schedules_of(job), body(trigger=trigger))
    (execution,) = first_executions_of(api, job)
    assert execution["schedule"]["fire_time"] == schedule["nextFireTime"]
    (listed,) = api.call("GET", schedules_of(job))["results"]
    assert listed["nextFireTime"] is None
    # The same times: nothing to refuse, nothing to start.
    path = f"{schedules_of(job)}/{schedule['id']}"
    assert api.call("PUT", path, {**listed, "description": "done"})["nextFireTime"] is None
    assert len(executions_of(api, job)) == 1


@pytest.fixture
def own(tmp_path: Path) -> Iterator[EmbeddedRunner]:
    with EmbeddedRunner(tmp_path) as own:
        own.start()
        yield own
        own.stop()


@pytest.mark.parametrize("killed", [-200, 0, 4, 12, 40, 150])
def test_killed_around_a_moment_it_is_started_once(own: EmbeddedRunner, killed: int) -> None:
    """Killed this many milliseconds after the moment, and once more when the next process has looked."""
    with own.log_in() as api:
        give_service_account(api)
        job = api.create(PLAYBOOK, hosts=LOCAL)
        trigger = {"type": "date", "expression": in_words(int(time.time() * 1000) + 1500)}
        schedule = api.call("POST", schedules_of(job), body(trigger=trigger))
        due = schedule["nextFireTime"]
        await_time(due + killed)
        own.kill()
        was_down = time.time() * 1000 < due
    await_time(due)
    for _ in range(2):
        own.start()
        with own.log_in() as api:
            (execution,) = first_executions_of(api, job)
            own.kill()
    own.start()
    with own.log_in() as api:
        mark = execution["schedule"]
        assert (mark["id"], mark["fire_time"]) == (schedule["id"], due)
        if was_down:
            assert mark["catch_up"] is True
        finished = api.finish(StartedRun(job["id"], execution["execution_id"]))
        # A process killed between taking it from the queue and having its supervisor at work leaves this.
        assert (finished.status, finished.reason) in {
            ("SUCCESS", ""),
            ("FAILURE", "The service ended while it started the run."),
        }
        assert [one["execution_id"] for one in executions_of(api, job)] == [execution["execution_id"]]
        assert api.call("GET", schedules_of(job))["results"][0]["nextFireTime"] is None


def test_killed_at_random_each_second_is_started_once_or_caught_up_with(own: EmbeddedRunner, tmp_path: Path) -> None:
    moments = random.Random(7)
    with Gate(tmp_path / "gate") as gate:
        with own.log_in() as api:
            give_service_account(api)
            # Four that wait leave no room: what the schedule starts stays in the queue, and is cheap.
            busy = api.create(WAITING.format(gate=gate.task.replace("&&", ";")), hosts=LOCAL)
            for _ in range(4):
                api.start(busy["id"])
            job = api.create(PLAYBOOK, hosts=LOCAL)
            schedule = api.call("POST", schedules_of(job), body(trigger={"type": "cron", "expression": "* * * * * *"}))
        for _ in range(4):
            await_time(time.time() * 1000 + moments.uniform(900, 2100))
            own.kill()
            await_time(time.time() * 1000 + moments.uniform(0, 2000))
            own.start()
        with own.log_in() as api:
            last = int(time.time()) * 1000
            until(
                lambda: any(one["schedule"]["fire_time"] > last for one in executions_of(api, job)),
                "the schedule stands still",
            )
            api.call("DELETE", f"{schedules_of(job)}/{schedule['id']}")
            marks = [execution["schedule"] for execution in executions_of(api, job)]
        assert marks[0]["fire_time"] == schedule["nextFireTime"]
        for before, mark in pairwise(marks):
            # The next second, or one that catches up with those in between.
            step = mark["fire_time"] - before["fire_time"]
            assert step >= 1000
            assert step == 1000 or mark["catch_up"]
        assert 1 <= sum(mark["catch_up"] for mark in marks) <= 4


def test_days_without_a_service_are_caught_up_with_once(own: EmbeddedRunner) -> None:
    """As three days of downtime leave the database behind."""
    with own.log_in() as api:
        give_service_account(api)
        job = api.create(PLAYBOOK, hosts=LOCAL)
        schedule = api.call("POST", schedules_of(job), body(trigger={"type": "cron", "expression": "*/5 * * * *"}))
    own.stop()
    with closing(sqlite3.connect(own.home / "runner.sqlite")) as database, database:
        database.execute("update schedules set next_fire = next_fire - 3 * 86400 * 1000")
    before = time.time() * 1000
    own.start()
    after = time.time() * 1000
    with own.log_in() as api:
        (execution,) = first_executions_of(api, job)
        step = 300_000
        assert execution["schedule"]["catch_up"] is True
        assert execution["schedule"]["fire_time"] in {before // step * step, after // step * step}
        (listed,) = api.call("GET", schedules_of(job))["results"]
        assert listed["nextFireTime"] - execution["schedule"]["fire_time"] == step
        assert listed["id"] == schedule["id"]
        assert api.finish(StartedRun(job["id"], execution["execution_id"])).status == "SUCCESS"
