"""The job form without a browser, beside a hosted Runner on loopback."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from ctl_jupyter.client import Session, connect, http
from ctl_jupyter.documents import MASK, Job
from ctl_jupyter.live import work
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.jobs.job_copy import copy_of
from ctl_jupyter.panel.jobs.job_form import JobForm
from tests.fake_runner import Break, FakeRunner, Hold
from tests.panel.clicking import give, wait_until

PLAYBOOK = "- hosts: all\n  tasks: []\n"
ENCODED = base64.b64encode(PLAYBOOK.encode()).decode()


@pytest.fixture
def hosted() -> Iterator[FakeRunner]:
    with FakeRunner() as runner:
        yield runner


@pytest.fixture
def session(hosted: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.001)
    monkeypatch.setenv("CLC_V2_API_USERNAME", hosted.username)
    monkeypatch.setenv("CLC_V2_API_PASSWD", hosted.password)
    return connect(hosted.url)


class Opened:
    """A job form and what became of it."""

    def __init__(self, session: Session) -> None:
        self.desk = Desk(session)
        self.form = JobForm(self.desk)
        self.done: list[Job | None] = []
        self.changed: list[Job] = []
        self.form.on_done(self.done.append)
        self.desk.job_changed.listen(self.changed.append)

    @property
    def status(self) -> str:
        text: str = self.desk.status.value
        return text

    def write(self, **values: Any) -> None:
        for name, value in values.items():
            self.form.fields[name].value = value

    def errors(self) -> dict[str, str]:
        return {name: field.error for name, field in self.form.fields.items() if field.error}

    def save(self) -> None:
        self.form.save_button.click()
        wait_until(lambda: not self.form.save_button.disabled)


@pytest.fixture
def opened(session: Session, monkeypatch: pytest.MonkeyPatch) -> Opened:
    monkeypatch.setattr(work, "DOUBLE_CLICK", 0.0)
    return Opened(session)


def writes(hosted: FakeRunner) -> list[Any]:
    return [call for call in hosted.calls if call.method in ("POST", "PUT") and "/jobs/" in call.path]


def test_a_job_is_created(opened: Opened, hosted: FakeRunner) -> None:
    opened.form.begin()
    opened.write(name="deploy-web", playbook=PLAYBOOK, hosts="web1 port=22\nweb2", variables="version: 1.10.2")
    opened.write(tags="a, b", execution_ttl="30", description="Puts it there", use_dynamic_inventory=True)
    ((name, secret),) = opened.form.secrets.rows
    name.value = "db_password"
    give(secret, "hunter2")
    opened.form.callbacks.add()
    opened.form.callbacks.urls[0].value = "https://hooks.example.org"
    opened.save()

    (sent,) = writes(hosted)
    assert sent.document == {
        "name": "deploy-web",
        "description": "Puts it there",
        "playbook": ENCODED,
        "playbookTags": ["a", "b"],
        "hosts": [{"id": "web1", "hostVars": {"port": "22"}}, {"id": "web2"}],
        "properties": {"version": "1.10.2", "db_password": "hunter2"},
        "useDynamicInventory": True,
        "callbacks": [{"url": "https://hooks.example.org"}],
        "executionTtl": 30,
    }
    assert [job.name for job in opened.changed] == ["deploy-web"]
    assert opened.done == opened.changed
    assert "deploy-web was created (id " in opened.status
    assert secret.is_empty


def test_nothing_is_sent_while_a_field_is_wrong_and_nothing_typed_is_lost(opened: Opened, hosted: FakeRunner) -> None:
    opened.form.begin()
    opened.write(playbook="hosts: all")
    # What was not touched yet is not said to be wrong.
    assert opened.errors().keys() == {"playbook"}
    opened.write(execution_ttl="soon")
    opened.save()

    assert opened.errors().keys() == {"name", "playbook", "execution_ttl"}
    assert "A job needs a name." in opened.status
    assert writes(hosted) == []
    assert opened.form.fields["playbook"].value == "hosts: all"
    opened.write(playbook=PLAYBOOK)
    assert opened.errors().keys() == {"name", "execution_ttl"}
    opened.write(name="x", execution_ttl="")
    opened.save()
    assert len(writes(hosted)) == 1
    assert opened.errors() == {}


def test_an_edit_keeps_what_no_field_shows(opened: Opened, hosted: FakeRunner) -> None:
    hosted.add_job(
        "deploy-web",
        playbook=ENCODED,
        hosts=[{"id": "web1", "hostVars": {"port": 22, "ansible_password": MASK}}],
        unknown={"kept": True},
        bootstrapKeyPairAlias="keys",
    )
    job = opened.desk.session.find_job("deploy-web")
    opened.form.begin(job)
    opened.write(description="new")
    opened.save()

    (sent,) = writes(hosted)
    assert sent.method == "PUT"
    assert sent.document == {**job.to_wire(), "description": "new"}
    assert sent.document["unknown"] == {"kept": True}
    assert sent.document["hosts"][0]["hostVars"] == {"port": 22, "ansible_password": MASK}


def test_a_copy_is_a_new_job_whose_secrets_have_to_be_given(opened: Opened, hosted: FakeRunner) -> None:
    job = opened.desk.session.create_job(
        {"name": "deploy", "playbook": PLAYBOOK, "properties": {"release": "1.4", "db_password": "s3"}, "colour": "red"}
    )
    before = len(writes(hosted))
    opened.form.begin_copy(copy_of(job))
    assert not opened.form.is_changed
    opened.save()
    assert "db_password has no value" in opened.status
    assert len(writes(hosted)) == before

    ((_, secret),) = opened.form.secrets.rows
    give(secret, "another")
    opened.save()

    assert [call.method for call in writes(hosted)[before:]] == ["POST"]
    (sent,) = [call.document for call in writes(hosted)[before:]]
    assert sent["name"] == "deploy copy"
    assert sent["properties"] == {"release": "1.4", "db_password": "another"}
    assert sent["colour"] == "red"
    assert "id" not in sent


def test_an_edit_without_a_change_sends_nothing(opened: Opened, hosted: FakeRunner) -> None:
    hosted.add_job("deploy-web", playbook=ENCODED)
    opened.form.begin(opened.desk.session.find_job("deploy-web"))
    opened.save()

    assert writes(hosted) == []
    assert "unchanged" in opened.status
    assert [job.name for job in opened.done if job] == ["deploy-web"]


def test_a_change_elsewhere_is_not_overwritten_unasked(opened: Opened, hosted: FakeRunner) -> None:
    job_id = hosted.add_job("deploy-web", playbook=ENCODED, description="old")
    opened.form.begin(opened.desk.session.find_job("deploy-web"))
    hosted.jobs[job_id]["description"] = "theirs"
    opened.write(tags="mine")
    opened.save()

    assert writes(hosted) == []
    assert "The job was changed elsewhere since this form was opened (description)" in opened.status
    assert opened.form.fields["tags"].value == "mine"
    opened.save()
    assert writes(hosted)[0].document["description"] == "old"


def test_a_job_is_created_and_started(opened: Opened, hosted: FakeRunner) -> None:
    handles: list[Any] = []
    opened.desk.execution_opened.listen(handles.append)
    opened.form.begin()
    opened.write(name="deploy-web", playbook=PLAYBOOK)
    opened.form.immediate.value = True
    opened.save()

    assert [call.query for call in writes(hosted)] == [{"immediate": "true"}]
    assert len(handles) == 1
    assert "created" in opened.status
    assert "and started" in opened.status


def test_a_creation_without_an_answer_is_not_sent_again_and_says_so(opened: Opened, hosted: FakeRunner) -> None:
    opened.form.begin()
    opened.write(name="deploy-web", playbook=PLAYBOOK)
    hosted.trouble(Break(), "POST", r"/jobs/ACCT")
    opened.save()

    assert len(hosted.calls_to("POST", r"/jobs/ACCT$")) == 1
    said = "So the creation of &#x27;deploy-web&#x27; may have happened all the same, and it was not sent again"
    assert said in opened.status
    assert opened.done == []
    assert opened.form.fields["name"].value == "deploy-web"


def test_cancel_asks_only_when_something_was_typed(opened: Opened, hosted: FakeRunner) -> None:
    opened.form.begin()
    opened.form.cancel_button.click()
    assert opened.done == [None]

    opened.form.begin()
    opened.write(name="x")
    opened.form.cancel_button.click()
    assert opened.done == [None]
    assert opened.form.cancel_button.description == "Discard what I typed?"
    # Whoever goes on typing did not mean it.
    opened.write(name="y")
    opened.form.cancel_button.click()
    assert opened.done == [None]
    opened.form.cancel_button.click()
    assert opened.done == [None, None]
    assert writes(hosted) == []


def test_typed_secrets_leave_the_widgets_at_once(opened: Opened) -> None:
    opened.form.begin()
    opened.write(source="repository", url="https://ada:hunter2@git.example.org/x.git")
    opened.write(hosts="web1 ansible_password=hunter2", variables="db_password: hunter2")

    assert not [name for name, field in opened.form.fields.items() if "hunter2" in str(field.value)]
    assert opened.errors().keys() == {"url", "hosts", "variables"}
    assert opened.form.fields["url"].value == "https://git.example.org/x.git"
    assert opened.errors()["variables"] == (
        "db_password was taken out, since it is a secret: give it as a secret variable."
    )


def test_a_new_form_holds_nothing_of_the_one_before(opened: Opened) -> None:
    opened.form.begin()
    opened.write(name="x", source="repository")
    give(opened.form.password, "hunter2")
    opened.form.callbacks.add()
    opened.form.begin()

    assert opened.form.password.is_empty
    assert opened.form.callbacks.entries == []
    assert not opened.form.is_changed


def test_a_save_that_ends_late_leaves_the_form_of_another_job_alone(opened: Opened, hosted: FakeRunner) -> None:
    first, second = (hosted.add_job(name, playbook=ENCODED) for name in ("first", "second"))
    jobs = [opened.desk.session.find_job(name) for name in ("first", "second")]
    opened.form.begin(jobs[0])
    opened.write(tags="mine")
    hosted.jobs[first]["description"] = "theirs"
    hold = Hold()
    hosted.trouble(hold, "GET", f"/jobs/ACCT/{first}")
    opened.form.save_button.click()
    assert hold.reached.wait(20)

    opened.form.begin(jobs[1])
    opened.write(description="of the second")
    hold.released.set()
    wait_until(lambda: not opened.form.save_button.disabled)
    assert "first was changed elsewhere" in opened.status
    assert opened.done == []
    opened.save()

    (sent,) = writes(hosted)
    assert sent.path.endswith(second)
    assert sent.document["description"] == "of the second"


def test_a_save_that_ends_late_empties_no_other_form(opened: Opened, hosted: FakeRunner) -> None:
    opened.form.begin()
    opened.write(name="first", playbook=PLAYBOOK)
    hold = Hold()
    hosted.trouble(hold, "POST", r"/jobs/ACCT")
    opened.form.save_button.click()
    assert hold.reached.wait(20)

    opened.form.begin()
    opened.write(name="second", source="repository")
    give(opened.form.password, "hunter2")
    hold.released.set()
    wait_until(lambda: not opened.form.save_button.disabled)

    assert [job.name for job in opened.changed] == ["first"]
    assert opened.done == []
    assert opened.form.password.peek() == "hunter2"


def test_check_and_save_go_to_the_account_of_the_click(opened: Opened, hosted: FakeRunner) -> None:
    job_id = hosted.add_job("first", playbook=ENCODED)
    opened.form.begin(opened.desk.session.find_job("first"))
    opened.write(tags="mine")
    hold = Hold()
    hosted.trouble(hold, "GET", f"/jobs/ACCT/{job_id}")
    opened.form.save_button.click()
    assert hold.reached.wait(20)

    opened.desk.use(connect(hosted.url))
    hold.released.set()
    wait_until(lambda: not opened.form.save_button.disabled)

    assert [call.method for call in writes(hosted)] == ["PUT"]
    # Nobody who is here now is told of the job of somebody who left.
    assert opened.changed == []


def test_nothing_typed_outlives_its_account(opened: Opened) -> None:
    opened.form.begin()
    opened.write(name="x", source="repository")
    give(opened.form.password, "hunter2")
    give(opened.form.key, "a key")
    ((name, secret),) = opened.form.secrets.rows
    name.value = "db_password"
    give(secret, "hunter2")
    opened.form.callbacks.add()
    opened.form.callbacks.urls[0].value = "https://hooks.example.org"

    opened.desk.use(None)

    assert opened.done == [None]
    assert opened.form.password.is_empty
    assert opened.form.key.is_empty
    assert secret.is_empty
    assert opened.form.callbacks.entries == []
    assert not opened.form.is_changed
    opened.desk.use(None)
    assert opened.done == [None]
