"""Reading the account's inventory by real Ansible: every form of it, broken ones, and how often it is read."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl_jupyter.cloud import Group, wire
from ctl_jupyter.places import runtime_directory
from ctl_jupyter.service.cloud import reading
from ctl_jupyter.service.cloud.mapping import Cloud
from ctl_jupyter.service.cloud.reading import FRESH, AccountInventory
from ctl_jupyter.service.engine.inventory import InventoryUnreadable, Listing
from tests.service.inventories import CANARY, KINDS, write_inventory
from tests.service.processes import all_processes
from tests.service.waiting import Gate, until


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _memory() -> Iterator[None]:
    yield
    shutil.rmtree(runtime_directory())


@pytest.fixture
def clock() -> Clock:
    return Clock()


def cloud_of(path: Path | None) -> Cloud:
    return asyncio.run(AccountInventory(path).cloud())


def outline(group: Group) -> dict[str, object]:
    """Return a group's servers and, by id, the groups within it."""
    return {"servers": group.server_ids, **{inner.id: outline(inner) for inner in group.groups}}


def counting_script(base: Path, task: str = "true") -> Path:
    """Write an inventory script that adds a line to ``runs`` beside it, then does a task."""
    script = base / "hosts.sh"
    script.write_text(
        f"#!/bin/sh\necho run >> {base}/runs\n{task}\n"
        """echo '{"_meta": {"hostvars": {}}, "all": {"hosts": ["a"]}}'\n"""
    )
    script.chmod(0o700)
    return script


def runs_of(base: Path) -> int:
    return (base / "runs").read_text().count("run")


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_of_an_inventory_is_the_same_account(tmp_path: Path, kind: str) -> None:
    cloud = cloud_of(write_inventory(kind, tmp_path))

    assert [center.id for center in cloud.data_centers("ACCT")] == ["CA1", "LOCAL", "WA1"]
    roots = {}
    for place in ("CA1", "LOCAL", "WA1"):
        center = cloud.data_center("ACCT", place, with_group=True)
        assert center is not None
        assert center.group_id is not None
        root = cloud.group("ACCT", center.group_id)
        assert root is not None
        roots[root.id] = outline(root)
    assert roots == {
        "all@CA1": {"servers": [], "prod@CA1": {"servers": [], "db": {"servers": ["db1"]}}},
        "all@LOCAL": {"servers": ["lonely"]},
        "all@WA1": {"servers": [], "prod@WA1": {"servers": [], "web": {"servers": ["web1", "web2"]}}},
    }
    assert [network.id for network in cloud.networks("ACCT", "WA1") or ()] == ["10.1.0.0/24", "front"]
    assert cloud.networks("ACCT", "CA1") == []
    server = cloud.server("ACCT", "web1")
    assert server is not None
    assert (server.addresses, server.group_id, server.location_id) == (["10.1.0.11"], "web", "WA1")


def test_no_inventory_is_one_empty_data_center() -> None:
    cloud = cloud_of(None)

    assert [center.id for center in cloud.data_centers("ACCT")] == ["LOCAL"]
    center = cloud.data_center("ACCT", "LOCAL", with_group=True)
    assert center is not None
    assert center.group_id is None
    assert cloud.networks("ACCT", "LOCAL") == []
    assert cloud.networks("ACCT", "WA1") is None
    assert cloud.group("ACCT", "all") is None
    assert cloud.server("ACCT", "localhost") is None


def test_a_group_within_two_others_is_in_both_and_counted_once() -> None:
    cloud = Cloud(
        Listing(
            {"a": {}, "b": {}},
            {"east": [], "web": [], "inner": ["a", "b"]},
            {"east": ["inner"], "web": ["inner", "east"], "inner": []},
        )
    )

    root = cloud.group("ACCT", "all")
    assert root is not None
    assert root.servers_count == 2
    assert outline(root) == {
        "servers": [],
        "web": {
            "servers": [],
            "inner": {"servers": ["a", "b"]},
            "east": {"servers": [], "inner": {"servers": ["a", "b"]}},
        },
    }


@pytest.mark.parametrize("value", ["{{ where }}", None, True, ["WA1"], {"__ansible_vault": "…"}, "  "])
def test_what_is_no_name_of_a_data_center_counts_as_none(value: object) -> None:
    cloud = Cloud(Listing({"a": {"datacenter": value, "network": value}}, {}, {}))

    assert [center.id for center in cloud.data_centers("ACCT")] == ["LOCAL"]
    assert cloud.networks("ACCT", "LOCAL") == []


def test_ids_of_groups_say_the_data_center_where_there_are_several() -> None:
    places = {"a": {"datacenter": "WA1"}, "b": {"datacenter": "rack 1/2"}}
    cloud = Cloud(Listing(places, {"web": ["a", "b"], "db": ["a"]}, {}))

    assert cloud.group("ACCT", "web") is None
    assert wire(cloud.group("ACCT", "db")) == wire(cloud.group("ACCT", "db@WA1"))
    group = cloud.group("ACCT", "web@rack 1/2")
    assert group is not None
    assert group.server_ids == ["b"]
    assert group.links[0].href == "/v2/groups/ACCT/web%40rack%201%2F2"
    assert cloud.group("ACCT", "db@rack 1/2") is None


BROKEN = {
    "ini": ("hosts.ini", f"[web]\nweb1 ansible_password={CANARY} {CANARY} x\n", "does not understand {path} "),
    "yaml": ("hosts.yml", f"all:\n  hosts:\n    web1: {{x_password: {CANARY}\n  x: [\n", "{path} at line 4"),
    "script": ("hosts.sh", f"#!/bin/sh\necho {CANARY} >&2\nexit 7\n", "the script {path} ended with exit code 7"),
    "plugin": ("hosts.yml", "plugin: no.such.plugin\n", "{path} needs the inventory plugin no.such.plugin"),
    "variables": ("group_vars/all.yml", f"x_password: [{CANARY}", "cannot be read"),
    "half": ("half/hosts.ini", f"web1 {CANARY} {CANARY}\n", "does not understand {path} "),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_inventory_is_named_and_not_quoted(tmp_path: Path, kind: str) -> None:
    name, text, sentence = BROKEN[kind]
    path = tmp_path / "a long name, so that lines are too long for a terminal of eighty columns" / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    path.chmod(0o700 if kind == "script" else 0o600)
    inventory = path
    if kind in ("half", "variables"):
        # Beside what cannot be read there is something that can.
        inventory = path.parents[1]
        (inventory / "fine.ini").write_text("fine\n")

    with pytest.raises(InventoryUnreadable) as caught:
        cloud_of(inventory)

    assert sentence.format(path=path) in str(caught.value)
    assert str(caught.value).startswith(f"The inventory {inventory} cannot be read: ")
    assert CANARY not in str(caught.value)


def test_an_inventory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InventoryUnreadable, match="there is no such file or directory"):
        cloud_of(tmp_path / "nothing")


def test_nothing_of_an_inventory_is_left_behind(tmp_path: Path) -> None:
    cloud_of(write_inventory("ini", tmp_path))

    assert list(runtime_directory().rglob("*")) == []


def test_files_are_read_again_when_they_change_and_not_before(tmp_path: Path, clock: Clock) -> None:
    path = write_inventory("directory", tmp_path)
    inventory = AccountInventory(path, clock)

    async def answers() -> None:
        first = await inventory.cloud()
        clock.now += 1000 * FRESH
        assert await inventory.cloud() is first
        (path / "host_vars" / "web2.yml").write_text("{network: behind}\n")
        second = await inventory.cloud()
        assert [network.id for network in second.networks("ACCT", "WA1") or ()] == ["10.1.0.0/24", "behind"]
        (path / "group_vars" / "web" / "place.yml").unlink()
        third = await inventory.cloud()
        assert [center.id for center in third.data_centers("ACCT")] == ["CA1", "LOCAL"]

    asyncio.run(answers())


@pytest.mark.parametrize("kind", ["script", "constructed"])
def test_what_may_change_unseen_is_good_for_a_while(tmp_path: Path, clock: Clock, kind: str) -> None:
    inventory = AccountInventory(write_inventory(kind, tmp_path), clock)

    async def answers() -> None:
        first = await inventory.cloud()
        clock.now += FRESH - 1
        assert await inventory.cloud() is first
        clock.now += 1
        assert await inventory.cloud() is not first

    asyncio.run(answers())


def test_a_failure_is_not_kept_for_longer(tmp_path: Path, clock: Clock) -> None:
    allowed = tmp_path / "allowed"
    inventory = AccountInventory(counting_script(tmp_path, f"test -e {allowed} || exit 1"), clock)

    async def answers() -> None:
        for _ in range(2):
            with pytest.raises(InventoryUnreadable, match="ended with exit code 1"):
                await inventory.cloud()
        assert runs_of(tmp_path) == 1
        allowed.touch()
        clock.now += FRESH
        assert (await inventory.cloud()).server("ACCT", "a") is not None

    asyncio.run(answers())


def test_requests_at_once_read_once(tmp_path: Path) -> None:
    with Gate(tmp_path / "gate") as gate:
        inventory = AccountInventory(counting_script(tmp_path, gate.task.partition(": ")[2]))

        async def answers() -> None:
            asked = [asyncio.create_task(inventory.cloud()) for _ in range(5)]
            await asyncio.to_thread(gate.await_task)
            assert not any(task.done() for task in asked)
            gate.open()
            first, *others = await asyncio.gather(*asked)
            assert all(other is first for other in others)

        asyncio.run(answers())

    assert runs_of(tmp_path) == 1


def test_a_script_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Gate(tmp_path / "gate") as gate:
        script = counting_script(tmp_path, gate.task.partition(": ")[2])
        monkeypatch.setattr(reading, "LONGEST", 5.0)

        with pytest.raises(InventoryUnreadable, match=r"was not read within 5 s\."):
            cloud_of(script)

        def its_processes() -> list[int]:
            return [process.pid for process in all_processes() if os.fsencode(script) in process.arguments]

        until(lambda: not its_processes(), "the script goes on")
