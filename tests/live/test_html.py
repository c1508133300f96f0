import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.documents import Status
from ctl_jupyter.live import card_html
from ctl_jupyter.live.html import STATUS_LOOKS
from ctl_jupyter.live.orders import Note
from tests.live.stub_runner import STARTED, StubRunner, event, result, status

ID = "5f0c1b2a77e94d3e8f6a90cd"
NASTY = [
    "<script>alert(1)</script>",
    'web"1\' onload="alert(1)',
    "&lt;b&gt; &#0; ]]>",
    "🦊🏳️‍🌈-host",
    "שרת-אינטרנט",
    "\u202egnp.exe\x00\x1b[31m",
    "h" * 300,
    "half \ud83d",
]


class Balance(HTMLParser):
    """Checks that every element is closed where HTML's own parser expects it."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(card: str) -> ElementTree.Element:
    """The card's tree, after both parsers read the same text and nothing active was in it."""
    balance = Balance()
    balance.feed(card)
    balance.close()
    assert not balance.open
    tree = ElementTree.fromstring(card)
    assert balance.text == "".join(tree.itertext())
    for element in tree.iter():
        assert element.tag in TAGS
        assert set(element.attrib) <= ATTRIBUTES
        assert "url(" not in element.get("style", "")
    card.encode("utf-8")
    return tree


TAGS = {"div", "span", "b", "bdi", "code", "table", "thead", "tbody", "tr", "th", "td", "details", "summary"}
ATTRIBUTES = {"style", "title", "role", "aria-live", "aria-hidden", "scope", "open"}


def text_of(tree: ElementTree.Element) -> str:
    return "".join(tree.itertext())


def rows_of(tree: ElementTree.Element) -> Iterator[list[str]]:
    for row in tree.iterfind(".//tbody/tr"):
        yield [text_of(cell) for cell in row]


def told(handle: ExecutionHandle, count: int, failing: tuple[int, ...] = (), unreachable: tuple[int, ...] = ()) -> None:
    """Let an execution run on so many hosts."""
    handle.progress.add(status("INITIALIZING"))
    handle.progress.add(status("RUNNING", 1))
    handle.progress.add(event("playbook_on_task_start", task="Install nginx"))
    for number in range(count):
        outcome = "failed" if number in failing else "unreachable" if number in unreachable else "ok"
        handle.progress.add(result(outcome, f"web{number}", msg=f"no space on {number}"))


@pytest.mark.parametrize("word", [*Status, "REBOOTING", "<b>", ""])
@pytest.mark.parametrize("count", [0, 1, 25, 1000])
def test_every_status_with_any_number_of_hosts_is_well_formed(runner: StubRunner, word: str, count: int) -> None:
    handle = runner.handle()
    told(handle, count, failing=(3, 20), unreachable=(7,))
    handle.progress.add(status(word or "RUNNING", 60))

    card = card_html(handle)
    tree = parsed(card)

    assert (word or "RUNNING") in text_of(tree)
    assert ID in [text_of(code) for code in tree.iter("code")]
    assert len(list(rows_of(tree))) == min(count, 12)
    assert len(card) < 20_000


@pytest.mark.parametrize("name", NASTY)
def test_what_strangers_wrote_is_text_alone(runner: StubRunner, name: str) -> None:
    handle = runner.handle(job_name=name)
    handle.progress.add(status("INITIALIZING"))
    handle.progress.add(event("playbook_on_task_start", task=name))
    handle.progress.add(result("failed", name, task=name, msg=name))
    handle.progress.add(event("playbook_result", reason=name))
    for word in ("RUNNING", "STOPPED"):
        handle.progress.add(status(word, 2))

        tree = parsed(card_html(handle))

        assert len(list(rows_of(tree))) == 1


def test_a_name_of_markup_is_shown_as_it_is(runner: StubRunner) -> None:
    handle = runner.handle(job_name="deploy <b>")
    handle.progress.add(result("failed", "<script>alert(1)</script>", task="a & b", msg='say "no"'))

    text = text_of(parsed(card_html(handle)))

    assert "deploy <b>" in text
    assert "<script>alert(1)</script> failed in task 'a & b'" in text
    assert 'say "no"' in text


def test_every_documented_status_has_its_look_and_a_word_beside_it(runner: StubRunner) -> None:
    assert set(STATUS_LOOKS) == set(Status)
    for word in Status:
        handle = runner.handle()
        handle.progress.add(status(word))
        line = parsed(card_html(handle)).find(".//*[@role='status']")
        assert line is not None
        assert line.get("aria-live") == "polite"
        assert text_of(line) == f"{STATUS_LOOKS[word][0]} {word}deploy-web"


def test_the_elapsed_time_stands_outside_of_the_live_region(runner: StubRunner) -> None:
    handle = runner.handle()
    told(handle, 1)

    tree = parsed(card_html(handle, now=STARTED / 1000 + 72))

    line = tree.find(".//*[@role='status']")
    assert line is not None
    assert "1:12" not in text_of(line)
    assert "1:12" in text_of(tree)
    assert "task 1: Install nginx" in text_of(tree)


def test_drawing_asks_the_service_nothing(runner: StubRunner) -> None:
    handle = runner.handle()
    told(handle, 3)

    card_html(handle)

    assert runner.requests == []


def test_hosts_that_failed_come_first_and_the_rest_is_counted(runner: StubRunner) -> None:
    handle = runner.handle()
    told(handle, 25, failing=(20, 24), unreachable=(17,))
    handle.progress.add(status("FAILURE", 9))

    tree = parsed(card_html(handle))

    rows = list(rows_of(tree))
    assert [row[:2] for row in rows[:4]] == [
        ["web20", "✗ failed"],
        ["web24", "✗ failed"],
        ["web17", "✗ unreachable"],
        ["web0", "✓ ok"],
    ]
    assert rows[0][2:] == ["0", "0", "1", "0"]
    assert rows[3][2:] == ["1", "0", "0", "0"]
    assert "… 13 more ok" in text_of(tree)
    assert "25 hosts: 2 failed, 1 unreachable, 22 ok · 1 task" in text_of(tree)


def test_hosts_beyond_the_rows_are_counted_by_outcome(runner: StubRunner) -> None:
    handle = runner.handle()
    told(handle, 14)
    for name in ("web12", "web13"):
        handle.progress.add(result("ok", name, changed=name == "web13"))
    handle.progress.add(status("SUCCESS", 9))

    assert "… 2 more: 1 ok, 1 changed" in text_of(parsed(card_html(handle)))


def test_the_same_failure_on_many_hosts_is_told_once(runner: StubRunner) -> None:
    handle = runner.handle()
    for number in range(40):
        handle.progress.add(result("failed", f"web{number}", msg="disk full"))
    handle.progress.add(result("unreachable", "db1", task="Ping", msg="no route"))

    text = text_of(parsed(card_html(handle)))

    assert "web0, web1, web2 and 37 more failed in task 'Install nginx'" in text
    assert text.count("disk full") == 1
    assert "db1 could not be reached in task 'Ping'" in text


def test_many_different_failures_are_counted_after_the_first_three(runner: StubRunner) -> None:
    handle = runner.handle()
    told(handle, 1000, failing=tuple(range(1000)))

    text = text_of(parsed(card_html(handle)))

    assert "no space on 2" in text
    assert "no space on 3" not in text
    assert "… 997 other failures" in text


def test_a_long_message_keeps_its_first_lines(runner: StubRunner) -> None:
    handle = runner.handle()
    handle.progress.add(result("failed", "web1", msg="\n".join(f"line {n}" for n in range(20))))

    text = text_of(parsed(card_html(handle)))

    assert "line 7\n… 12 more lines" in text
    assert "line 8" not in text


def test_why_it_never_ran_is_told(runner: StubRunner) -> None:
    handle = runner.handle()
    handle.progress.add(event("playbook_result", status="INIT_FAILURE", reason="The repository cannot be read."))
    handle.progress.add(status("INIT_FAILURE", 3))

    assert "The repository cannot be read." in text_of(parsed(card_html(handle)))


def test_an_init_failure_without_a_reason_says_so(runner: StubRunner) -> None:
    handle = runner.handle()
    handle.progress.add(status("INIT_FAILURE"))

    assert "The service gave no reason." in text_of(parsed(card_html(handle)))


def test_an_ended_card_folds_many_calm_hosts_and_opens_where_one_failed(runner: StubRunner) -> None:
    folds = []
    for execution_id, failing in (("calm", ()), ("failing", (1,))):
        handle = runner.handle(execution_id=execution_id)
        events = [status("INITIALIZING")]
        events += [result("failed" if n in failing else "ok", f"web{n}", msg="no") for n in range(25)]
        runner.tell(*events, status("FAILURE" if failing else "SUCCESS", 5), execution_id=execution_id)
        assert parsed(card_html(handle)).find(".//details") is None
        handle.wait(30)
        details = parsed(card_html(handle)).find(".//details")
        assert details is not None
        folds.append(details.get("open"))

    assert folds == [None, "open"]


def test_a_lost_connection_names_the_way_back(runner: StubRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctl_jupyter.client.follow.PATIENCE_AT_HOME", -1.0)
    handle = runner.handle()
    runner.is_down = True
    with pytest.raises(Exception, match="cannot be reached"):
        handle.wait(30)

    text = text_of(parsed(card_html(handle)))

    assert "not followed any longer: http://127.0.0.1:1 cannot be reached" in text
    assert f"%ctl_watch {ID} picks it up again" in text


def test_a_connection_that_is_lost_for_a_while_is_tried_again_and_comes_back(
    runner: StubRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctl_jupyter.client.follow.FIRST_RETRY", 0.01)
    handle = runner.handle()
    is_troubled = threading.Event()
    runner.is_down = True
    handle.follow(lambda: is_troubled.set() if handle.trouble else None)
    assert is_troubled.wait(30)

    while_down = text_of(parsed(card_html(handle)))
    runner.is_down = False
    runner.tell(status("RUNNING"), status("SUCCESS"))
    handle.wait(30)

    assert "connection lost, trying again: http://127.0.0.1:1 cannot be reached" in while_down
    assert "connection lost" not in text_of(parsed(card_html(handle)))


def test_a_service_that_hangs_is_told(runner: StubRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctl_jupyter.client.follow.SILENCE", 0.0)
    runner.may_answer.clear()
    handle = runner.handle()

    handle.follow()

    assert "connection lost, trying again: http://127.0.0.1:1 has given no answer for 0 s." in card_html(handle)


def test_why_ansible_did_not_begin_keeps_its_lines(runner: StubRunner) -> None:
    handle = runner.handle()
    handle.progress.add(event("playbook_result", status="INIT_FAILURE", reason="no such module\n\n4 - name: Greet"))
    handle.progress.add(status("INIT_FAILURE", 3))

    assert "no such module\n\n4 - name: Greet" in text_of(parsed(card_html(handle)))


@pytest.mark.parametrize("note", [Note("<b>The stop was sent.</b>"), Note("no <i>network</i>", is_well=False)])
def test_what_came_of_an_order_is_told(runner: StubRunner, note: Note) -> None:
    tree = parsed(card_html(runner.handle(), note=note, hint="a <hint>"))

    said = [text_of(line) for line in tree.iterfind(".//*[@role='status']")]
    assert said[1] == (note.text if note.is_well else f"✗ {note.text}")
    assert "a <hint>" in text_of(tree)
