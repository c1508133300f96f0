"""Playbooks out of git repositories: branches, tags, roles, settings and log-ins."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.service.api import FinishedRun, RunnerApi, to_base64
from tests.service.embedded import EmbeddedRunner
from tests.service.git_repository import AUTHOR, DATE, EMAIL, GitRepository, GitWebServer
from tests.service.ssh_server import SshServer, make_key

pytestmark = pytest.mark.engine

PASSWORD = "p@ss/wörd: 100%"


def playbook(text: str) -> str:
    return f"""
- hosts: all
  gather_facts: false
  tasks:
    - name: Which
      ansible.builtin.debug: {{msg: {text}}}
"""


WITH_ROLES = """
- hosts: all
  gather_facts: false
  roles:
    - beside
    - elsewhere
"""
ROLE = """
- name: Within
  ansible.builtin.command: echo from the role
  changed_when: false
"""
NOT_YAML = """
- hosts: all
  tasks:
    - name: "not closed
"""


@pytest.fixture(scope="module")
def repository(scratch: Path) -> GitRepository:
    repository = GitRepository(scratch)
    repository.commit("First version", {"deploy.yml": playbook("version one"), "bad.yml": NOT_YAML})
    repository.git("tag", "v1.0")
    repository.git("checkout", "--quiet", "-b", "feature/new")
    repository.commit("Try something", {"deploy.yml": playbook("the feature")})
    repository.git("checkout", "--quiet", "trunk")
    repository.commit(
        "Use roles\n\nThey are found beside the playbook and where ansible.cfg says.",
        {
            "deploy.yml": playbook("the trunk"),
            "play books/roles.yml": WITH_ROLES,
            "ansible.cfg": "[defaults]\nroles_path = shared\n",
            "play books/roles/beside/tasks/main.yml": ROLE,
            "shared/elsewhere/tasks/main.yml": ROLE,
        },
    )
    repository.git("tag", "v2.0")
    repository.git("tag", "--annotate", "--message", "the stable one", "stable")
    repository.publish()
    return repository


@pytest.fixture(scope="module")
def web(repository: GitRepository) -> Iterator[GitWebServer]:
    with GitWebServer(repository.bare.parent, {"ada": PASSWORD}) as server:
        yield server


@pytest.fixture(scope="module")
def sshd(scratch: Path) -> Iterator[SshServer]:
    (scratch / "sshd").mkdir()
    make_key(scratch / "key")
    server = SshServer(scratch / "sshd")
    server.authorize("127.0.0.2", scratch / "key.pub")
    with server:
        yield server


@pytest.fixture(scope="module")
def settings_of_git(service: EmbeddedRunner) -> Iterator[None]:
    """Settings that a user may well have, and that the service's answers must not depend on."""
    path = service.user_home / ".gitconfig"
    path.write_text("[log]\n  date = iso\n  decorate = full\n  showSignature = true\n")
    yield
    path.unlink()


@pytest.fixture(scope="module")
def runs(
    api: RunnerApi,
    scratch: Path,
    repository: GitRepository,
    web: GitWebServer,
    sshd: SshServer,
    settings_of_git: None,
) -> Mapping[str, FinishedRun]:
    def begin(default_playbook: str = "deploy.yml", url: str = repository.url, **members: Any) -> Any:
        return api.begin(repository={"url": url, "defaultPlaybook": default_playbook, **members})

    over_web = f"http://{web.address}/repository.git"
    over_ssh = f"ssh://{sshd.user}@127.0.0.2:{sshd.port}{repository.bare}"
    key = to_base64((scratch / "key").read_text())
    begun = {
        "default branch": begin(),
        "branch": begin(branch="feature/new"),
        "tag": begin(branch="v1.0"),
        "annotated tag": begin(branch="stable"),
        "roles": begin("play books/roles.yml"),
        "no playbook": begin("site.yml"),
        "no playbook on the branch": begin("play books/roles.yml", branch="v1.0"),
        "outside": begin("../../../../../../../../etc/hostname"),
        "no branch": begin(branch="v3.0"),
        "no repository": begin(url=(scratch / "nothing.git").as_uri()),
        "not YAML": begin("bad.yml"),
        "web": begin(url=over_web, credentials={"username": "ada", "password": PASSWORD}),
        "web, all in the URL": begin(url=f"http://ada:{quote(PASSWORD, safe='')}@{web.address}/repository.git"),
        "web, wrong password": begin(url=over_web, credentials={"username": "ada", "password": "wrong"}),
        "web, no password": begin(url=over_web),
        "ssh": begin(url=over_ssh, credentials={"sshPrivateKey": key}),
        "ssh, no key": begin(url=over_ssh),
    }
    return {name: api.finish(run) for name, run in begun.items()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("default branch", "the trunk"),
        ("branch", "the feature"),
        ("tag", "version one"),
        ("annotated tag", "the trunk"),
        ("web", "the trunk"),
        ("web, all in the URL", "the trunk"),
        ("ssh", "the trunk"),
    ],
)
def test_what_was_asked_for_is_run(runs: Mapping[str, FinishedRun], name: str, text: str) -> None:
    run = runs[name]

    assert run.status == "SUCCESS", run.reason
    assert [message["msg"] for message in run.messages("runner_on_ok")] == [text]
    assert run.messages("playbook_on_task_start")[0]["path"] == "deploy.yml:5"


@pytest.mark.parametrize(
    ("name", "revision", "message", "tags"),
    [
        ("tag", "v1.0", "First version", ["v1.0"]),
        ("branch", "feature/new", "Try something", []),
        (
            "default branch",
            "trunk",
            "Use roles\n\nThey are found beside the playbook and where ansible.cfg says.",
            ["stable", "v2.0"],
        ),
    ],
)
def test_the_commit_is_told(
    runs: Mapping[str, FinishedRun], repository: GitRepository, name: str, revision: str, message: str, tags: list[str]
) -> None:
    assert runs[name].execution["repository_log"] == {
        "recent_commit": [
            {
                "commit": repository.git("rev-parse", revision),
                "author": AUTHOR,
                "author_email": EMAIL,
                "date": DATE,
                "message": message,
            }
        ],
        "tags": tags,
    }


def test_settings_and_roles_of_the_repository_are_used(runs: Mapping[str, FinishedRun]) -> None:
    run = runs["roles"]

    assert run.status == "SUCCESS", run.reason
    said = [(message["role"], message["task"], message["path"]) for message in run.messages("runner_on_ok")]
    assert said == [
        ("beside", "Within", "play books/roles/beside/tasks/main.yml:2"),
        ("elsewhere", "Within", "shared/elsewhere/tasks/main.yml:2"),
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no playbook", "The repository has no playbook 'site.yml'."),
        ("no playbook on the branch", "The repository has no playbook 'play books/roles.yml' on 'v1.0'."),
        ("outside", "The repository has no playbook '../../../../../../../../etc/hostname'."),
        ("no branch", "The repository has no branch or tag 'v3.0'."),
        ("no repository", "The repository cannot be cloned: "),
        ("not YAML", "/bad.yml:5:"),
        ("web, wrong password", "The repository cannot be cloned: Authentication failed for "),
        ("web, no password", "The repository cannot be cloned: could not read Username for "),
        ("ssh, no key", "The repository cannot be cloned: "),
    ],
)
def test_what_cannot_be_run(runs: Mapping[str, FinishedRun], name: str, reason: str) -> None:
    run = runs[name]

    assert run.status == "INIT_FAILURE"
    assert run.statuses == ["PENDING", "INITIALIZING", "INIT_FAILURE"]
    assert reason in run.reason
    assert PASSWORD not in run.reason
    assert run.execution["end"] >= run.execution["start"]
