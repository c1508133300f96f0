"""The directories that service and client agree on are private."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ctl_jupyter import places
from ctl_jupyter.places import ServiceRecord, read_service_record, runtime_directory, state_directory

RECORD = ServiceRecord(
    url="http://127.0.0.1:8701", username="u", password="p", account_alias="LOCAL", pid=4711, version="1"
)


@pytest.fixture
def runtime() -> Iterator[Path]:
    """The runtime directory's path, with nothing there before and after."""
    path = runtime_directory()
    path.rmdir()
    yield path
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def test_the_state_directory_is_made_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_umask: None) -> None:
    monkeypatch.setenv("CTL_RUNNER_HOME", str(tmp_path / "some" / "where"))

    assert state_directory() == tmp_path / "some" / "where"
    assert mode(state_directory()) == 0o700


def test_the_state_directory_of_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CTL_RUNNER_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    assert state_directory() == tmp_path / "ctl-jupyter"
    assert mode(tmp_path / "ctl-jupyter") == 0o700


def test_what_is_in_the_state_directory_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTL_RUNNER_HOME", str(tmp_path))
    (tmp_path / "kept").write_text("x")

    assert (state_directory() / "kept").read_text() == "x"


def test_the_runtime_directory_is_private(runtime: Path, open_umask: None) -> None:
    assert runtime_directory() == runtime
    assert mode(runtime) == 0o700
    assert runtime_directory() == runtime


def test_the_runtime_directory_has_a_short_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: Path) -> None:
    monkeypatch.setenv("CTL_RUNNER_HOME", str(tmp_path / ("deep" * 40)))
    path = runtime_directory()
    path.rmdir()

    assert len(str(path)) < 60
    assert path != runtime


def test_one_home_by_two_names_has_one_runtime_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: Path
) -> None:
    (tmp_path / "link").symlink_to(state_directory())
    monkeypatch.setenv("CTL_RUNNER_HOME", str(tmp_path / "link"))

    assert runtime_directory() == runtime


def test_without_a_directory_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: Path) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    assert runtime_directory().parent == tmp_path
    assert mode(runtime_directory()) == 0o700


@pytest.mark.parametrize("open_to_others", [0o701, 0o710, 0o750, 0o755, 0o777])
def test_a_directory_that_others_can_open_is_refused(runtime: Path, open_to_others: int) -> None:
    runtime.mkdir()
    runtime.chmod(open_to_others)

    with pytest.raises(PermissionError, match=r"0700"):
        runtime_directory()


def test_somebody_elses_directory_is_refused(monkeypatch: pytest.MonkeyPatch, runtime: Path) -> None:
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    theirs = runtime.with_name(runtime.name.replace(f"-{stranger - 1}-", f"-{stranger}-"))

    try:
        with pytest.raises(PermissionError, match=theirs.name):
            runtime_directory()
    finally:
        theirs.rmdir()


def test_a_link_to_a_private_directory_is_refused(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir(mode=0o700)
    runtime.symlink_to(tmp_path / "private")

    with pytest.raises(PermissionError):
        runtime_directory()


@pytest.mark.parametrize("kind", ["file", "dangling link"])
def test_something_else_in_its_place_is_refused(runtime: Path, tmp_path: Path, kind: str) -> None:
    if kind == "file":
        runtime.touch(mode=0o600)
    else:
        runtime.symlink_to(tmp_path / "nowhere")

    with pytest.raises(PermissionError):
        runtime_directory()


def test_the_record_of_a_service(runtime: Path) -> None:
    runtime_directory()
    places.service_record_path().write_bytes(msgspec.json.encode(RECORD))

    assert read_service_record() == RECORD


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"url": "http://127.0.0.1:1"}', b'"\xff"', b"\x00" * 9])
def test_a_record_that_cannot_be_used(runtime: Path, content: bytes) -> None:
    runtime_directory()
    places.service_record_path().write_bytes(content)

    assert read_service_record() is None


def test_no_record(runtime: Path) -> None:
    assert read_service_record() is None


def test_no_record_is_read_from_a_directory_that_others_can_open(runtime: Path) -> None:
    runtime_directory()
    places.service_record_path().write_bytes(msgspec.json.encode(RECORD))
    runtime.chmod(0o755)

    assert read_service_record() is None
