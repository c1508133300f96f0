"""The start form without a browser, beside a scripted Runner."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.documents import MASK, Host, Job
from ctl_jupyter.live import work
from ctl_jupyter.live.work import Work
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.jobs import hosts_field
from ctl_jupyter.panel.jobs.host_picker import HostPicker, matching_names
from ctl_jupyter.panel.jobs.start_form import StartForm
from ctl_jupyter.panel.start_words import HostsChoice, StartWords
from tests.live.stub_runner import StubRunner
from tests.panel.clicking import give, upload, wait_until

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n"


class Opened:
    """A start form that shows a job, and what became of it."""

    def __init__(self, runner: StubRunner, job: Job, namespace: dict[str, Any]) -> None:
        self.runner = runner
        self.desk = Desk(runner.session)
        self.handles: list[ExecutionHandle] = []
        self.desk.execution_opened.listen(self.handles.append)
        self.form = StartForm(self.desk, lambda: namespace)
        self.form.use(job)

    @property
    def status(self) -> str:
        text: str = self.desk.status.value
        return text

    @property
    def box(self) -> str:
        """What stands in the box below the buttons, when it is shown."""
        return "" if self.form._box.layout.display == "none" else self.form._box.text

    def choose(self, source: str) -> None:
        self.form.fields.hosts.source.value = source

    def click_and_wait(self, button: Any) -> None:
        button.click()
        wait_until(lambda: not self.form.start_button.disabled)

    def start(self) -> Any:
        """Start, wait until it is done, and return what was sent."""
        self.click_and_wait(self.form.start_button)
        return self.runner.starts[-1] if self.runner.starts else None


@pytest.fixture
def job(runner: StubRunner) -> Job:
    job = runner.add_job("deploy-web")
    job.hosts = [Host(id=f"web{number}", host_vars={"port": number}) for number in range(20)]
    return job


@pytest.fixture
def opened(runner: StubRunner, job: Job) -> Opened:
    # It is known from any answer that this Runner takes variables.
    list(runner.session.calls.jobs())
    runner.requests.clear()
    namespace = {"fleet": pd.DataFrame({"host": ["db1", "db2"], "n": [1, 2]}), "names": ["web1"], "_hidden": ["x"]}
    return Opened(runner, job, namespace)


def test_nothing_is_asked_before_a_button_is_pressed(opened: Opened) -> None:
    opened.choose(hosts_field.ACCOUNT)
    opened.choose(hosts_field.VARIABLE)

    assert opened.runner.requests == []


def test_it_starts_on_the_jobs_own_hosts_and_opens_the_execution(opened: Opened) -> None:
    assert "All 20 hosts of the job" in opened.form.fields.hosts._summary.value

    assert opened.start() == {}
    assert [handle.execution_id for handle in opened.handles] == ["job-0001-execution-1"]
    assert "deploy-web was started: execution job-0001-execution-1." in opened.status


def test_a_subset_keeps_the_jobs_variables(opened: Opened) -> None:
    opened.form.fields.hosts._own.chosen = ["web3", "web1"]

    assert "2 of 20 hosts: web1, web3." in opened.form.fields.hosts._summary.value
    assert opened.start() == {
        "hosts": [{"id": "web1", "hostVars": {"port": 1}}, {"id": "web3", "hostVars": {"port": 3}}]
    }


def test_typed_hosts_are_checked_at_once_and_nothing_is_sent_while_they_are_wrong(opened: Opened) -> None:
    opened.choose(hosts_field.TYPED)
    opened.form.fields.hosts.typed.value = "web1 port=22\nweb2 web3"
    said = "Line 2 of the hosts: 'web3' is not a variable written as name=value."
    assert opened.form.fields.hosts.typed.error == said

    opened.form.start_button.click()
    assert "Line 2 of the hosts" in opened.status
    assert opened.runner.requests == []
    assert opened.form.fields.hosts.typed.value == "web1 port=22\nweb2 web3"

    opened.form.fields.hosts.typed.value = "[web]\nweb1 port=22\ndb1"
    assert opened.form.fields.hosts.typed.error == ""
    assert "2 hosts: web1, db1. Headings of groups were passed over: [web]." in opened.form.fields.hosts._summary.value
    assert opened.start() == {"hosts": [{"id": "web1", "hostVars": {"port": "22"}}, {"id": "db1"}]}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (hosts_field.TYPED, "No host is written here: write one on a line."),
        (hosts_field.ACCOUNT, "No server is chosen"),
        (hosts_field.VARIABLE, "Write the name of a Python variable, or DATAFRAME.COLUMN."),
    ],
)
def test_choosing_no_host_never_means_all_of_the_jobs(opened: Opened, source: str, said: str) -> None:
    opened.choose(source)
    opened.form.start_button.click()

    assert said in opened.status
    assert opened.runner.requests == []


def test_hosts_of_a_dataframe(opened: Opened) -> None:
    opened.choose(hosts_field.VARIABLE)
    assert list(opened.form.fields.hosts.variable.control.options) == ["fleet.host", "names"]

    opened.form.fields.hosts.variable.value = "fleet"
    assert opened.form.fields.hosts.variable.error == (
        "The variable fleet: 'fleet' is a DataFrame; name a column, as in fleet.host (of host, n)."
    )
    opened.form.fields.hosts.variable.value = "fleet.host"
    assert opened.form.fields.hosts.variable.error == ""
    assert opened.start() == {"hosts": [{"id": "db1"}, {"id": "db2"}]}


def test_everything_else_of_a_start(opened: Opened) -> None:
    opened.form.fields.limit.value = "web1*,!web11"
    opened.form.fields.tags.value = "a, b"
    opened.form.fields.variables.value = "version: 1.10.2\nreplicas: 3"
    ((name, secret),) = opened.form.fields.secrets.rows
    name.value = "pin"
    give(secret, "hunter2")
    upload(opened.form.fields.key, KEY)

    sent = opened.start()
    assert [host["id"] for host in sent["hosts"]][:3] == ["web1", "web10", "web12"]
    assert sent["playbookTags"] == ["a", "b"]
    assert sent["properties"] == {"version": "1.10.2", "replicas": 3, "pin": "hunter2"}
    assert sent["sshPrivateKey"]
    # Sent, and forgotten.
    assert secret.is_empty
    assert opened.form.fields.key.is_empty


def test_wrong_fields_are_all_marked_and_lose_nothing(opened: Opened) -> None:
    opened.form.fields.limit.value = "nowhere"
    opened.form.fields.tags.value = " , "
    opened.form.fields.variables.value = "a: [1"
    opened.form.fields.key_path.value = "/no/such/key"
    opened.form.start_button.click()

    assert opened.form.fields.tags.error == "The field names no tag; 'all' runs every task."
    assert opened.form.fields.variables.error.startswith("The text is neither YAML nor JSON")
    assert opened.form.fields.key_path.error == "The key file '/no/such/key' cannot be read: no such file or directory."
    opened.form.fields.tags.value = opened.form.fields.variables.value = opened.form.fields.key_path.value = ""
    opened.form.start_button.click()
    assert opened.form.fields.limit.error.startswith("The limit: no host fits 'nowhere'")
    assert opened.form.fields.limit.value == "nowhere"
    assert opened.runner.requests == []


def test_typed_secrets_leave_the_widgets_at_once(opened: Opened) -> None:
    opened.choose(hosts_field.TYPED)
    opened.form.fields.hosts.typed.value = "web1 ansible_password=hunter2 port=22"
    opened.form.fields.variables.value = "db_password: hunter2\nport: 1"

    assert "hunter2" not in opened.form.fields.hosts.typed.value + opened.form.fields.variables.value
    assert opened.form.fields.hosts.typed.error == (
        "ansible_password was taken out of the hosts, since it is a secret: give it as a secret variable."
    )
    assert opened.form.fields.variables.error.startswith("db_password was taken out, since it is a secret")


def test_a_file_that_is_no_key_is_refused_beside_its_field(opened: Opened) -> None:
    upload(opened.form.fields.key, "ssh-ed25519 AAAA")
    assert opened.form.fields.key.error.endswith("this is the public one.")

    opened.form.start_button.click()
    assert opened.runner.requests == []


def test_two_clicks_start_once(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "DOUBLE_CLICK", 1000.0)
    opened.runner.may_answer.clear()
    opened.form.start_button.click()
    opened.form.start_button.click()
    opened.runner.may_answer.set()
    wait_until(lambda: not opened.form.start_button.disabled)
    # The second click of a double click may come after the first is done.
    opened.form.start_button.click()

    assert len(opened.runner.starts) == 1
    monkeypatch.setattr(work, "DOUBLE_CLICK", 0.0)
    opened.start()
    assert len(opened.runner.starts) == 2


def test_a_start_without_an_answer_is_not_sent_again_and_says_so(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def break_off(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        raise httpx.ReadError("the connection broke")

    calls = opened.runner.session.calls
    monkeypatch.setattr(calls.http._client._transport, "handler", break_off)
    # As the hosted Runner, which knows no start again.
    calls.http.has_cursor = False
    upload(opened.form.fields.key, KEY)
    opened.click_and_wait(opened.form.start_button)

    assert sent == ["/jobs/ACME/job-0001/start"]
    said = "So the start of &#x27;deploy-web&#x27; may have happened all the same, and it was not sent again: "
    assert f"{said}the tab Executions shows it." in opened.status
    assert opened.form.start_button.description == "Start anyway"
    assert not opened.form.fields.key.is_empty
    assert opened.handles == []


def test_a_dry_run_shows_the_request_masked_and_sends_nothing(opened: Opened) -> None:
    opened.form.fields.variables.value = "version: 2"
    ((name, secret),) = opened.form.fields.secrets.rows
    name.value = "pin"
    give(secret, "hunter2")
    upload(opened.form.fields.key, KEY)
    opened.click_and_wait(opened.form.dry_run_button)

    call, _, body = opened.box.partition("\n")
    assert call == "POST /jobs/ACME/job-0001/start"
    assert json.loads(body) == {"sshPrivateKey": MASK, "properties": {"version": 2, "pin": MASK}}
    assert "nothing was sent" in opened.status
    assert opened.runner.starts == []
    assert not secret.is_empty


def test_the_cell_goes_when_the_form_says_something_else(opened: Opened) -> None:
    opened.form.fields.tags.value = "a"
    opened.form.copy_button.click()
    assert opened.box == "%%ctl_start deploy-web --tags a\n"

    opened.form.fields.tags.value = "b"
    assert opened.box == ""
    opened.form.copy_button.click()
    opened.choose(hosts_field.TYPED)
    assert opened.box == ""


def test_copying_a_wrong_form_says_what_is_wrong(opened: Opened) -> None:
    opened.form.fields.variables.value = "a: [1"
    opened.form.copy_button.click()

    assert opened.box == ""
    assert "The text is neither YAML nor JSON" in opened.status


def test_what_the_hosted_runner_does_not_take_is_said_as_the_magics_do(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = opened.runner.session.calls.http._client._transport
    hosted = Job(id="job-0001", name="deploy-web").to_wire()
    monkeypatch.setattr(transport, "handler", lambda request: httpx.Response(200, json=hosted))
    opened.runner.session.calls.http.has_cursor = False
    opened.form.fields.variables.value = "a: 1"
    opened.click_and_wait(opened.form.start_button)

    assert "This Runner takes variables and tags in a job and not at a start" in opened.status


def test_another_job_gets_none_of_the_secrets(opened: Opened, runner: StubRunner) -> None:
    ((name, secret),) = opened.form.fields.secrets.rows
    name.value = "pin"
    give(secret, "hunter2")
    upload(opened.form.fields.key, KEY)
    opened.form.use(runner.add_job("other"))

    assert opened.form.fields.secrets.peek() == {}
    assert opened.form.fields.key.is_empty
    # It has no hosts of its own.
    assert opened.form.fields.hosts.source.value == hosts_field.TYPED


@pytest.fixture
def other_account() -> Iterator[StubRunner]:
    stub = StubRunner()
    stub.add_job("deploy-web")
    yield stub
    stub.end_everything()
    stub.session.close()


def fill(opened: Opened, key_path: str) -> None:
    """Give everything that can be given in a form."""
    fields = opened.form.fields
    fields.hosts.typed.value, fields.hosts.variable.value = "web1 port=22", "fleet.host"
    fields.limit.value, fields.tags.value, fields.variables.value = "web1", "a", "version: 2"
    fields.key_path.value = key_path
    ((name, secret),) = fields.secrets.rows
    name.value = "pin"
    give(secret, "hunter2")
    upload(fields.key, KEY)


def list_servers(opened: Opened) -> None:
    hosts = opened.form.fields.hosts
    hosts._load.click()
    wait_until(lambda: not hosts._load.disabled)


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each account has servers, once its Runner answers."""

    def ask(session: Any) -> list[Host]:
        list(session.calls.jobs())
        return [Host(id="db1"), Host(id="db2")]

    monkeypatch.setattr(hosts_field, "account_hosts", ask)


@pytest.mark.usefixtures("servers")
def test_another_account_gets_nothing_of_what_was_given(
    opened: Opened, job: Job, other_account: StubRunner, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(KEY)
    list_servers(opened)
    opened.choose(hosts_field.ACCOUNT)
    opened.form.fields.hosts._servers.chosen = ["db1"]
    fill(opened, str(tmp_path / "key"))
    opened.desk.use(other_account.session)

    assert opened.form.widget.layout.display == "none"
    opened.form.use(job)
    fields = opened.form.fields
    given = [fields.limit, fields.tags, fields.variables, fields.key_path, fields.hosts.typed, fields.hosts.variable]
    assert [(field.value, field.error) for field in given] == [("", "")] * 6
    assert fields.secrets.peek() == {}
    assert fields.key.is_empty
    assert fields.hosts._servers.names == []
    assert fields.hosts.source.value == hosts_field.OWN
    assert opened.start() is None
    assert other_account.starts == [{}]


@pytest.mark.usefixtures("servers")
def test_another_job_gets_neither_key_nor_limit_nor_servers(opened: Opened, runner: StubRunner, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    list_servers(opened)
    opened.choose(hosts_field.ACCOUNT)
    opened.form.fields.hosts._servers.chosen = ["db1"]
    opened.form.fields.limit.value, opened.form.fields.key_path.value = "db1", str(tmp_path / "key")
    other = runner.add_job("other")
    other.hosts = [Host(id="db1")]
    opened.form.use(other)

    assert opened.form.fields.limit.value == opened.form.fields.key_path.value == ""
    assert opened.form.fields.hosts.source.value == hosts_field.OWN
    # The account is the same: its servers need not be listed again.
    assert opened.form.fields.hosts._servers.names == ["db1", "db2"]
    assert opened.form.fields.hosts._servers.chosen == []
    assert opened.start() == {}


@pytest.mark.usefixtures("servers")
def test_servers_that_come_after_the_account_was_left_are_not_offered(
    opened: Opened, other_account: StubRunner
) -> None:
    hosts = opened.form.fields.hosts
    opened.runner.may_answer.clear()
    hosts._load.click()
    opened.desk.use(other_account.session)
    opened.runner.may_answer.set()
    wait_until(lambda: not hosts._load.disabled)

    assert hosts._servers.names == []
    assert "The account was left while its servers were being listed." in opened.status


def told_again(job: Job, hosts: list[Host]) -> Job:
    """Return what a Runner says of the same job later."""
    return Job(id=job.id, name=job.name, hosts=hosts)


def test_chosen_hosts_stay_chosen_when_the_job_is_told_again(opened: Opened, job: Job) -> None:
    hosts = opened.form.fields.hosts
    hosts._own.chosen = ["web3", "web1"]
    opened.form.use(told_again(job, job.hosts))
    assert hosts._own.chosen == ["web1", "web3"]

    opened.form.use(told_again(job, job.hosts[2:]))
    assert "1 of 18 hosts: web3." in hosts._summary.value
    assert opened.start() == {"hosts": [{"id": "web3", "hostVars": {"port": 3}}]}


def test_the_source_stays_when_the_job_is_told_again(opened: Opened, job: Job) -> None:
    opened.choose(hosts_field.VARIABLE)
    opened.form.fields.hosts.variable.value = "fleet.host"
    opened.form.use(told_again(job, job.hosts))

    assert opened.start() == {"hosts": [{"id": "db1"}, {"id": "db2"}]}


def test_all_hosts_are_not_meant_when_the_chosen_ones_are_gone(opened: Opened, job: Job) -> None:
    hosts = opened.form.fields.hosts
    hosts._own.chosen = ["web1"]
    for _ in range(2):
        opened.form.use(told_again(job, job.hosts[5:]))
        opened.form.start_button.click()
        assert "The hosts that were chosen are no longer the job&#x27;s" in opened.status
        assert opened.runner.starts == []

    hosts._own._none.click()
    assert opened.start() == {}


def test_a_start_goes_to_the_account_of_the_click(
    opened: Opened, other_account: StubRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Work.begin

    def begin_later(self: Work, announcement: str, work: Callable[[], str], *, is_sent: bool = False) -> bool:
        # The thread comes to its work only when somebody else has logged in.
        return begin(self, announcement, lambda: (may_begin.wait(20), work())[1], is_sent=is_sent)

    may_begin = threading.Event()
    monkeypatch.setattr(Work, "begin", begin_later)
    opened.form.start_button.click()
    opened.desk.use(other_account.session)
    may_begin.set()
    wait_until(lambda: not opened.form.start_button.disabled)

    assert opened.runner.starts == [{}]
    assert other_account.starts == []
    # Nor is it shown among those of the other account.
    assert opened.handles == []


def test_a_start_that_ends_leaves_the_secrets_of_the_job_chosen_since(opened: Opened, runner: StubRunner) -> None:
    other = runner.add_job("other")
    runner.may_answer.clear()
    opened.form.start_button.click()
    opened.form.use(other)
    ((name, secret),) = opened.form.fields.secrets.rows
    name.value = "pin"
    give(secret, "hunter2")
    upload(opened.form.fields.key, KEY)
    runner.may_answer.set()
    wait_until(lambda: not opened.form.start_button.disabled)

    assert len(runner.starts) == 1
    assert opened.form.fields.secrets.peek() == {"pin": "hunter2"}
    assert not opened.form.fields.key.is_empty


def test_the_doubt_about_a_start_stays_with_its_job(
    opened: Opened, job: Job, runner: StubRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = runner.add_job("other")
    may_break = threading.Event()

    def break_off(request: httpx.Request) -> httpx.Response:
        may_break.wait(20)
        raise httpx.ReadError("the connection broke")

    calls = runner.session.calls
    transport: Any = calls.http._client._transport
    answer = transport.handler
    monkeypatch.setattr(transport, "handler", break_off)
    monkeypatch.setattr(work, "DOUBLE_CLICK", 0.0)
    calls.http.has_cursor = False
    opened.form.start_button.click()
    opened.form.use(other)
    may_break.set()
    wait_until(lambda: not opened.form.start_button.disabled)

    assert opened.form.start_button.description == "Start"
    opened.form.use(job)
    assert opened.form.start_button.description == "Start anyway"
    monkeypatch.setattr(transport, "handler", answer)
    opened.start()
    assert opened.form.start_button.description == "Start"
    opened.form.use(other)
    opened.form.use(job)
    assert opened.form.start_button.description == "Start"


def test_a_dry_run_is_not_shown_below_another_job(
    opened: Opened, job: Job, runner: StubRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = runner.add_job("other")

    def answer(request: httpx.Request) -> httpx.Response:
        runner.may_answer.wait(20)
        return httpx.Response(200, json=job.to_wire(), headers={"Runner-Cursor": "1"})

    monkeypatch.setattr(runner.session.calls.http._client._transport, "handler", answer)
    # Whether variables are taken at a start has to be asked.
    runner.session.calls.http.has_cursor = False
    opened.form.fields.variables.value = "version: 2"
    runner.may_answer.clear()
    opened.form.dry_run_button.click()
    opened.form.use(other)
    runner.may_answer.set()
    wait_until(lambda: not opened.form.dry_run_button.disabled)

    assert opened.box == ""
    assert "The form says something else by now: press Dry run again." in opened.status


@pytest.mark.parametrize(
    ("search", "found"),
    [("", ["web1", "web10", "DB1"]), ("web", ["web1", "web10"]), ("1 DB", ["DB1"]), ("x", [])],
)
def test_the_search_takes_words_in_any_case(search: str, found: list[str]) -> None:
    assert matching_names(["web1", "web10", "DB1"], search) == (found, len(found))


def test_a_search_keeps_what_was_chosen_before() -> None:
    told: list[None] = []
    picker = HostPicker("Hosts", lambda: told.append(None))
    picker.names = [f"web{number}" for number in range(1000)]
    picker._list.value = ("web1",)
    picker.search("web99")
    picker._list.value = ("web990",)

    assert picker.chosen == ["web1", "web990"]
    assert len(told) == 2
    picker.search("nowhere")
    assert picker.chosen == ["web1", "web990"]
    picker.search("")
    picker._list.value = ()
    # 400 are listed: the other one is beyond them and stays chosen.
    assert picker.chosen == ["web990"]


def test_nothing_that_was_typed_for_one_job_is_started_with_another(opened: Opened) -> None:
    fields = opened.form.fields
    opened.choose(hosts_field.TYPED)
    fields.hosts.typed.value = "web9"
    fields.variables.value = "nap: 8"
    fields.tags.value = "restart"
    opened.form.use(Job(id="other", name="other", hosts=[Host(id="db1")]))

    assert opened.form.words() == StartWords(hosts=HostsChoice(named=[]), variables={}, tags=[])
