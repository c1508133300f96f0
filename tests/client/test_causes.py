"""Causes out of events: which failure counts, what is known of it in each form, and which are the same."""

from typing import Any

import pytest

from ctl_jupyter.client import Progress
from ctl_jupyter.client.causes import Cause, causes_of, folded, normalised
from ctl_jupyter.documents import StatusEvent

Told = tuple[str, Any]


def stats(**counts: tuple[int, int]) -> Told:
    """The closing count: failures and unreachable of each host."""
    return "playbook_on_stats", {
        "stats": {host: {"ok": 1, "failures": failed, "unreachable": gone} for host, (failed, gone) in counts.items()}
    }


def failed(host: str, task: str, msg: str = "broken", **more: Any) -> Told:
    return "runner_on_failed", {"host": host, "task": task, "msg": msg, **more}


def causes(*told: Told, failed_hosts: tuple[str, ...] = ()) -> list[Cause]:
    events = [
        StatusEvent(id=str(number), timestamp=1000 + number, event_type=kind, message=message)
        for number, (kind, message) in enumerate(told)
    ]
    progress = Progress(status="RUNNING")
    for event in events:
        progress.add(event)
    return causes_of(events, progress, failed_hosts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the disk of db1 is 97 % full", "the disk of db2 is 98 % full"),
        ("the disk of db1 is 97.5 % full", "the disk of db10 is 100 % full"),
        ("no room in /var/lib/db1/data", "no room in /srv/x"),
        ("no room in ~/data, sorry", "no room in ~/other/data, sorry"),
        (r"cannot open C:\Temp\a.txt", r"cannot open D:\b.txt"),
        ("at 2026-11-25 10:28:13.857650 it broke", "at 2026-11-24T01:02:03Z it broke"),
        ("Nov 25 10:28:13 it broke", "Jan  1 00:00:00 it broke"),
        (
            "pid 0x7ffe12 of 3f0c9a41-0000-4000-8000-00000000000a",
            "pid 0x7ffe99 of 11111111-2222-3333-4444-555555555555",
        ),
        ("image sha 3f0c9a41d6d123 is gone", "image sha 99f349ba3d6d12 is gone"),
        ("connect to host 10.0.0.1 port 22: refused", "connect to host 10.9.8.7 port 22: refused"),
        ("connect to fe80::1:2:3 failed", "connect to 2001:db8:0:0:0:0:0:1 failed"),
        ("web is not web-a", "web is not web-b"),
        ("broken\n  twice", "broken twice"),
        ("\x1b[31mbroken\x1b[0m", "broken"),
    ],
)
def test_the_same_but_for_what_changes_from_host_to_host(one: str, other: str) -> None:
    names = {"db1", "db2", "db10", "web-a", "web-b"}
    assert normalised(one, "db1", names) == normalised(other, "db2", names)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("permission denied", "no such file"),
        ("'color' is undefined", "'size' is undefined"),
        ("the disk is full", "the disc is full"),
        ("exit: facade", "exit: decade"),
    ],
)
def test_different_messages_stay_different(one: str, other: str) -> None:
    assert normalised(one, "a", {"a", "b"}) != normalised(other, "b", {"a", "b"})


def test_a_hosts_name_that_is_markup_or_a_letter() -> None:
    assert normalised("<b>x</b> is down", "<b>x</b>") == normalised("y is down", "y") == "HOST is down"


def test_hosts_are_folded_by_task_and_message() -> None:
    found = [
        Cause("db1", task="Room", message="97 % full"),
        Cause("web1", task="Ping", message="97 % full"),
        Cause("db2", task="Room", message="98 % full"),
        Cause("db3", task="Room", message="98 % full", unreachable=True),
    ]
    groups = folded(found)
    assert [(group.number, group.hosts, group.differs) for group in groups] == [
        (1, ("db1", "db2"), True),
        (2, ("web1",), False),
        (3, ("db3",), False),
    ]


def test_the_output_tells_equal_messages_apart() -> None:
    plain = "non-zero return code"
    groups = folded(
        [
            Cause("a", message=plain, rc=1, stderr="disk 1 of a is full", stdout="noise 1"),
            Cause("b", message=plain, rc=1, stderr="disk 2 of b is full", stdout="other"),
            Cause("c", message=plain, rc=1, stderr="no such user"),
            Cause("d", message=plain, rc=1, stdout="out of luck"),
        ],
        ["a", "b", "c", "d"],
    )
    assert [group.hosts for group in groups] == [("a", "b"), ("c",), ("d",)]
    assert groups[0].first.says == "disk 1 of a is full"


def test_two_thousand_hosts_with_long_messages_are_folded() -> None:
    hosts = [f"db{number}.example.org" for number in range(2000)]
    long = "a long complaint about room in /var/lib. " * 200
    groups = folded([Cause(host, message=f"{long}{host} is {n} % full") for n, host in enumerate(hosts)], hosts)
    assert [len(group.causes) for group in groups] == [2000]


def test_of_a_hosts_failures_the_first_that_was_not_rescued_counts() -> None:
    found = causes(
        failed("a", "Tried"),
        failed("a", "Mend"),
        failed("a", "Sweep"),
        failed("b", "Tried"),
        stats(a=(2, 0), b=(0, 0)),
    )
    assert [(cause.host, cause.task, cause.led_by) for cause in found] == [("a", "Mend", "Tried")]


def test_causes_come_in_the_order_they_happened() -> None:
    found = causes(failed("b", "One"), failed("a", "One"), failed("b", "Two"), stats(a=(1, 0), b=(2, 0)))
    assert [(cause.host, cause.task, cause.timestamp) for cause in found] == [("b", "One", 1000), ("a", "One", 1001)]


def test_a_host_that_is_unreachable_by_leave_is_no_cause() -> None:
    gone = ("runner_on_unreachable", {"host": "a", "task": "Ping", "msg": "timed out"})
    assert causes(gone, stats(a=(0, 0))) == []
    assert causes(gone, stats(a=(0, 1)))[0].unreachable


def test_before_the_end_a_host_that_went_on_may_have_been_rescued() -> None:
    went_on = ("runner_on_ok", {"host": "a", "task": "Next"})
    assert [cause.went_on for cause in causes(failed("a", "One"), failed("b", "One"), went_on)] == [True, False]
    assert not causes(failed("a", "One"), went_on, failed_hosts=("a",))[0].went_on


def test_the_task_that_was_begun_last_fills_in_what_an_event_does_not_say() -> None:
    begun = ("playbook_on_task_start", {"task": "Room", "path": "site.yml:7", "role": "disk", "action": "command"})
    play = ("playbook_on_play_start", {"play": "Nightly"})
    (cause,) = causes(play, begun, ("runner_on_failed", {"host": "a", "msg": "full"}))
    assert (cause.task, cause.path, cause.role, cause.action, cause.play) == (
        "Room",
        "site.yml:7",
        "disk",
        "command",
        "Nightly",
    )
    (other,) = causes(play, begun, failed("a", "Another"))
    assert (other.task, other.path, other.role) == ("Another", "", "")


def test_the_failing_item_of_its_own_event_where_the_result_is_not_told() -> None:
    item = ("runner_item_on_failed", {"host": "a", "task": "Loop", "item": "sdb", "msg": "full", "rc": 3})
    later = ("runner_item_on_failed", {"host": "a", "task": "Loop", "item": "sdc", "msg": "gone"})
    (cause,) = causes(item, later, failed("a", "Loop", "One or more items failed"))
    assert (cause.item, cause.message, cause.rc) == ("sdb", "full", 3)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"stderr": "a\nb"}, ("", "a\nb", None)),
        ({"stdout_lines": ["a", "b"], "rc": True}, ("a\nb", "", None)),
        ({"module_stderr": "Traceback", "module_stdout": "{", "rc": 1}, ("{", "Traceback", 1)),
        ({"stdout": {"a": 1}}, ('{"a":1}', "", None)),
        ("no object", ("", "", None)),
    ],
)
def test_output_in_each_form(result: Any, expected: tuple[str, str, int | None]) -> None:
    (cause,) = causes(failed("a", "Run", res=result))
    assert (cause.stdout, cause.stderr, cause.rc) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"host": "a"}, Cause("a", message="no message", timestamp=1000)),
        ({"host": "a", "msg": {"deep": 1}}, Cause("a", message='{"deep":1}', timestamp=1000)),
        ({"msg": "who was it?"}, Cause("", message="who was it?", timestamp=1000)),
        ("a bare text", Cause("", message="a bare text", timestamp=1000)),
        (None, Cause("", message="no message", timestamp=1000)),
        ({"host": ["a"], "msg": "x"}, Cause("['a']", message="x", timestamp=1000)),
        ({"host": "a", "res": {"censored": "hidden"}}, Cause("a", message="hidden", timestamp=1000)),
    ],
)
def test_events_that_lack_members(message: Any, expected: Cause) -> None:
    assert causes(("runner_on_failed", message)) == [expected]


def test_a_failed_host_that_no_event_tells_of() -> None:
    assert causes(failed("a", "One"), failed_hosts=("a", "b")) == [
        Cause("a", task="One", message="broken", timestamp=1000),
        Cause("b"),
    ]
