"""The lines of the event log and their search."""

from datetime import UTC

from ctl_jupyter.panel.executions.event_log import WINDOW, EventLog, Wanted, full_text, line_of
from tests.live.stub_runner import event, result, status

EVENTS = [
    status("RUNNING"),
    event("playbook_on_task_start", task="Copy"),
    result("ok", "web1", "Copy", changed=True),
    result("failed", "web2", "Copy", msg="No space\nleft"),
    result("unreachable", "db1", "Copy", msg="timed out"),
]


def fitting(**wanted: str) -> list[int]:
    log = EventLog(Wanted(**wanted))
    log.read(EVENTS)
    return [line[0] for line in log.lines]


def test_a_line_says_when_where_what_and_how() -> None:
    at, *others = line_of(EVENTS[3], 3, UTC)[1:]
    assert at == "22:13:20"
    assert others == ["failed", "web2", "Copy", "No space left"]


def test_words_kind_host_and_task_narrow_it() -> None:
    assert fitting() == [0, 1, 2, 3, 4]
    assert fitting(words="SPACE web2") == [3]
    assert fitting(words="space web1") == []
    assert fitting(kind="failed and unreachable") == [3, 4]
    assert fitting(kind="changed") == [2]
    assert fitting(host="web1") == [2]
    assert fitting(task="Copy", kind="failed or changed") == [2, 3, 4]


def test_the_last_ones_are_shown_and_all_are_counted() -> None:
    log = EventLog()
    events = []
    for number in range(WINDOW + 200):
        events.append(result("ok", f"h{number}"))
        if number % 7 == 0:
            log.read(events)
    log.read(events)
    assert [line[0] for line in log.lines] == list(range(200, WINDOW + 200))
    assert log.told == "the last 500 of 700 events; search for earlier ones"
    log.search(Wanted(host="h3"))
    log.read(events)
    assert (len(log.lines), log.told) == (1, "1 of 700 events fit")


def test_the_full_text_holds_all_of_an_event() -> None:
    assert full_text(EVENTS[3]).startswith("runner_on_failed\n{")
    assert "No space\nleft" in full_text(EVENTS[3])
