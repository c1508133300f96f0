"""``%%ctl_schedule``, ``%ctl_schedules`` and ``%ctl_service_account`` in a real shell."""

import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl_jupyter.client import Session, current_session
from ctl_jupyter.documents import Schedule, ServiceAccount
from tests.fake_runner import FakeRunner, Hold
from tests.magics.conftest import Notebook

PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.debug: msg=hi\n"
FAR = "2099-01-01T03:00:00Z"


@pytest.fixture
def local_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine is in New York."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def scheduled(logged_in: Notebook) -> Notebook:
    """The shell with a service account and the job ``hello``, which has no schedules."""
    session = current_session()
    session.save_service_account(ServiceAccount(alias="nightly", username="ada", password="canary-password"))
    if session.find_job_named("hello") is None:
        logged_in.run(f"%%ctl_job hello\n{PLAYBOOK}")
    for schedule in session.schedules("hello"):
        session.delete_schedule("hello", schedule)
    return logged_in


@pytest.fixture
def fake() -> Iterator[FakeRunner]:
    with FakeRunner() as fake:
        yield fake


@pytest.fixture
def hosted(notebook: Notebook, fake: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """The shell logged in to a hosted Runner that has the job ``hello``."""
    monkeypatch.setenv("CLC_V2_API_USERNAME", fake.username)
    monkeypatch.setenv("CLC_V2_API_PASSWD", fake.password)
    notebook.run(f"%ctl_login {fake.url}")
    fake.add_job("hello")
    return notebook


def schedules() -> list[Schedule]:
    return current_session().schedules("hello")


# --- %%ctl_schedule ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("local_zone")
def test_a_cron_schedule_says_when_it_fires_next(scheduled: Notebook) -> None:
    said = repr(
        scheduled.run(
            "%ctl_schedule hello --cron '30 2 * * *' --timezone Europe/Berlin --service-account nightly "
            "--description 'every night' -o made"
        )
    )
    (kept,) = schedules()
    assert scheduled["made"] == kept
    assert kept.trigger is not None
    assert (kept.trigger.type, kept.trigger.expression, kept.timezone) == ("cron", "30 2 * * *", "Europe/Berlin")
    assert (kept.service_account_alias, kept.description) == ("nightly", "every night")
    assert re.fullmatch(
        rf"Schedule {kept.id} of hello created\. It fires next at \d{{4}}-\d\d-\d\d \d\d:30:00 local time "
        r"\(\d{4}-\d\d-\d\d 02:30:00 in Europe/Berlin\)\.",
        said,
    )


@pytest.mark.usefixtures("local_zone")
@pytest.mark.parametrize(
    ("options", "fires"),
    [
        (f"--date {FAR}", "2098-12-31 22:00:00 local time (2099-01-01 03:00:00 in UTC)."),
        ("--date 2099-01-01T03:00:00+02:00", "2098-12-31 20:00:00 local time (2099-01-01 01:00:00 in UTC)."),
        ("--date 2099-07-01T03:00 --timezone America/New_York", "2099-07-01 03:00:00 local time."),
    ],
)
def test_a_date(scheduled: Notebook, options: str, fires: str) -> None:
    assert repr(scheduled.run(f"%ctl_schedule hello --service-account nightly {options}")).endswith(
        f"It fires next at {fires}"
    )


def test_a_schedule_document_and_its_update(scheduled: Notebook) -> None:
    scheduled.run(
        "%%ctl_schedule hello --service-account nightly\n"
        "description: from a cell\ntype: {type: cron, expression: '0 3 * * *'}\ntimezone: Europe/Berlin\n"
    )
    (made,) = schedules()

    said = repr(scheduled.run(f"%ctl_schedule hello --id {str(made.id)[:8]} --cron '0 4 * * *'"))
    assert f"Schedule {made.id} of hello updated." in said
    (kept,) = schedules()
    assert kept.trigger is not None
    assert (kept.id, kept.trigger.expression, kept.timezone) == (made.id, "0 4 * * *", "Europe/Berlin")
    assert (kept.description, kept.service_account_alias) == ("from a cell", "nightly")

    assert "is unchanged" in repr(scheduled.run(f"%ctl_schedule hello --id {made.id}"))
    scheduled.run(f"%%ctl_schedule hello\nid: {made.id}\ndescription: null\ntimezone: null\n")
    (kept,) = schedules()
    assert (kept.description, kept.timezone) == ("", "UTC")


def test_a_dry_run_sends_nothing(scheduled: Notebook) -> None:
    preview = scheduled.run("%ctl_schedule hello --cron '0 3 * * *' --service-account nightly --dry-run")
    job = current_session().find_job("hello")
    assert (preview.method, preview.path) == ("POST", f"/jobs/LOCAL/{job.id}/schedules")
    assert preview.document == {
        "trigger": {"type": "cron", "expression": "0 3 * * *"},
        "serviceAccountAlias": "nightly",
    }
    assert schedules() == []


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%ctl_schedule hello --cron 30 2 * * *", "put its five fields in quotes, as in --cron '30 2 * * *'"),
        ("%ctl_schedule hello --cron '61 2 * * *' --service-account nightly", "is no cron expression"),
        ("%ctl_schedule hello --cron '0 3 * * *' --date 2099-01-01", "either --cron or --date"),
        ("%ctl_schedule hello --service-account nightly", "Say when the job is to be started: --cron"),
        ("%ctl_schedule hello --date tomorrow", "'tomorrow' is no date and time such as 2027-01-01T03:00:00Z"),
        ("%ctl_schedule hello --date 2001-01-01 --service-account nightly", "has passed"),
        (
            "%ctl_schedule hello --cron '0 3 * * *'",
            "(--service-account ALIAS); there is nightly. %ctl_service_account ALIAS --username NAME creates one.",
        ),
        (
            "%ctl_schedule hello --cron '0 3 * * *' --service-account nigthly",
            "There is no service account 'nigthly'; did you mean 'nightly'? %ctl_service_account nigthly --username",
        ),
        (
            "%ctl_schedule hello --cron '0 3 * * *' --service-account nightly --timezone Berlin",
            "is the name of an IANA time zone, as in Europe/Berlin, not 'Berlin'",
        ),
        ("%ctl_schedule helo --cron '0 3 * * *'", "There is no job 'helo'; did you mean 'hello'?"),
        ("%ctl_schedule hello --id abcd1234 --cron '0 3 * * *'", "no schedule 'abcd1234' of this job; it has none."),
        ("%%ctl_schedule hello\n- a list\n", "The schedule must be an object with named members"),
        ("%%ctl_schedule hello\ntriger: {type: cron}\n", "Say when the job is to be started"),
        (
            "%%ctl_schedule hello --cron '0 3 * * *' --service-account nightly\ntimezne: UTC\n",
            "'timezne' is no member of a schedule that Runner knows",
        ),
        ("%%ctl_schedule hello --id abcd\nid: efgh\n", "The line and the cell name two schedules"),
        ("%%ctl_schedule hello\ntrigger: {type: weekly, expression: x}\nserviceAccountAlias: nightly\n", "'weekly'"),
    ],
)
def test_one_sentence_and_nothing_sent(scheduled: Notebook, cell: str, said: str) -> None:
    error, shown = scheduled.fail(cell)
    assert said in str(error)
    assert len(str(error).splitlines()) == 1
    assert "Traceback" not in shown
    assert schedules() == []


def test_a_runner_that_shows_little_of_its_schedules(hosted: Notebook, fake: FakeRunner) -> None:
    fake.service_accounts["nightly"] = {"alias": "nightly"}
    said = repr(hosted.run("%ctl_schedule hello --cron '0 3 * * *' --service-account nightly --timezone Asia/Tokyo"))
    assert "Runner does not say when it fires next." in said
    assert said.endswith("Runner did not confirm the time zone Asia/Tokyo: it may read the times in UTC.")
    (schedule_id,) = fake.schedules
    assert fake.schedules[schedule_id]["trigger"] == {"type": "cron", "expression": "0 3 * * *"}

    table = hosted.run("%ctl_schedules hello")
    assert table.rows == [["hello", schedule_id, "not shown", "UTC", "not shown", "not shown", ""]]

    error, _ = hosted.fail(f"%ctl_schedule hello --id {schedule_id} --description new")
    assert str(error).startswith("This Runner does not show when its schedules fire, so say it again: --cron")
    hosted.run(f"%ctl_schedule hello --id {schedule_id} --description new --cron '0 4 * * *' --service-account nightly")
    assert fake.schedules[schedule_id]["description"] == "new"
    hosted.run(f"%ctl_delete hello --schedule {schedule_id}")
    assert fake.schedules == {}


# --- %ctl_schedules ------------------------------------------------------------------------------------------------


def test_schedules_of_a_job_and_of_all(scheduled: Notebook) -> None:
    assert repr(scheduled.run("%ctl_schedules hello")) == (
        "There are no schedules of the job hello yet; %ctl_schedule JOB creates one."
    )
    scheduled.run(f"%ctl_schedule hello --date {FAR} --service-account nightly --description '<b>once</b>'")
    scheduled.run("%ctl_schedule hello --cron '0 3 * * *' --timezone Europe/Berlin --service-account nightly")
    cron, date = schedules()

    table = scheduled.run("%ctl_schedules hello")
    assert [row[:4] for row in table.rows] == [
        ["hello", cron.id, "cron 0 3 * * *", "Europe/Berlin"],
        ["hello", date.id, f"date {FAR}", "UTC"],
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row[4]) for row in table.rows)
    assert "&lt;b&gt;once" in table._repr_html_()
    assert str(cron.id) in repr(table)

    assert {cron.id, date.id} <= {row[1] for row in scheduled.run("%ctl_schedules").rows}
    assert scheduled.run("%ctl_schedules -o found") is None
    assert {cron.id, date.id} <= {schedule.id for schedule in scheduled["found"]}
    assert all(isinstance(schedule, Schedule) for schedule in scheduled["found"])


def test_no_schedules_at_all(hosted: Notebook) -> None:
    assert repr(hosted.run("%ctl_schedules")) == (
        "There are no schedules of any job of ACCT yet; %ctl_schedule JOB creates one."
    )


def test_the_schedules_of_many_jobs(hosted: Notebook, fake: FakeRunner, capsys: pytest.CaptureFixture[str]) -> None:
    fake.forms.whole_schedules = True
    fake.service_accounts["nightly"] = {"alias": "nightly"}
    for number in range(600):
        fake.add_job(f"job-{number}")
    for name in ("job-599", "job-3", "job-300"):
        hosted.run(f"%ctl_schedule {name} --cron '0 3 * * *' --service-account nightly")
    capsys.readouterr()
    table = hosted.run("%ctl_schedules")
    assert [row[0] for row in table.rows] == ["job-599", "job-300", "job-3"]
    assert "Asking each of 601 jobs for its schedules" in capsys.readouterr().out


def test_asking_all_jobs_can_be_interrupted(hosted: Notebook, fake: FakeRunner) -> None:
    for number in range(30):
        fake.add_job(f"job-{number}")
    held = Hold()
    fake.trouble(held, path="/schedules", times=4)

    def press() -> None:
        held.reached.wait(20)
        signal.raise_signal(signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    try:
        result = hosted.shell.run_cell("%ctl_schedules")
        assert isinstance(result.error_in_exec, KeyboardInterrupt)
        assert not held.released.is_set()
    finally:
        held.released.set()
        presser.join()
    assert len(fake.calls_to("GET", ".*/schedules")) < 31


# --- %ctl_delete --schedule ----------------------------------------------------------------------------------------


def test_one_schedule_is_deleted(scheduled: Notebook) -> None:
    for hour in (3, 4):
        scheduled.run(f"%ctl_schedule hello --cron '0 {hour} * * *' --service-account nightly")
    later, earlier = schedules()
    error, _ = scheduled.fail("%ctl_delete hello --schedule abc")
    assert str(error) == f"There is no schedule 'abc' of this job; it has {later.id}, {earlier.id}."
    preview = scheduled.run(f"%ctl_delete hello --schedule {later.id} --dry-run")
    assert repr(preview).startswith(f"DELETE /jobs/LOCAL/{later.job_id}/schedules/{later.id}\n")
    said = repr(scheduled.run(f"%ctl_delete hello --schedule {str(later.id)[:8]}"))
    assert said == f"Schedule {later.id} of the job hello deleted; the job stays."
    assert [schedule.id for schedule in schedules()] == [earlier.id]


# --- %ctl_service_account ------------------------------------------------------------------------------------------


def test_a_service_account_is_created_and_updated(hosted: Notebook, fake: FakeRunner) -> None:
    assert "There are no service accounts yet" in repr(hosted.run("%ctl_service_account"))
    hosted.shell.user_ns["pw"] = "canary-first"
    said = repr(hosted.run("%ctl_service_account nightly --username ada --password pw -o account"))
    assert said == "Service account nightly created."
    assert fake.service_accounts["nightly"]["password"] == "canary-first"
    assert (hosted["account"].alias, hosted["account"].username, hosted["account"].password) == ("nightly", "ada", None)

    hosted.shell.user_ns["pw"] = "canary-second"
    said = repr(hosted.run("%ctl_service_account nightly --username bob --password pw"))
    assert said == "Service account nightly updated."
    assert fake.service_accounts == {"nightly": {"alias": "nightly", "username": "bob", "password": "canary-second"}}

    assert hosted.run("%ctl_service_account").rows == [["nightly"]]
    hosted.run("%ctl_service_account -o aliases")
    assert hosted["aliases"] == ["nightly"]


def test_the_embedded_runner_keeps_service_accounts(scheduled: Notebook) -> None:
    scheduled.shell.user_ns["pw"] = "canary-password"
    assert "updated." in repr(scheduled.run("%ctl_service_account nightly --username ada --password pw"))
    assert "nightly" in repr(scheduled.run("%ctl_service_account"))


def test_the_password_is_asked_for(hosted: Notebook, fake: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return "canary-typed"

    monkeypatch.setattr("getpass.getpass", answer)
    hosted.run("%ctl_service_account nightly --username ada")
    assert len(asked) == 1
    assert "ada" in asked[0]
    assert fake.service_accounts["nightly"]["password"] == "canary-typed"


def test_nobody_is_there_to_answer(hosted: Notebook, fake: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", refuse)
    error, _ = hosted.fail("%ctl_service_account nightly --username ada")
    assert str(error).startswith("Nobody can be asked for the password of ada here: give --password PYNAME")
    assert fake.service_accounts == {}


def test_the_password_never_shows(hosted: Notebook, fake: FakeRunner, tmp_path: Path) -> None:
    hosted.shell.user_ns["pw"] = "canary-password"
    preview = hosted.run("%ctl_service_account nightly --username ada --password pw --dry-run")
    assert (preview.method, preview.path) == ("POST", "/serviceAccounts/ACCT")
    assert preview.document == {"alias": "nightly", "username": "ada", "password": "********"}
    assert fake.service_accounts == {}
    hosted.run("%ctl_service_account nightly --username ada --password pw -o account")
    preview = hosted.run("%ctl_service_account nightly --username ada --dry-run")
    assert (preview.method, preview.path) == ("PUT", "/serviceAccounts/ACCT/nightly")
    assert "canary" not in repr(hosted["account"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%ctl_service_account nightly", "Give --username NAME"),
        ("%ctl_service_account --username ada", "Name the service account"),
        ("%ctl_service_account a/b --username ada --password pw", "an 'alias' of 1 to 100 characters without '/'"),
        ("%ctl_service_account nightly --username ada --password canary", "never the secret"),
        ("%ctl_service_account nightly --username ada --password 'canary-pass word'", "never the secret"),
        ("%ctl_service_account nightly --username ada --password empty", "holds the password, a text"),
    ],
)
def test_bad_service_accounts(hosted: Notebook, fake: FakeRunner, line: str, said: str) -> None:
    hosted.shell.user_ns.update(pw="canary-password", empty="")
    error, shown = hosted.fail(line)
    assert said in str(error)
    assert "canary" not in str(error)
    assert "Traceback" not in shown
    assert fake.service_accounts == {}


# --- the same from Python, and the panel ---------------------------------------------------------------------------


def test_a_session_checks_schedules_before_it_sends_them(scheduled: Notebook) -> None:
    session: Session = current_session()
    made = session.create_schedule(
        "hello", {"serviceAccountAlias": "nightly", "trigger": {"type": "date", "expression": FAR}}
    )
    made.description = "changed"
    assert session.update_schedule("hello", made).description == "changed"
    session.delete_schedule("hello", str(made.id))
    assert session.schedules("hello") == []


def test_the_panel(logged_in: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(logged_in.run("%ctl_panel")).__name__ == "PanelBox"
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    error, _ = logged_in.fail("%ctl_panel")
    assert str(error) == "The panel needs ipywidgets, which is not installed here: pip install ipywidgets."
