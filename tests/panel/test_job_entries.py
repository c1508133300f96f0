"""What a job form says, as a job; and what it leaves as it was."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from ctl_jupyter.documents import MASK, Job, read_job
from ctl_jupyter.panel.jobs.job_entries import CallbackEntry, JobEntries, entries_of
from ctl_jupyter.panel.jobs.job_reading import WrongEntries, job_of

PLAYBOOK = "- hosts: all\n  tasks: []\n"
ENCODED = base64.b64encode(PLAYBOOK.encode()).decode()
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n"
#: A job as the API answers it, with more than any field shows.
DOCUMENT: dict[str, Any] = {
    "id": "job-1",
    "accountAlias": "ACME",
    "name": "deploy-web",
    "description": "Puts it there",
    "repository": {
        "url": "https://git.example.org/site.git",
        "branch": "main",
        "defaultPlaybook": "site.yml",
        "credentials": {"username": "ada", "password": MASK, "sshPrivateKey": MASK, "more": 1},
        "shallow": True,
    },
    "hosts": [
        {"id": "web1", "hostVars": {"port": 22, "ansible_password": MASK, "list": [1, "a"]}, "rack": "r1"},
        {"id": "web2"},
    ],
    "properties": {"version": "1.10", "db_password": MASK, "deep": {"token": MASK, "n": 1.5}},
    "playbookTags": ["a", "b"],
    "executionTtl": 60,
    "useDynamicInventory": True,
    "callbacks": [
        {"url": "https://hooks.example.org/a", "level": "ERROR", "secret": MASK, "retries": 3},
        {"url": "https://hooks.example.org/b"},
    ],
    "bootstrapKeyPairAlias": "keys",
    "unknown": {"kept": [1, 2]},
}


@pytest.fixture
def job() -> Job:
    return read_job(DOCUMENT)


def with_playbook() -> Job:
    return read_job({"id": "job-2", "name": "x", "playbook": ENCODED, "hosts": [{"id": "web1"}]})


def wrong(entries: JobEntries, known: Job | None = None) -> dict[str, str]:
    with pytest.raises(WrongEntries) as caught:
        job_of(entries, known)
    assert "hunter2" not in str(caught.value.sentences)
    return caught.value.sentences


def test_nothing_changes_when_nothing_was_typed(job: Job) -> None:
    assert job_of(entries_of(job), job).to_wire() == job.to_wire()
    assert job_of(entries_of(with_playbook()), with_playbook()).to_wire() == with_playbook().to_wire()


@pytest.mark.parametrize(
    ("change", "member", "value"),
    [
        ({"name": "other"}, "name", "other"),
        ({"description": " "}, "description", None),
        ({"tags": ""}, "playbookTags", None),
        ({"tags": "x , two words"}, "playbookTags", ["x", "two words"]),
        ({"execution_ttl": ""}, "executionTtl", None),
        ({"execution_ttl": "1.5"}, "executionTtl", 1.5),
        ({"use_dynamic_inventory": False}, "useDynamicInventory", None),
        ({"variables": ""}, "properties", None),
        (
            {"variables": f"version: '2'\ndb_password: '{MASK}'"},
            "properties",
            {"version": "2", "db_password": MASK},
        ),
        ({"hosts": "web2, web3"}, "hosts", [{"id": "web2"}, {"id": "web3"}]),
        (
            {"hosts": f"web1 port=22 ansible_password={MASK}"},
            "hosts",
            [{"id": "web1", "rack": "r1", "hostVars": {"port": 22, "ansible_password": MASK}}],
        ),
        ({"callbacks": ()}, "callbacks", None),
    ],
)
def test_one_field_changes_one_member(job: Job, change: dict[str, Any], member: str, value: Any) -> None:
    before = job.to_wire()
    after = job_of(replace(entries_of(job), **change), job).to_wire()

    assert after.get(member) == value
    assert {name: part for name, part in after.items() if name != member} == {
        name: part for name, part in before.items() if name != member
    }
    assert job.to_wire() == before


def test_secrets_are_added_and_replaced(job: Job) -> None:
    entries = replace(
        entries_of(job), password="hunter2", key=KEY, secret_variables={"db_password": "hunter2", "pin": "1"}
    )
    wire = job_of(entries, job).to_wire()

    assert wire["properties"]["db_password"] == "hunter2"
    assert wire["properties"]["pin"] == "1"
    credentials = wire["repository"]["credentials"]
    assert credentials["password"] == "hunter2"
    assert base64.b64decode(credentials["sshPrivateKey"]).decode() == KEY
    assert (credentials["username"], credentials["more"]) == ("ada", 1)
    assert "hunter2" not in repr(entries)


def test_credentials_can_be_forgotten(job: Job) -> None:
    wire = job_of(replace(entries_of(job), forgets_credentials=True), job).to_wire()

    assert wire["repository"]["credentials"] == {"username": "ada", "more": 1}


def test_another_repository_gets_no_secret_of_the_one_before(job: Job) -> None:
    wire = job_of(replace(entries_of(job), url="https://other.example.org/x.git"), job).to_wire()

    assert wire["repository"] == {
        "url": "https://other.example.org/x.git",
        "branch": "main",
        "defaultPlaybook": "site.yml",
        "credentials": {"username": "ada"},
    }


def test_a_repository_can_take_the_place_of_a_playbook_and_back(job: Job) -> None:
    entries = replace(entries_of(with_playbook()), source="repository", url="git@git.example.org:ops/site.git")
    wire = job_of(entries, with_playbook()).to_wire()
    assert wire["repository"] == {"url": "git@git.example.org:ops/site.git", "defaultPlaybook": "site.yml"}
    assert "playbook" not in wire

    wire = job_of(replace(entries_of(job), source="playbook", playbook=PLAYBOOK), job).to_wire()
    assert wire["playbook"] == ENCODED
    assert "repository" not in wire


def test_callbacks_keep_what_no_field_shows(job: Job) -> None:
    first, second = entries_of(job).callbacks
    entries = replace(
        entries_of(job),
        callbacks=[
            replace(first, level="RESULT"),
            replace(second, url="https://hooks.example.org/c", secret="hunter2"),
            CallbackEntry(),
            CallbackEntry(url=" https://hooks.example.org/d ", level="ERROR"),
        ],
    )

    assert job_of(entries, job).to_wire()["callbacks"] == [
        {"url": "https://hooks.example.org/a", "level": "RESULT", "secret": MASK, "retries": 3},
        {"url": "https://hooks.example.org/c", "secret": "hunter2"},
        {"url": "https://hooks.example.org/d", "level": "ERROR"},
    ]


def test_every_wrong_field_has_its_sentence() -> None:
    entries = JobEntries(
        source="repository",
        url="-x",
        branch="--upload-pack",
        hosts="web1 web2",
        variables="a: [1",
        execution_ttl="0",
        key="hunter2",
        callbacks=[CallbackEntry(url="ftp://x")],
    )
    sentences = wrong(entries)

    assert sentences.keys() == {"name", "url", "branch", "hosts", "variables", "execution_ttl", "key", "callbacks[0]"}
    assert sentences["name"] == "A job needs a name."
    assert sentences["execution_ttl"] == "Write a number of minutes above 0, or nothing."


@pytest.mark.parametrize("url", ["https://ada:hunter2@git.example.org/x", "https://git.example.org/x?token=hunter2"])
def test_a_url_with_a_password_is_refused(url: str) -> None:
    sentences = wrong(JobEntries(name="x", source="repository", url=url))

    assert sentences == {"url": "The URL holds a password or a token: take it out, and give it below."}


def test_a_masked_url_stays() -> None:
    url = f"https://ada:{MASK}@git.example.org/x"
    job = read_job({"id": "1", "name": "x", "repository": {"url": url, "defaultPlaybook": "site.yml"}})

    assert job_of(replace(entries_of(job), description="new"), job).repository == job.repository


@pytest.mark.parametrize(
    ("playbook", "said"),
    [
        ("", "A job needs a playbook: a list of plays, each beginning with '- hosts: …'."),
        ("hosts: all", "A playbook is a list of plays, and this is one mapping: start each play with '- hosts: …'."),
        ("- [", "The playbook is neither YAML nor JSON at line 2, column 1:"),
    ],
)
def test_a_wrong_playbook(playbook: str, said: str) -> None:
    assert wrong(JobEntries(name="x", playbook=playbook))["playbook"].startswith(said)


def test_a_mask_stands_for_nothing_in_a_new_job(job: Job) -> None:
    entries = JobEntries(
        name="x", playbook=PLAYBOOK, hosts=f"web1 ansible_password={MASK}", variables=f"db_password: '{MASK}'"
    )
    assert wrong(entries).keys() == {"hosts", "variables"}

    moved = replace(entries_of(job), hosts=f"web9 ansible_password={MASK}")
    assert wrong(moved, job).keys() == {"hosts"}


def test_a_callback_at_another_address_needs_its_secret_again(job: Job) -> None:
    first, second = entries_of(job).callbacks
    moved = replace(first, url="https://elsewhere.example.org")
    sentences = wrong(replace(entries_of(job), callbacks=[moved, second]), job)

    assert sentences == {
        "callbacks[0]": (
            "This callback signs with a secret, which Runner does not show: give it again with the new address."
        )
    }


def test_what_only_the_whole_shows_is_said_too() -> None:
    known = read_job({"id": "1", "name": "x", "playbook": ENCODED, "excutionTtl": 5})

    assert wrong(entries_of(known), known).keys() == {""}
