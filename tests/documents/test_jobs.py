"""Reading and checking job documents."""

import base64
from typing import Any

import pytest

from ctl_jupyter.documents import (
    Callback,
    Credentials,
    DocumentError,
    Host,
    Repository,
    check_job,
    read_job,
    read_many_jobs,
    with_encoded_playbook,
)


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


PLAYBOOK = encoded("- hosts: all\n  tasks: []\n")
KEY = encoded("-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\n")
REPOSITORY = {"url": "https://git.example.org/site.git", "defaultPlaybook": "site.yml"}


def test_every_member() -> None:
    document = {
        "id": "job-1",
        "accountAlias": "ACCT",
        "name": "deploy",
        "description": "Deploys the site",
        "repository": {
            **REPOSITORY,
            "branch": "v2",
            "credentials": {"username": "ada", "password": "p", "sshPrivateKey": KEY},
        },
        "playbookTags": ["web"],
        "hosts": [{"id": "web1", "hostVars": {"a": 1}}],
        "properties": {"version": "1.2"},
        "useDynamicInventory": True,
        "callbacks": [{"url": "https://hooks.example.org", "level": "RESULT"}],
        "executionTtl": 60,
        "bootstrapKeyPairAlias": "keys",
        "status": "ACTIVE",
        "createdTime": 1447700000000,
        "lastUpdatedTime": 1447700001000,
        "links": [{"ref": "self", "id": "job-1", "href": "/jobs/ACCT/job-1", "verbs": ["GET"]}],
    }

    job = read_job(document)

    assert job.repository == Repository(
        url="https://git.example.org/site.git",
        branch="v2",
        default_playbook="site.yml",
        credentials=Credentials(username="ada", password="p", ssh_private_key=KEY),
    )
    assert job.hosts == [Host(id="web1", host_vars={"a": 1})]
    assert job.callbacks == [Callback(url="https://hooks.example.org", level="RESULT")]
    assert (job.created_time, job.last_updated_time) == (1447700000000, 1447700001000)
    assert job.other == {}
    assert job.to_wire() == document


def test_an_array_of_one() -> None:
    assert read_job([{"id": "job-1", "name": "deploy"}]) == read_job({"id": "job-1", "name": "deploy"})


@pytest.mark.parametrize("document", [[], [{"name": "a"}, {"name": "b"}], None, "deploy", 5])
def test_what_is_no_job(document: Any) -> None:
    with pytest.raises(DocumentError, match="The job document must be an object"):
        read_job(document)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"name": 5}, "name must be a text, not a whole number"),
        ({"hosts": "web1"}, "hosts must be a list, not a text"),
        ({"hosts": [5]}, "hosts[0] must be an object, not a whole number"),
        ({"hosts": [{}]}, "hosts[0] has no id"),
        ({"properties": ["a"]}, "properties must be an object, not a list"),
        ({"repository": {"branch": "v2"}}, "repository has no url"),
        ({"callbacks": [{"level": "ERROR"}]}, "callbacks[0] has no url"),
        ({"executionTtl": "soon"}, "executionTtl must be a number, not a text"),
        ({"useDynamicInventory": "perhaps"}, "useDynamicInventory must be true or false, not a text"),
    ],
)
def test_a_member_of_the_wrong_type(members: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_job({"name": "deploy", **members})

    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_members_are_kept() -> None:
    document = {"id": "job-1", "name": "deploy", "costCentre": {"number": 7}, "_x": None}

    assert read_job(document).to_wire() == document


@pytest.mark.parametrize("value", ["theirs", {"a": 1}])
def test_an_unknown_member_may_be_called_other(value: Any) -> None:
    document = {"id": "job-1", "name": "deploy", "other": value}

    assert read_job(document).to_wire() == document


def test_many_jobs() -> None:
    assert [job.name for job in read_many_jobs([{"name": "a"}, {"name": "b"}])] == ["a", "b"]


@pytest.mark.parametrize(
    "members",
    [
        {"playbook": PLAYBOOK},
        {"repository": REPOSITORY},
        {"repository": {"url": "git@git.example.org:site.git", "defaultPlaybook": "site.yml", "branch": "v2"}},
        {"playbook": PLAYBOOK, "hosts": [{"id": "web1", "sshPrivateKey": KEY}], "sshPrivateKey": KEY},
        {"playbook": PLAYBOOK, "executionTtl": 1},
        {"playbook": PLAYBOOK, "callbacks": [{"url": "https://hooks.example.org"}]},
        {"playbook": encoded("- hosts: all\n  vars: {p: !vault 'x'}\n")},
    ],
)
def test_a_job_that_can_be_used(members: dict[str, Any]) -> None:
    check_job(read_job({"name": "deploy", **members}))


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"name": None, "playbook": PLAYBOOK}, "A job needs a 'name'."),
        ({"name": "  ", "playbook": PLAYBOOK}, "A job needs a 'name'."),
        ({}, "either a 'playbook' (base64) or a 'repository', and this one has neither."),
        ({"playbook": PLAYBOOK, "repository": REPOSITORY}, "and this one has both."),
        ({"playbook": "- hosts: all"}, "'playbook' is not base64."),
        ({"playbook": encoded("hosts: all")}, "A playbook is a list of plays, and this is one mapping"),
        ({"playbook": encoded("- hosts: [")}, "The playbook is neither YAML nor JSON at line "),
        ({"playbook": encoded(b"- hosts: \xff")}, "The playbook is not UTF-8 text."),
        ({"repository": {**REPOSITORY, "url": " "}}, "'repository' needs the 'url' of a git repository."),
        ({"repository": {**REPOSITORY, "url": "--upload-pack=x"}}, "'repository' needs the 'url'"),
        ({"repository": {**REPOSITORY, "branch": "--orphan"}}, "'repository.branch' must be the name of a branch"),
        ({"repository": {"url": "https://git.example.org/a.git"}}, "'repository' needs 'defaultPlaybook'"),
        ({"playbook": PLAYBOOK, "executionTtl": 0}, "'executionTtl' is a number of minutes above 0."),
        ({"playbook": PLAYBOOK, "callbacks": [{"url": "u", "level": "ALL"}]}, "not 'ALL'."),
        ({"playbook": PLAYBOOK, "hosts": [{"id": ""}]}, "hosts[0] has no id"),
        ({"playbook": PLAYBOOK, "hosts": [{"id": "a"}, {"id": "a"}]}, "The host 'a' is given twice."),
        ({"playbook": PLAYBOOK, "sshPrivateKey": "%"}, "sshPrivateKey is not base64."),
    ],
)
def test_a_job_that_cannot_be_used(members: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DocumentError) as caught:
        check_job(read_job({"name": "deploy", **members}))

    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_host_may_be_a_bare_name() -> None:
    job = read_job({"name": "deploy", "hosts": ["web1", {"id": "web2"}]})

    assert job.hosts == [Host(id="web1"), Host(id="web2")]
    assert job.to_wire()["hosts"] == [{"id": "web1"}, {"id": "web2"}]


@pytest.mark.parametrize("members", [{"repository": {**REPOSITORY, "credentials": {"username": "a", "realm": "b"}}}])
def test_unknown_members_of_credentials_are_kept(members: dict[str, Any]) -> None:
    assert read_job({"name": "deploy", **members}).to_wire() == {"name": "deploy", **members}


# --- a playbook in clear -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (PLAYBOOK, PLAYBOOK),
        (PLAYBOOK[:20] + "\n" + PLAYBOOK[20:], PLAYBOOK[:20] + "\n" + PLAYBOOK[20:]),
        ("- hosts: all\n  tasks: []\n", PLAYBOOK),
        ('[{"hosts": "été"}]', encoded('[{"hosts": "été"}]')),
        ("---\n# all\n- hosts: all", encoded("---\n# all\n- hosts: all")),
        (None, None),
    ],
)
def test_a_playbook_given_in_clear_becomes_base64(given: str | None, sent: str | None) -> None:
    job = read_job({"name": "deploy", "playbook": given})

    assert with_encoded_playbook(job).playbook == sent
    assert job.playbook == given


@pytest.mark.parametrize(
    ("given", "sentence"),
    [("hosts: all", "A playbook is a list of plays"), ("- hosts: [", "The playbook is neither YAML nor JSON at line")],
)
def test_what_is_neither_base64_nor_a_playbook(given: str, sentence: str) -> None:
    with pytest.raises(DocumentError, match=sentence):
        with_encoded_playbook(read_job({"name": "deploy", "playbook": given}))


# --- names of members misspelt -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"playbookTag": ["a"]}, "'playbookTag' is no member of a job that Runner knows: write 'playbookTags'."),
        ({"playbook_tags": ["a"]}, "write 'playbookTags'."),
        ({"hots": []}, "write 'hosts'."),
        ({"property": {}}, "write 'properties'."),
        ({"executionTTL": 5}, "write 'executionTtl'."),
        ({"useDynamicInventroy": True}, "write 'useDynamicInventory'."),
        (
            {"hosts": [{"id": "a", "hostVar": {}}]},
            "'hostVar' is no member of the host 'a' that Runner knows: write 'hostVars'.",
        ),
        ({"hosts": [{"id": "a", "ssh_private_key": KEY}]}, "write 'sshPrivateKey'."),
        (
            {"callbacks": [{"url": "https://a", "lvl": "RESULT"}]},
            "'lvl' is no member of callbacks[0] that Runner knows: write 'level'.",
        ),
        ({"callbacks": [{"url": "https://a", "secert": "s3"}]}, "write 'secret'."),
        (
            {"repository": {"url": "https://a/b", "defaultPlayBook": "c"}},
            "of its repository that Runner knows: write 'defaultPlaybook'.",
        ),
        (
            {"repository": {**REPOSITORY, "credentials": {"pasword": "s3cret"}}},
            "'pasword' is no member of its repository's credentials that Runner knows: write 'password'.",
        ),
    ],
)
def test_a_member_that_is_a_near_miss(members: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DocumentError) as caught:
        check_job(read_job({"name": "deploy", "playbook": PLAYBOOK, **members}))

    assert str(caught.value).endswith(sentence)
    assert "s3" not in str(caught.value)


@pytest.mark.parametrize(
    "members",
    [
        {"costs": 5, "lastUpdatedBy": "ada", "createdBy": "bo", "jobScheduleId": "x", "state": "y", "label": "z"},
        {"hosts": [{"id": "a", "uid": 5, "rack": "r1", "sshPublicKey": "k"}]},
        {"callbacks": [{"url": "https://a", "uri": "b", "note": "c"}]},
    ],
)
def test_members_that_are_no_near_miss_pass_through(members: dict[str, Any]) -> None:
    document = {"name": "deploy", "playbook": PLAYBOOK, **members}
    job = read_job(document)

    check_job(job)
    wire = job.to_wire()
    assert wire["name"] == "deploy"
    assert {name for name in members if name not in wire} == set()
    for host, given in zip(wire.get("hosts", []), members.get("hosts", []), strict=True):
        assert host == given
