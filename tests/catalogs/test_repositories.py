"""A git repository as a catalog: fetched, kept, brought up to date, and its log-in told to nobody."""

import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ctl_jupyter.catalogs import CatalogError, open_catalog
from tests.catalogs.folders import PLAYBOOK
from tests.service.git_repository import GitRepository, GitWebServer

PASSWORD = "p@ss/w:ord-9f3c"


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    made = GitRepository(tmp_path)
    made.commit("first", {"shop/config.yml": "name: First", "shop/playbook.yml": PLAYBOOK})
    made.publish()
    return made


@pytest.fixture
def kept() -> Path:
    return Path(os.environ["XDG_CACHE_HOME"]) / "ctl-jupyter" / "catalogs"


def names(*source: Any, **options: Any) -> list[str]:
    return [product.name for product in open_catalog(*source, **options).products]


def test_a_repository_is_fetched_and_brought_up_to_date(repository: GitRepository, kept: Path) -> None:
    catalog = open_catalog(repository.url)
    assert [product.name for product in catalog.products] == ["First"]
    assert (catalog.source, catalog.url, catalog.branch, catalog.notes) == (repository.url, repository.url, "", ())
    repository.git("mv", "shop", "store")
    repository.commit("second", {"store/config.yml": "name: Second"})
    repository.publish()
    (product,) = open_catalog(repository.url).products
    assert (product.name, product.folder, product.default_playbook) == ("Second", "store", "store/playbook.yml")
    assert len([path for path in kept.iterdir() if path.is_dir()]) == 1
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in (kept, *kept.iterdir()) if path.is_dir())


def test_a_history_that_was_written_anew_is_taken_as_it_is(repository: GitRepository) -> None:
    assert names(repository.url) == ["First"]
    repository.git("commit", "--quiet", "--amend", "--message", "other")
    repository.commit("other", {"shop/config.yml": "name: Other"})
    repository.git("push", "--quiet", "--force", "--all", str(repository.bare))
    assert names(repository.url) == ["Other"]


def test_a_branch_or_a_tag_can_be_named(repository: GitRepository) -> None:
    repository.git("tag", "v1")
    repository.git("checkout", "--quiet", "-b", "next/one")
    repository.commit("second", {"shop/config.yml": "name: Next"})
    repository.publish()
    assert names(repository.url) == names(repository.url, "v1") == ["First"]
    assert names(repository.url, "next/one") == ["Next"]
    assert open_catalog(repository.url, "next/one").branch == "next/one"
    with pytest.raises(CatalogError, match="has no branch or tag 'gone'"):
        open_catalog(repository.url, "gone")
    for branch in ("--upload-pack=x", "a b", "a:b", "../x"):
        with pytest.raises(CatalogError, match="not the name of a branch"):
            open_catalog(repository.url, branch)


def test_without_a_connection_the_copy_of_last_time_is_opened_and_that_is_said(
    repository: GitRepository, tmp_path: Path
) -> None:
    with GitWebServer(tmp_path, {"ada": PASSWORD}) as server:
        address = f"http://{server.address}/repository.git"
        assert names(address, credentials={"username": "ada", "password": PASSWORD}) == ["First"]
    catalog = open_catalog(address)
    assert [product.name for product in catalog.products] == ["First"]
    assert re.search(r"cannot be fetched.* fetched on \d{4}-\d\d-\d\d at \d\d:\d\d UTC", catalog.notes[0])
    with pytest.raises(CatalogError, match="cannot be fetched"):
        open_catalog(address, "another")


@pytest.mark.parametrize("way", ["credentials", "address"])
def test_a_log_in_is_told_to_git_alone(
    repository: GitRepository, tmp_path: Path, kept: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    _spy_on_git(tmp_path / "bin", seen, monkeypatch)
    with GitWebServer(tmp_path, {"ada": PASSWORD}) as server:
        if way == "address":
            catalog = open_catalog(f"http://ada:p%40ss%2Fw%3Aord-9f3c@{server.address}/repository.git")
        else:
            given = {"username": "ada", "password": PASSWORD}
            catalog = open_catalog(f"http://{server.address}/repository.git", credentials=given)
    assert catalog.url == catalog.source == f"http://{server.address}/repository.git"
    files = [path for path in kept.rglob("*") if path.is_file()]
    assert files
    assert "fetch" in seen.read_text()
    everything = seen.read_bytes() + b"".join(path.read_bytes() for path in files) + repr(catalog).encode()
    for secret in (PASSWORD, "p%40ss%2Fw%3Aord-9f3c", "ord-9f3c"):
        assert secret.encode() not in everything


def _spy_on_git(folder: Path, seen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every argument of git's, and of the helpers it runs, written down."""
    found = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout.strip()
    folder.mkdir()
    spy = folder / "git"
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {seen}\nexec {found} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_a_log_in_that_is_refused_or_missing_is_said_without_it(repository: GitRepository, tmp_path: Path) -> None:
    with GitWebServer(tmp_path, {"ada": PASSWORD}) as server:
        address = f"http://{server.address}/repository.git"
        for credentials in (None, {"username": "ada", "password": "wrong-1234"}, {"password": "wrong-1234"}):
            with pytest.raises(CatalogError, match="does not let you in") as raised:
                open_catalog(address, credentials=credentials)
            assert "wrong-1234" not in str(raised.value)
        with pytest.raises(CatalogError, match="does not let you in") as raised:
            open_catalog(f"http://ada:wrong-1234@{server.address}/repository.git")
        assert "wrong-1234" not in str(raised.value)
        assert names(address, credentials={"username": "ada", "password": PASSWORD}) == ["First"]
        # A copy that was let in once is not opened to who is not let in now.
        with pytest.raises(CatalogError, match="does not let you in"):
            open_catalog(address)
        with pytest.raises(CatalogError, match="There is no repository"):
            open_catalog(f"http://{server.address}/gone.git", credentials={"username": "ada", "password": PASSWORD})


def test_a_log_in_goes_to_its_own_host_alone(repository: GitRepository, tmp_path: Path) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    asked: list[str | None] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="elsewhere"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Keep the tests' output clean."""

    class Redirecting(Elsewhere):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{elsewhere.server_port}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

    elsewhere, redirecting = HTTPServer(("127.0.0.1", 0), Elsewhere), HTTPServer(("127.0.0.1", 0), Redirecting)
    servers = (elsewhere, redirecting)
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        with pytest.raises(CatalogError):
            open_catalog(
                f"http://127.0.0.1:{redirecting.server_port}/x.git",
                credentials={"username": "ada", "password": PASSWORD},
            )
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
    assert asked
    assert set(asked) == {None}


def test_what_is_no_repository_is_said(tmp_path: Path, repository: GitRepository) -> None:
    (tmp_path / "hollow").mkdir()
    repository.git("init", "--quiet", "--bare", str(tmp_path / "empty.git"))
    repository.git("checkout", "--quiet", "--orphan", "bare")
    repository.git("rm", "--quiet", "-rf", ".")
    repository.commit("nothing", {"readme.md": "no product"})
    repository.publish()
    for source, told in {
        (tmp_path / "gone").as_uri(): "There is no repository at",
        (tmp_path / "hollow").as_uri(): "There is no repository at",
        (tmp_path / "empty.git").as_uri(): "is empty",
        "ftp://example.org/x": "begins with https://",
        "ext::sh -c whoami": "There is no folder",
        "https:///x": "names no host",
        "https://ada:a/b@example.org/x": "cannot be read",
        "http://127.0.0.1:9/x.git": "cannot be fetched",
    }.items():
        with pytest.raises(CatalogError, match=told):
            open_catalog(source)
    with pytest.raises(CatalogError, match="There is no product in"):
        open_catalog(repository.url, "bare")


@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        ({"username": "a\nb", "password": "x"}, "line break"),
        ({"sshPrivateKey": "bm8ga2V5"}, "holds no private key"),
        ({"sshPrivateKey": "!"}, "is not base64"),
    ],
)
def test_credentials_that_cannot_be_used_are_said(credentials: dict[str, str], told: str) -> None:
    with pytest.raises(CatalogError, match=told):
        open_catalog("https://example.invalid/x.git", credentials=credentials)


def test_without_git_a_repository_cannot_be_opened_and_a_folder_can(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(CatalogError, match="no 'git' command"):
        open_catalog(repository.url)
    assert names(str(tmp_path / "tree")) == ["First"]


def test_a_fetch_ends_in_time_and_when_it_is_stopped(repository: GitRepository, tmp_path: Path) -> None:
    given = {"username": "ada", "password": PASSWORD}
    with GitWebServer(tmp_path, {"ada": PASSWORD}) as server:
        server.may_answer.clear()
        address = f"http://{server.address}/repository.git"
        with pytest.raises(CatalogError, match=r"no answer within 0\.5 seconds"):
            open_catalog(address, credentials=given, timeout=0.5)
        stop = threading.Event()
        threading.Timer(0.5, stop.set).start()
        with pytest.raises(CatalogError, match="it was stopped"):
            open_catalog(address, credentials=given, stop=stop)
        server.may_answer.set()
        # What was broken off is no hindrance.
        assert names(address, credentials=given) == ["First"]


def test_two_at_once_take_turns(repository: GitRepository) -> None:
    script = "import sys; from ctl_jupyter.catalogs import open_catalog; print(len(open_catalog(sys.argv[1]).products))"
    command = [sys.executable, "-c", script, repository.url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in processes] == ["1", "1", "1"]


def test_a_key_is_in_a_private_file_while_git_runs_and_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from base64 import b64encode

    from ctl_jupyter.places import runtime_directory

    seen = tmp_path / "seen"
    spy = tmp_path / "bin" / "ssh"
    spy.parent.mkdir()
    spy.write_text(
        f'#!/bin/sh\necho "$@" >> {seen}\nwhile [ "$1" != -i ]; do shift; done\nstat -c %a "$2" >> {seen}\nexit 1\n'
    )
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}:{os.environ['PATH']}")
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nnone\n-----END OPENSSH PRIVATE KEY-----\n"
    with pytest.raises(CatalogError) as raised:
        open_catalog("git@example.invalid:a/b.git", credentials={"sshPrivateKey": b64encode(key.encode()).decode()})
    words = seen.read_text()
    assert "BatchMode=yes" in words
    assert words.strip().endswith("600")
    assert "none" not in words + str(raised.value)
    assert not list(runtime_directory().glob("catalog-*"))


def test_a_working_copy_is_known_by_its_origin(repository: GitRepository, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    assert open_catalog(str(tree)).url == ""
    repository.git("remote", "add", "origin", "git@example.org:team/catalog.git")
    catalog = open_catalog(str(tree))
    assert (catalog.url, catalog.branch, catalog.prefix) == ("https://example.org/team/catalog.git", "trunk", "")
    assert "once they are pushed" in catalog.notes[-1]
    assert open_catalog(str(tree / "shop")).prefix == "shop/"
    repository.git("remote", "set-url", "origin", f"https://ada:{PASSWORD.replace('/', '')}@example.org/team/catalog")
    catalog = open_catalog(str(tree))
    assert catalog.url == "https://example.org/team/catalog"
    assert "ord-9f3c" not in repr(catalog)


def test_links_of_a_repository_that_lead_out_of_it_are_not_followed(repository: GitRepository, tmp_path: Path) -> None:
    (tmp_path / "private.yml").write_text("name: Private")
    (tmp_path / "tree" / "leak").mkdir()
    (tmp_path / "tree" / "leak" / "config.yml").symlink_to(tmp_path / "private.yml")
    repository.commit("link", {})
    repository.publish()
    assert names(repository.url) == ["leak", "First"]
