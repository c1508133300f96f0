"""Finding the embedded service by the record it leaves."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl_jupyter import places
from ctl_jupyter.client import LocalServiceError, local
from tests.fake_runner import Answer, FakeRunner


@pytest.fixture
def record_path() -> Iterator[Path]:
    path = places.service_record_path()
    yield path
    shutil.rmtree(path.parent, ignore_errors=True)


def write_record(path: Path, runner: FakeRunner, pid: int = 4711) -> None:
    record = places.ServiceRecord(
        url=runner.url, username="u", password="canary-password", account_alias="ACCT", pid=pid, version="0"
    )
    places.runtime_directory()
    members = ("url", "username", "password", "account_alias", "pid", "version")
    path.write_text(json.dumps({name: getattr(record, name) for name in members}))


def test_no_service_has_run(record_path: Path) -> None:
    assert local.find_running() is None


def test_a_service_that_runs(runner: FakeRunner, record_path: Path) -> None:
    write_record(record_path, runner)
    runner.trouble(Answer(document={"pid": 4711}), path="^/health$")

    found = local.find_running()

    assert found is not None
    assert (found.url, found.account_alias) == (runner.url, "ACCT")
    assert "Authorization" not in runner.calls[0].headers


@pytest.mark.parametrize(
    "answer",
    [Answer(document={"pid": 1}), Answer(document=[]), Answer(body=b"<html>"), Answer(404), Answer(body=b'"\xff"')],
    ids=["another's pid", "an array", "html", "404", "not UTF-8"],
)
def test_something_else_listens_there(runner: FakeRunner, record_path: Path, answer: Answer) -> None:
    write_record(record_path, runner)
    runner.trouble(answer, path="^/health$")

    assert local.find_running() is None


def test_the_service_has_gone(runner: FakeRunner, record_path: Path) -> None:
    write_record(record_path, runner)
    runner.close()

    assert local.find_running() is None


def test_health_is_never_asked_through_a_proxy(
    runner: FakeRunner, record_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(record_path, runner)
    runner.trouble(Answer(document={"pid": 4711}), path="^/health$")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert local.find_running() is not None


def test_the_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "NEEDED", ("json", "no_such_module_anywhere"))

    with pytest.raises(LocalServiceError, match=r"ctl-jupyter\[local\].*no_such_module_anywhere"):
        local.require_local_extra()


def test_linux_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "NEEDED", ())
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(LocalServiceError, match="Linux alone"):
        local.require_local_extra()
