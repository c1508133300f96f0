"""``%ctl_jobs``, ``%%ctl_job`` and ``%ctl_delete`` in a real shell, against the real embedded Runner."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from ctl_jupyter.client import current_session
from ctl_jupyter.documents import Job
from tests.fake_runner import FakeRunner
from tests.magics.conftest import Notebook

PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.debug: msg=hi\n"


def job_named(name: str) -> Job:
    job = current_session().find_job_named(name)
    assert job is not None
    return job


def playbook_of(job: Job) -> str:
    return base64.b64decode(str(job.playbook)).decode()


@pytest.fixture
def fake() -> Iterator[FakeRunner]:
    with FakeRunner() as fake:
        yield fake


@pytest.fixture
def hosted(notebook: Notebook, fake: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """The shell logged in to a hosted Runner."""
    monkeypatch.setenv("CLC_V2_API_USERNAME", fake.username)
    monkeypatch.setenv("CLC_V2_API_PASSWD", fake.password)
    notebook.run(f"%ctl_login {fake.url}")
    return notebook


# --- %ctl_jobs -----------------------------------------------------------------------------------------------------


def test_the_newest_jobs_take_as_few_pages_as_they_need(hosted: Notebook, fake: FakeRunner) -> None:
    for number in range(450):
        fake.add_job(f"job-{number}")

    shown = repr(hosted.run("%ctl_jobs"))

    assert [call.query["page"] for call in fake.calls_to("GET", "/jobs/ACCT")] == ["0"]
    assert shown.splitlines()[1].startswith("job-449 ")
    assert len(shown.splitlines()) == 102
    assert shown.splitlines()[-1] == "100 of 450 jobs; --rows N shows more, %ctl_jobs TEXT searches."

    fake.calls.clear()
    shown = repr(hosted.run("%ctl_jobs --rows 250"))
    assert len(fake.calls_to("GET", "/jobs/ACCT")) == 3
    assert len(shown.splitlines()) == 252

    hosted.run("%config Ctl.rows = 3")
    assert len(repr(hosted.run("%ctl_jobs")).splitlines()) == 5
    assert "of 450 jobs;" not in repr(hosted.run("%ctl_jobs --rows 450"))


def test_a_search_reads_all_and_finds_name_description_and_id(hosted: Notebook, fake: FakeRunner) -> None:
    fake.add_job("Nightly-Check", description="looks after the disks")
    for number in range(150):
        fake.add_job(f"filler-{number}", job_id=f"beef{number:04}-0000")

    assert "Nightly-Check" in repr(hosted.run("%ctl_jobs nightly"))
    assert "Nightly-Check" in repr(hosted.run("%ctl_jobs 'THE DISKS'"))
    assert "filler-7 " in repr(hosted.run("%ctl_jobs beef0007"))
    assert repr(hosted.run("%ctl_jobs filler --rows 2")).splitlines()[-1] == (
        "2 of 150 jobs with it; --rows N shows more."
    )
    assert repr(hosted.run("%ctl_jobs nihgtly-check")) == (
        "No job has 'nihgtly-check' in its name or description; did you mean 'Nightly-Check'? %ctl_jobs shows all 151."
    )


def test_the_variable_holds_every_job_that_was_found(hosted: Notebook, fake: FakeRunner) -> None:
    for number in range(130):
        fake.add_job(f"job-{number}")

    assert hosted.run("%ctl_jobs -o jobs") is None
    assert [job.name for job in hosted["jobs"]] == [f"job-{number}" for number in reversed(range(130))]
    hosted.run("%ctl_jobs job-12 -o some")
    assert [job.name for job in hosted["some"]] == [f"job-12{number}" for number in reversed(range(10))] + ["job-12"]
    assert all(isinstance(job, Job) for job in hosted["some"])


@pytest.mark.parametrize("line", ["%ctl_jobs", "%ctl_jobs anything"])
def test_no_jobs_yet(hosted: Notebook, line: str) -> None:
    assert repr(hosted.run(line)) == "There are no jobs yet; %%ctl_job creates one."
    assert "There are no jobs yet" in hosted.run(line)._repr_html_()


def test_where_a_job_comes_from_without_its_password(hosted: Notebook, fake: FakeRunner) -> None:
    url = "https://ada:canary-secret@git.example.com/site.git"
    fake.add_job("site", repository={"url": url, "branch": "v2", "defaultPlaybook": "site.yml"})
    fake.add_job("everywhere", playbook="", useDynamicInventory=True)

    table = hosted.run("%ctl_jobs")

    assert "git.example.com/site.git @ v2" in table._repr_html_()
    assert "canary-secret" not in repr(table) + table._repr_html_()
    assert [row[4] for row in table.rows] == ["all", "0"]


# --- %%ctl_job -----------------------------------------------------------------------------------------------------


def test_options_change_what_they_say_alone(logged_in: Notebook) -> None:
    logged_in.run(f"%%ctl_job options --host web1 --var greeting=Hi\n{PLAYBOOK}")

    said = repr(
        logged_in.run("%ctl_job options --description 'says hi' --tags a,b --ttl 5 --var who=you --dynamic-inventory")
    )

    job = job_named("options")
    assert said == (
        f"Job options updated: properties, description, playbookTags, useDynamicInventory, executionTtl (id {job.id})."
    )
    assert job.properties == {"greeting": "Hi", "who": "you"}
    assert (job.description, job.playbook_tags, job.execution_ttl) == ("says hi", ["a", "b"], 5)
    assert job.use_dynamic_inventory
    assert [host.id for host in job.hosts] == ["web1"]
    assert playbook_of(job) == PLAYBOOK
    assert "is unchanged" in repr(logged_in.run("%ctl_job options --description 'says hi' --var who=you"))


def test_hosts_and_variables_from_python(logged_in: Notebook) -> None:
    logged_in.shell.user_ns.update(
        secrets={"db_password": "canary-secret", "port": 5432},
        hosts=["web1", {"id": "web2", "hostVars": {"ansible_host": "10.0.0.2"}}],
        frame=pd.DataFrame({"host": ["db1", "db2"]}),
    )
    logged_in.run(f"%%ctl_job pythonic --hosts hosts --vars secrets --var port=1 -o job\n{PLAYBOOK}")

    job = job_named("pythonic")
    assert [(host.id, host.host_vars) for host in job.hosts] == [("web1", {}), ("web2", {"ansible_host": "10.0.0.2"})]
    assert job.properties == {"db_password": "********", "port": "1"}
    assert "canary-secret" not in repr(logged_in["job"])

    said = repr(logged_in.run("%ctl_job pythonic --hosts frame.host"))
    assert said == f"Job pythonic updated: hosts (id {job.id})."
    assert [host.id for host in job_named("pythonic").hosts] == ["db1", "db2"]


def test_a_secret_that_is_not_said_stays(logged_in: Notebook) -> None:
    logged_in.shell.user_ns["secrets"] = {"app_token": "canary-kept"}
    playbook = PLAYBOOK.replace("msg=hi", "msg={{ (app_token == 'canary-' ~ 'kept') | ternary('kept', 'lost') }}")
    logged_in.run(f"%%ctl_job keeps --host localhost --vars secrets\n{playbook}")
    logged_in.run("%ctl_job keeps --var other=1 --description changed")
    logged_in.run("%ctl_start keeps --wait -o run")
    messages = [event.message for event in logged_in["run"].events() if event.event_type == "runner_on_ok"]
    assert "'kept'" in repr(messages)


def test_a_host_given_by_name_keeps_its_variables_and_no_key_is_kept(
    logged_in: Notebook, tmp_path: Path, write_key: Callable[[Path], str]
) -> None:
    key = base64.b64encode(write_key(tmp_path / "key").encode()).decode()
    logged_in.shell.user_ns["hosts"] = [{"id": "web2", "hostVars": {"ansible_port": 22}, "sshPrivateKey": key}]
    said = repr(logged_in.run(f"%%ctl_job named-hosts --hosts hosts\n{PLAYBOOK}"))
    assert said.endswith("The hosts' private keys were left out: Runner keeps none, give them at each start.")
    logged_in.run("%ctl_job named-hosts --host web1 --host web2")
    hosts = job_named("named-hosts").hosts
    assert [(host.id, host.host_vars) for host in hosts] == [("web1", {}), ("web2", {"ansible_port": 22})]


def test_a_repository_and_a_playbook_replace_each_other(logged_in: Notebook) -> None:
    logged_in.shell.user_ns["login"] = {"username": "ada", "password": "canary-secret"}
    url = "https://git.example.com/site.git"
    logged_in.run(f"%ctl_job source --repository {url} --branch v1 --credentials login")
    job = job_named("source")
    assert job.repository is not None
    assert job.repository.credentials is not None
    assert (job.repository.url, job.repository.branch, job.repository.default_playbook) == (url, "v1", "site.yml")
    assert job.repository.credentials.password == "********"

    logged_in.run("%ctl_job source --branch v2 --playbook web.yml")
    repository = job_named("source").repository
    assert repository is not None
    assert (repository.branch, repository.default_playbook) == ("v2", "web.yml")
    assert repository.credentials is not None

    # Another repository never gets the log-in of the one before.
    logged_in.run("%ctl_job source --repository https://elsewhere.example.com/site.git")
    repository = job_named("source").repository
    assert repository is not None
    assert (repository.branch, repository.default_playbook, repository.credentials) == (None, "site.yml", None)

    said = repr(logged_in.run(f"%%ctl_job source\n{PLAYBOOK}"))
    assert "updated: repository, playbook" in said
    assert job_named("source").repository is None
    logged_in.run(f"%ctl_job source --repository {url}")
    assert job_named("source").playbook is None


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_whole_job_document(logged_in: Notebook, form: str) -> None:
    name = f"document-{form}"
    document = {
        "yaml": "description: whole\nhosts: [web1]\nproperties: {a: 1}\nplaybook: |\n  - hosts: all\n    tasks: []\n",
        "json": '{"description": "whole", "hosts": ["web1"], "properties": {"a": 1}, '
        '"playbook": "- hosts: all\\n  tasks: []\\n"}',
    }[form]
    logged_in.run(f"%%ctl_job {name} --var b=2\n{document}")
    job = job_named(name)
    assert (job.description, [host.id for host in job.hosts], job.properties) == ("whole", ["web1"], {"a": 1, "b": "2"})
    assert playbook_of(job) == "- hosts: all\n  tasks: []\n"

    said = repr(logged_in.run(f"%%ctl_job {name}\nname: {name}\nid: {job.id}\ndescription: null\nexecutionTtl: 9\n"))
    assert "updated: description, executionTtl" in said
    changed = job_named(name)
    assert (changed.description, changed.execution_ttl, changed.properties) == (None, 9, {"a": 1, "b": "2"})


def test_a_job_as_it_was_answered_changes_nothing(logged_in: Notebook) -> None:
    logged_in.run(f"%%ctl_job copied --host web1\n{PLAYBOOK}")
    said = repr(logged_in.run(f"%%ctl_job copied\n{json.dumps(job_named('copied').to_wire())}"))
    assert "is unchanged" in said


def test_a_job_is_renamed_by_its_id(logged_in: Notebook) -> None:
    logged_in.run(f"%%ctl_job old-name\n{PLAYBOOK}")
    job = job_named("old-name")
    assert "Job new-name updated: name" in repr(logged_in.run(f"%%ctl_job {job.id}\nname: new-name\n"))
    assert job_named("new-name").id == job.id


def test_unicode_and_long_names(logged_in: Notebook) -> None:
    name = "тест 🚀 " + "x" * 300
    logged_in.run(f"%%ctl_job '{name}' --description 'größer <b>&</b>'\n{PLAYBOOK}")
    assert job_named(name).description == "größer <b>&</b>"
    table = logged_in.run("%ctl_jobs 🚀")
    assert name in table._repr_html_()
    assert "größer &lt;b&gt;&amp;" in table._repr_html_()
    assert max(map(len, repr(table).splitlines())) < 200


def test_a_dry_run_shows_what_would_be_sent(logged_in: Notebook) -> None:
    logged_in.shell.user_ns["secrets"] = {"db_password": "canary-secret"}
    preview = logged_in.run(f"%%ctl_job dry --dry-run --vars secrets\n{PLAYBOOK}")
    assert (preview.method, preview.path) == ("POST", "/jobs/LOCAL")
    assert preview.document["properties"] == {"db_password": "********"}
    assert current_session().find_job_named("dry") is None
    logged_in.run(f"%%ctl_job dry\n{PLAYBOOK}")
    preview = logged_in.run("%ctl_job dry --dry-run --description new")
    assert (preview.method, preview.path) == ("PUT", f"/jobs/LOCAL/{job_named('dry').id}")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%ctl_job nothing-there --description x", "The cell is empty and there is no job 'nothing-there' yet: write"),
        ("%ctl_job exists --branch v1", "The job has no repository yet: give --repository URL, too."),
        (f"%%ctl_job exists --repository https://a.example/b.git\n{PLAYBOOK}", "a playbook or a repository"),
        ("%%ctl_job exists\nname: other\n", "The line names the job 'exists' and the cell names 'other'"),
        ("%%ctl_job exists\nid: 1234\n", "id must be a text"),
        ("%%ctl_job exists\nid: abcd\n", "The 'id' in the cell is not that of the job 'exists', "),
        ("%%ctl_job missing\nid: abcd\nplaybook: x\n", "There is no job 'missing' yet: leave the 'id' out"),
        ("%%ctl_job exists\ndescripton: typo\n", "'descripton' is no member of a job that Runner knows"),
        ("%%ctl_job missing\ndescription: alone\n", "either a 'playbook' or a 'repository', and this one has neither."),
        ("%%ctl_job exists\nplaybook: null\n", "would have neither a playbook nor a repository"),
        ("%%ctl_job exists\nplaybook:\n  - hosts: all\n", "write 'playbook: |' and the plays below it"),
        ("%%ctl_job exists\nhosts: all\ntasks: []\n", "A playbook is a list of plays, and this is one mapping"),
        ("%%ctl_job exists\nproperties: {db_password: canary}\n", "'properties.db_password' in the cell"),
        ("%ctl_job exists --repository https://ada:canary@a.example/b.git", "history: give it with --credentials and"),
        (
            "%%ctl_job exists\nrepository: {url: https://a.example/b, credentials: {password: canary}}\n",
            "'repository.credentials.password' in the cell holds a secret",
        ),
        ("%ctl_job exists --var db_password=canary", "secret"),
        ("%ctl_job exists --repository https://a.example/b.git --credentials canary-pw", "never the secret"),
        ("%ctl_job exists --repository https://a.example/b.git --credentials canary", "never the secret"),
        ("%ctl_job exists --repository https://a.example/b.git --credentials wrong", "and this one has 'user'."),
        ("%ctl_job exists --ttl -1", "is not a positive number of minutes"),
        (
            "%%ctl_job missing\nproperties: {token: '********'}\nplaybook: '- hosts: all'\n",
            "which stands for one that a",
        ),
        ("%%ctl_job ''\n" + PLAYBOOK, "A job needs a 'name'."),
    ],
)
def test_one_sentence_and_nothing_half_made(logged_in: Notebook, cell: str, said: str) -> None:
    logged_in.run(f"%%ctl_job exists --host web1\n{PLAYBOOK}")
    logged_in.shell.user_ns["wrong"] = {"user": "ada"}
    before = [job.to_wire() for job in current_session().calls.jobs()]
    error, shown = logged_in.fail(cell)
    assert said in str(error)
    assert len(str(error).splitlines()) == 1
    assert "canary" not in str(error)
    assert "Traceback" not in shown
    assert [job.to_wire() for job in current_session().calls.jobs()] == before


# --- %ctl_delete ---------------------------------------------------------------------------------------------------


def test_a_job_is_deleted_and_its_past_stays(logged_in: Notebook) -> None:
    logged_in.run(f"%%ctl_job doomed --host localhost\n{PLAYBOOK}")
    logged_in.run("%ctl_start doomed --wait -o run")
    job = job_named("doomed")

    preview = logged_in.run("%ctl_delete doomed --dry-run")
    assert repr(preview) == f"DELETE /jobs/LOCAL/{job.id}\n(dry run: not sent)"
    assert job_named("doomed").id == job.id

    assert repr(logged_in.run("%ctl_delete doomed")) == (
        f"Job doomed deleted, and its schedules with it (id {job.id}). "
        "Its past executions stay readable: %ctl_executions lists them."
    )
    assert current_session().find_job_named("doomed") is None
    logged_in.run("%ctl_executions -o frame")
    assert logged_in["run"].execution_id in set(logged_in["frame"]["execution_id"])


def test_only_a_whole_name_or_id_deletes(logged_in: Notebook) -> None:
    for _ in range(2):
        current_session().create_job({"name": "twins", "playbook": PLAYBOOK})
    twins = [job for job in current_session().calls.jobs() if job.name == "twins"]
    error, _ = logged_in.fail("%ctl_delete twins")
    assert str(error) == f"There are 2 jobs named 'twins': name one by its id ({twins[0].id}, {twins[1].id})."
    error, _ = logged_in.fail(f"%ctl_delete {str(twins[0].id)[:13]}")
    assert f"is the beginning of an id alone: give the whole one, {twins[0].id} ('twins')." in str(error)
    error, _ = logged_in.fail("%ctl_delete twinz")
    assert "There is no job 'twinz'; did you mean 'twins'?" in str(error)
    logged_in.run(f"%ctl_delete {twins[0].id}")
    assert [job.id for job in current_session().calls.jobs() if job.name == "twins"] == [twins[1].id]


def test_a_job_that_runs_is_not_deleted(logged_in: Notebook) -> None:
    logged_in.run(
        "%%ctl_job busy --host localhost\n- hosts: all\n  tasks:\n    - ansible.builtin.pause: {seconds: 60}\n"
    )
    logged_in.run("%ctl_start busy -o run")
    error, _ = logged_in.fail("%ctl_delete busy")
    assert str(error) == "An execution of this job has not ended yet: delete it after that."
    logged_in["run"].kill()
    logged_in["run"].wait()
    logged_in.run("%ctl_delete busy")
