"""Reading the account's inventory for the service: one ``ansible-inventory`` at a time, and none that is not needed.

What was read is good until a file of the inventory changes. An inventory that asks somebody else (a script, an
inventory plugin) may change without that, so it is good for `FRESH` seconds at most; and so is a failure.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from ctl_jupyter.places import runtime_directory
from ctl_jupyter.service.cloud.mapping import Cloud
from ctl_jupyter.service.configuration import OWN_ACCOUNT
from ctl_jupyter.service.engine import inventory
from ctl_jupyter.service.engine.inventory import InventoryUnreadable
from ctl_jupyter.service.engine.launch import ansible_program, environment

__all__ = ["AccountInventories", "AccountInventory"]

#: Seconds that an answer is good for which may become wrong without a file having changed.
FRESH = 30.0
#: Seconds that reading may take.
LONGEST = 30.0
#: What only the configuration of an inventory plugin has, be it YAML or JSON.
PLUGIN = re.compile(rb"""^[\s{"']*plugin["']?\s*:""", re.MULTILINE)

#: What is known of every file without opening it.
Fingerprint = tuple[tuple[str, int, int, int, int], ...]


@dataclass(frozen=True)
class _Answer:
    """What was read, of which files, and until when it is good (`None`: until one of them changes)."""

    fingerprint: Fingerprint
    until: float | None
    cloud: Cloud | None
    error: InventoryUnreadable | None


class AccountInventories:
    """The inventories that the service was told of, one for each account that has one.

    Parameters
    ----------
    inventory_of
        Returns the file or directory of an account's inventory.
    """

    def __init__(self, inventory_of: Callable[[str], Path | None]) -> None:
        self._inventory_of = inventory_of
        self._known: dict[str, AccountInventory] = {}

    def of(self, alias: str) -> "AccountInventory":
        """Return the inventory of an account, which may have nothing in it."""
        if alias not in self._known:
            self._known[alias] = AccountInventory(self._inventory_of(alias), alias=alias)
        return self._known[alias]

    def stop(self) -> None:
        """End what is read just now, and read nothing more."""
        for known in self._known.values():
            known.stop()


class AccountInventory:
    """The inventory of one account.

    Parameters
    ----------
    path
        Its file or directory; ``None`` for none.
    clock
        Seconds, never going back.
    alias
        Of the account.
    """

    def __init__(
        self, path: Path | None, clock: Callable[[], float] = time.monotonic, alias: str = OWN_ACCOUNT
    ) -> None:
        self._path = path
        self._alias = alias
        self._clock = clock
        self._lock = asyncio.Lock()
        self._answer: _Answer | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._is_stopping = False

    def stop(self) -> None:
        """End what runs just now, and start nothing more."""
        self._is_stopping = True
        self._kill()

    async def cloud(self) -> Cloud:
        """Return what the account has now.

        Raises
        ------
        InventoryUnreadable
            When Ansible cannot read all of it.
        """
        if self._path is None:
            return Cloud()
        # Whoever waits here finds what the one before has read.
        async with self._lock:
            fingerprint = await run_in_threadpool(_fingerprint, self._path)
            answer = self._answer
            if answer is None or answer.fingerprint != fingerprint or self._is_old(answer):
                answer = self._answer = await self._read(self._path, fingerprint)
        if answer.cloud is None:
            assert answer.error is not None
            raise InventoryUnreadable(str(answer.error))
        return answer.cloud

    def _is_old(self, answer: _Answer) -> bool:
        return answer.until is not None and self._clock() >= answer.until

    async def _read(self, path: Path, fingerprint: Fingerprint) -> _Answer:
        try:
            inventory.check_is_there(str(path))
            cloud = await self._run_and_map(str(path))
            changes_unseen = await run_in_threadpool(_is_dynamic, path)
        except InventoryUnreadable as error:
            return _Answer(fingerprint, self._clock() + FRESH, None, error)
        return _Answer(fingerprint, self._clock() + FRESH if changes_unseen else None, cloud, None)

    async def _run_and_map(self, path: str) -> Cloud:
        directory = runtime_directory() / f"inventory-{self._alias}"
        # One of a service that was killed may be left; the answer holds secrets, so it stays nowhere.
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(mode=0o700)
        try:
            said = await self._run(path, directory)
            output = directory / "inventory.json"
            if said is not None or not output.is_file():
                raise inventory.why_unreadable(path, said or "")
            return await run_in_threadpool(lambda: Cloud(inventory.read_listing(output)))
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    async def _run(self, path: str, directory: Path) -> str | None:
        """Run ``ansible-inventory`` and return what it complained of, ``None`` when it succeeded.

        What it prints goes to a file: a process that a script leaves behind would hold a pipe open.
        """
        with (directory / "errors").open("wb") as errors:
            process = self._process = await asyncio.create_subprocess_exec(
                *ansible_program("inventory"),
                *inventory.arguments(path, directory / "inventory.json"),
                cwd=directory,
                env={**environment(), **inventory.settings(), "ANSIBLE_LOCAL_TEMP": str(directory / "tmp")},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
        if self._is_stopping:
            # Told to stop before there was a process to end.
            self._kill()
        try:
            exit_code = await asyncio.wait_for(process.wait(), LONGEST)
        except TimeoutError:
            raise InventoryUnreadable(f"The inventory {path} was not read within {LONGEST:g} s.") from None
        finally:
            self._kill()
            await process.wait()
            self._process = None
        if self._is_stopping:
            raise InventoryUnreadable(f"The inventory {path} was not read: the service ends.")
        return (directory / "errors").read_text(errors="replace") if exit_code != 0 else None

    def _kill(self) -> None:
        """Kill ``ansible-inventory`` and the scripts that it waits for, when it has not ended."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


# --- the files of an inventory -----------------------------------------------------------------------------------


def _files(path: Path) -> Iterator[Path]:
    """Yield every file that the inventory is made of: a directory's all, or one file with the variables beside it."""
    if not path.is_dir():
        yield path
        for name in ("group_vars", "host_vars"):
            yield from _files_below(path.parent / name)
    else:
        yield from _files_below(path)


def _files_below(directory: Path) -> Iterator[Path]:
    seen = set()
    for parent, directories, files in os.walk(directory, followlinks=True):
        place = Path(parent).resolve()
        # Links may lead in a circle; what is hidden is no part of an inventory.
        directories[:] = [] if place in seen else sorted(name for name in directories if not name.startswith("."))
        if place not in seen:
            yield from (Path(parent) / name for name in sorted(files) if not name.startswith("."))
        seen.add(place)


def _fingerprint(path: Path) -> Fingerprint:
    found = []
    for file in _files(path):
        with contextlib.suppress(OSError):
            stat = file.stat()
            found.append((str(file), stat.st_ino, stat.st_mtime_ns, stat.st_size, stat.st_mode))
    return tuple(found)


def _is_dynamic(path: Path) -> bool:
    """Whether a file is a script or configures a plugin."""
    for file in _files(path):
        if {"group_vars", "host_vars"} & set(file.parts[len(path.parts) - 1 :]):
            continue
        with contextlib.suppress(OSError):
            if os.access(file, os.X_OK) or PLUGIN.search(file.read_bytes()):
                return True
    return False
