"""Runs started by the engine itself, without a service around it; the whole of what a run said, its output included."""

import base64
import json
import os
import re
import signal
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ctl_jupyter.documents import StartRequest, read_job
from ctl_jupyter.places import runtime_directory
from ctl_jupyter.service.engine.launch import Run, spool_path
from ctl_jupyter.service.engine.processes import Process
from ctl_jupyter.service.engine.starter import Engine, Starter
from tests.service.api import LOCAL
from tests.service.waiting import until

__all__ = ["EngineRun", "Engines", "memory_of"]

Document = dict[str, Any]

#: What differs between any two runs of the same playbook.
PASSING = {
    "start",
    "end",
    "delta",
    "ansible_job_id",
    "results_file",
    "finished",
    "started",
    "pid",
    "version",
    "inode",
    "mtime",
    "atime",
    "ctime",
}
NAMES = [
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-1)?|[0-9a-f]{12}-1"), "RUN"),
    (re.compile(r"ansible-tmp-[-.\d]+|ansible-local-\w+|j\d+\.\d+|tmp\w{8}"), "TEMPORARY"),
    (re.compile(r"0x[0-9a-f]{8,}"), "ADDRESS"),
]


@dataclass(frozen=True)
class EngineRun:
    """One run: its supervisor and its spool."""

    process: Process
    spool: Path

    @property
    def lines(self) -> list[Document]:
        return [json.loads(line) for line in self.spool.read_text().splitlines()]

    @property
    def has_ended(self) -> bool:
        return self.lines[-1:] != [] and self.lines[-1]["kind"] == "end"

    @property
    def end(self) -> Document:
        """The closing line, awaited."""
        until(lambda: self.has_ended, f"no end of {self.spool}", 120)
        return self.lines[-1]

    @property
    def why_cold(self) -> str | None:
        """Why a run of the warm engine became a cold one."""
        return next((line["reason"] for line in self.lines if line["kind"] == "engine"), None)

    def messages(self, event_type: str) -> list[Document]:
        return [line["message"] for line in self.lines if line.get("event_type") == event_type]

    def told(self) -> Document:
        """Return all that the run told, but for what differs between any two runs."""
        end = self.end
        events = [[line["event_type"], _lasting(line["message"])] for line in self.lines if line["kind"] == "event"]
        output = _renamed(end["output"])
        return {"exit_code": end["exit_code"], "reason": _renamed(end["reason"]), "output": output, "events": events}


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lasting(part) for name, part in value.items() if name not in PASSING}
    if isinstance(value, list):
        return [_lasting(part) for part in value]
    return _renamed(value) if isinstance(value, str) else value


def _renamed(text: str) -> str:
    for pattern, name in NAMES:
        text = pattern.sub(name, text)
    return text


class Engines:
    """Both engines, with a home of their own; their runs are children of this process.

    Parameters
    ----------
    base
        An empty directory.
    """

    def __init__(self, base: Path) -> None:
        self.home = base / "home"
        self._user = base / "user"
        self._user.mkdir()
        self._starters: dict[Engine, Starter] = {}
        self._runs: list[EngineRun] = []

    @contextmanager
    def in_environment(self, **variables: str) -> Iterator[None]:
        """Have the environment of the service that these engines would belong to."""
        with pytest.MonkeyPatch.context() as patch:
            for name in os.environ:
                if name.startswith("ANSIBLE_"):
                    patch.delenv(name)
            for name, value in {"CTL_RUNNER_HOME": str(self.home), "HOME": str(self._user), **variables}.items():
                patch.setenv(name, value)
            yield

    def starter(self, engine: Engine) -> Starter:
        if engine not in self._starters:
            self._starters[engine] = Starter(engine)
        return self._starters[engine]

    def begin(self, engine: Engine, playbook: str | None = None, **members: Any) -> EngineRun:
        with self.in_environment():
            return self.begin_here(engine, playbook, **members)

    def begin_here(
        self, engine: Engine, playbook: str | None = None, hosts: Sequence[Document] = LOCAL, **members: Any
    ) -> EngineRun:
        """Begin a run in the environment of the moment."""
        if playbook is not None:
            members["playbook"] = base64.b64encode(playbook.encode()).decode()
        job = read_job({"name": "job", "hosts": list(hosts), **members})
        run = Run(str(uuid.uuid4()), 1, job, StartRequest())
        begun = EngineRun(self.starter(engine).launch(run), spool_path(run.execution_id, 1))
        self._runs.append(begun)
        return begun

    def run(self, engine: Engine, playbook: str | None = None, **members: Any) -> EngineRun:
        begun = self.begin(engine, playbook, **members)
        assert begun.end
        return begun

    def run_all(self, engine: Engine, jobs: Mapping[str, Document]) -> dict[str, EngineRun]:
        """Run jobs, two at a time."""
        begun: dict[str, EngineRun] = {}
        for name, members in jobs.items():
            until(lambda: sum(not run.has_ended for run in begun.values()) < 2, "the runs before do not end", 120)
            begun[name] = self.begin(engine, **members)
        for run in begun.values():
            assert run.end
        return begun

    def close(self) -> None:
        for run in self._runs:
            with suppress(ProcessLookupError):
                os.kill(run.process.pid, signal.SIGTERM)
            with suppress(ChildProcessError):
                os.waitpid(run.process.pid, 0)
        for starter in self._starters.values():
            starter.stop()
        with self.in_environment():
            runtime = runtime_directory()
        until(lambda: not any((runtime / "runs").glob("*")), "private directories stay")
        for path in sorted(runtime.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        runtime.rmdir()


def memory_of(pid: int) -> bytes:
    """Return all memory of a process that it can write to."""
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            area, rights = line.split()[:2]
            if rights.startswith("rw"):
                start, end = (int(place, 16) for place in area.split("-"))
                with suppress(OSError):
                    memory.seek(start)
                    found.append(memory.read(end - start))
    return b"".join(found)
