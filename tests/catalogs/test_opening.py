"""Catalogs open from folders and from real git repositories, and offline as they were the last time."""

import shutil
from pathlib import Path

import pytest

from ctl_jupyter.catalogs import open_catalog
from ctl_jupyter.documents import DocumentError
from tests.catalogs.making import commit, git, write

DISK = {"disk/config.yml": "name: Disk", "disk/playbook.yml": "- hosts: all"}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CTL_CATALOG_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    commit(tmp_path / "origin", {**DISK})
    return tmp_path / "origin"


def names(source: str, branch: str = "") -> list[str]:
    return [product.name for product in open_catalog(source, branch).products]


def test_a_repository_opens_and_is_kept_in_the_cache(origin: Path, cache: Path) -> None:
    catalog = open_catalog(f" {origin.as_uri()} ")
    assert (catalog.source, catalog.url, catalog.branch, catalog.notes) == (origin.as_uri(), origin.as_uri(), "", ())
    assert [(one.folder, one.default_playbook) for one in catalog.products] == [("disk", "disk/playbook.yml")]
    assert len(list((cache / "catalogs").iterdir())) == 1
    assert (cache / "catalogs").stat().st_mode & 0o077 == 0


def test_a_second_open_sees_the_newer_commit(origin: Path) -> None:
    assert names(origin.as_uri()) == ["Disk"]
    commit(origin, {"disk/config.yml": "name: Bigger disk", "web/config.yml": "name: a web server"})
    assert names(origin.as_uri()) == ["a web server", "Bigger disk"]
    git(origin, "commit", "--quiet", "--amend", "--message=rewritten")
    assert names(origin.as_uri()) == ["a web server", "Bigger disk"]


def test_offline_it_is_as_it_was_the_last_time(origin: Path) -> None:
    open_catalog(origin.as_uri())
    shutil.rmtree(origin)
    catalog = open_catalog(origin.as_uri())
    assert [product.name for product in catalog.products] == ["Disk"]
    assert catalog.notes[0].startswith("It could not be fetched, so it is as it was the last time: git cannot fetch it")


@pytest.mark.parametrize("kind", ["branch", "tag"])
def test_a_branch_or_tag_is_opened_beside_the_repositorys_own(origin: Path, kind: str) -> None:
    git(origin, kind, "old")
    commit(origin, {"disk/config.yml": "name: Newer"})
    for _ in range(2):
        assert names(origin.as_uri(), "old") == ["Disk"]
        assert names(origin.as_uri()) == ["Newer"]
    assert open_catalog(origin.as_uri(), "old").branch == "old"


@pytest.mark.parametrize("branch", ["gone", "--upload-pack=true"])
def test_a_branch_that_is_none_leaves_nothing_behind(origin: Path, cache: Path, branch: str) -> None:
    with pytest.raises(DocumentError, match="git cannot fetch it"):
        open_catalog(origin.as_uri(), branch)
    assert list((cache / "catalogs").iterdir()) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "Give the address"),
        ("https://ann:hunter2@example.invalid/c.git", "holds credentials"),
        ("https://hunter2@example.invalid/c.git", "holds credentials"),
        ("ssh://ann:hunter2@example.invalid/c.git", "holds credentials"),
        ("https://[hunter2@x", "is no address that git takes"),
        ("file:///no/such/repository", "git cannot fetch it"),
        ("/no/such/folder", "is neither a folder here nor an address"),
        ("--upload-pack=true", "is neither a folder here nor an address"),
        ("ext::sh -c true", "is neither a folder here nor an address"),
    ],
)
def test_what_is_no_catalog_is_said(source: str, said: str) -> None:
    with pytest.raises(DocumentError, match=said) as caught:
        open_catalog(source)
    assert "hunter2" not in str(caught.value)


def test_a_file_and_a_folder_without_products_are_no_catalogs(tmp_path: Path) -> None:
    folder = write(tmp_path / "folder", {"a.txt": "", ".hidden/config.yml": "name: Hidden"})
    (folder / "link").symlink_to(write(tmp_path / "out", {"config.yml": "name: Out"}))
    with pytest.raises(DocumentError, match="is no folder"):
        open_catalog(str(folder / "a.txt"))
    with pytest.raises(DocumentError, match="has no product"):
        open_catalog(str(folder))


def test_a_folder_in_no_repository_has_no_address(tmp_path: Path) -> None:
    catalog = open_catalog(str(write(tmp_path / "folder", {**DISK, "config.yaml": "name: All"})))
    assert (catalog.url, [product.folder for product in catalog.products]) == ("", [".", "disk"])


def test_a_folder_that_is_a_clone_has_its_address(origin: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", origin.as_uri(), "mine")
    assert open_catalog(str(tmp_path / "mine")).url == origin.as_uri()
    assert open_catalog(str(tmp_path / "mine" / "disk")).url == "", "its playbooks' paths are not the repository's"
    git(tmp_path / "mine", "remote", "set-url", "origin", "https://ann:hunter2@example.invalid/c.git")
    assert open_catalog(str(tmp_path / "mine")).url == "https://example.invalid/c.git"


def test_a_link_in_a_repository_leads_nowhere(origin: Path, tmp_path: Path) -> None:
    write(tmp_path, {"secret.md": "hunter2"})
    (origin / "disk" / "README.md").symlink_to(tmp_path / "secret.md")
    commit(origin, {})
    assert "hunter2" not in repr(open_catalog(origin.as_uri()))


def test_without_git_it_says_so(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DocumentError, match="git is not installed here"):
        open_catalog(origin.as_uri())
    assert names(str(origin)) == ["Disk"]
