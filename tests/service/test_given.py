"""What the first event of a run tells of its order: names alone, and no more of them than fit into it."""

from collections.abc import Mapping
from typing import Any

from ctl_jupyter.service.engine.cut import LARGEST_EVENT, encode_cut
from ctl_jupyter.service.engine.given import given_to
from ctl_jupyter.service.engine.spool import encode

CANARY = "canary-of-a-value"


def order(hosts: Mapping[str, dict[str, Any] | None], limit: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {
        "hosts": [{"id": name, "vars": variables, "key": CANARY} for name, variables in hosts.items()],
        "limit": list(limit),
        "tags": None,
        "properties": None,
        **more,
    }


def test_names_and_no_values() -> None:
    hosts: dict[str, dict[str, Any] | None] = {
        "web1": {"b": CANARY, "a": CANARY},
        "web2": {"a": 1, "b": 2},
        "db1": None,
    }
    given = given_to(order(hosts, tags=["check"], properties={"z": CANARY, "password": CANARY}))
    assert given == {
        "tags": ["check"],
        "variables": ["password", "z"],
        "hosts": [{"names": ["web1", "web2"], "variables": ["a", "b"]}, {"names": ["db1"], "variables": []}],
    }


def test_of_a_restart_the_hosts_that_it_is_for() -> None:
    assert given_to(order({"web1": {}, "web2": {}}, limit=("web2",)))["hosts"] == [{"names": ["web2"], "variables": []}]


def test_the_event_of_any_number_of_hosts_is_whole() -> None:
    for count in (1_000, 1_500, 3_000, 100_000):
        hosts = {f"a-name-of-a-host-{number}": {f"variable_{number % 3}": 1} for number in range(count)}
        given = given_to(order(hosts))
        assert len(encode({"given": given})) < LARGEST_EVENT - 8_000
        assert ("hosts" in given) == (count <= 1_500)


def test_a_cut_text_keeps_its_beginning_and_its_end() -> None:
    lines = [f"line {number} of what a command prints" for number in range(5000)]
    text = "\n".join(lines)
    message = {"host": "web1", "msg": f"failed: {text}", "res": {"stderr": text, "stderr_lines": lines, "rc": 2}}

    written = encode_cut(message)

    assert len(written) <= LARGEST_EVENT
    told = written.decode()
    assert '"cut":' in told
    assert "stderr_lines" not in told
    assert told.count("line 0 of what") == told.count("line 4999 of what a command prints") == 2
    assert f"… [cut: {len(text)} characters] …" in told
