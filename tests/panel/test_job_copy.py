"""A job that begins as a copy of another, without its secrets."""

from typing import Any

import pytest

from ctl_jupyter.documents import MASK, read_job
from ctl_jupyter.panel.jobs.job_copy import copy_of

WHOLE = {
    "id": "j1",
    "accountAlias": "ACCT",
    "status": "ACTIVE",
    "name": "deploy",
    "description": "of the shop",
    "playbook": "LSBob3N0czogYWxs",
    "hosts": [{"id": "web1", "hostVars": {"port": 22, "ansible_password": "hidden-1"}}],
    "properties": {"release": "1.4", "db_password": "hidden-2"},
    "callbacks": [{"url": "https://example.org/hook", "level": "ERROR", "secret": "hidden-3"}],
    "colour": "red",
}
IN_A_REPOSITORY = {
    "url": "https://me:hidden-4@git.example.org/site.git",
    "credentials": {"username": "me", "password": "hidden-5", "sshPrivateKey": "hidden-6"},
}


def test_everything_but_secrets_and_what_is_its_own_is_copied() -> None:
    copy = copy_of(read_job(WHOLE))

    assert copy.job.to_wire() == {
        "name": "deploy copy",
        "description": "of the shop",
        "playbook": "LSBob3N0czogYWxs",
        "hosts": [{"id": "web1", "hostVars": {"port": 22}}],
        "properties": {"release": "1.4"},
        "callbacks": [{"url": "https://example.org/hook", "level": "ERROR"}],
        "colour": "red",
    }
    assert copy.variables == ["db_password"]
    assert copy.note.endswith("give again: db_password, ansible_password, the secret of a callback.")


@pytest.mark.parametrize("hidden", [True, False], ids=["masked by Runner", "in clear"])
def test_no_secret_is_in_a_copy(hidden: bool) -> None:
    def hide(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: hide(part) for name, part in value.items()}
        return MASK if hidden and isinstance(value, str) and value.startswith("hidden") else value

    repository = hide(IN_A_REPOSITORY)
    job = read_job({"name": "deploy", "repository": repository, "properties": hide(WHOLE["properties"])})

    copy = copy_of(job)

    assert "hidden" not in str(copy.job.to_wire())
    assert MASK not in str(copy.job.to_wire())
    assert copy.job.repository is not None
    assert copy.job.repository.url == "https://git.example.org/site.git"
    assert copy.others == ("the log-in of the address", "the password", "the private key")


def test_a_job_without_secrets_needs_nothing_again() -> None:
    assert (
        copy_of(read_job({"name": "deploy", "playbook": "LSBob3N0czogYWxs"})).note
        == "A copy; nothing is sent before Create."
    )
