"""A list is pulled whole: each row once, while it grows and while the service has a bad day."""

import os
import random
import signal
import threading
from collections.abc import Callable, Sequence
from itertools import count
from typing import NamedTuple

import pytest

from ctl_jupyter.client import (
    AnswerNotUnderstood,
    NotAllowed,
    RunnerError,
    ServiceBusy,
    ServiceFailed,
    Unreachable,
    whole_lists,
)
from ctl_jupyter.client.whole_lists import Decoded, PageHead, WholeList
from ctl_jupyter.documents import DocumentError
from tests.bench.consistency import pull_while_it_grows


class Answer(NamedTuple):
    """A page: how many rows there were, how many a page has, and the positions of those it holds."""

    total: int
    size: int
    rows: list[int]


#: A page, or why it is none.
Body = Answer | str
Fetch = Callable[[int, int], Body]
Pull = WholeList[Body, list[int]]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_lists, "FIRST_PAUSE", 0.001)


def page_of(total: int, page: int, size: int) -> Answer:
    newest = total - 1 - page * size
    return Answer(total, size, list(range(newest, max(newest - size, -1), -1)))


def decode(bodies: Sequence[Body]) -> Decoded[list[int]]:
    heads: list[PageHead | DocumentError] = []
    rows: list[int] = []
    for body in bodies:
        if isinstance(body, str):
            heads.append(DocumentError(body))
        else:
            heads.append(PageHead(body.total, body.size, len(body.rows)))
            rows += body.rows
    return Decoded(heads, rows)


def list_of(total: int, spoil: Callable[[int, Answer], Body] = lambda page, answer: answer) -> Fetch:
    return lambda page, size: spoil(page, page_of(total, page, size))


def came(pull: Pull, *wanted: range) -> list[int]:
    """Pull, and return the rows that came, each of which must be at its own position."""
    rows: list[int] = []
    take(pull, rows, *wanted)
    return rows


def take(pull: Pull, rows: list[int], *wanted: range) -> None:
    for block in pull.pull(wanted or [range(10**9)]):
        for start, stop, position in block.spans:
            assert block.rows[start:stop] == list(range(position, position - (stop - start), -1))
            rows += block.rows[start:stop]


@pytest.mark.parametrize("total", [0, 1, 99, 100, 101, 2_345])
def test_each_row_comes_once(total: int) -> None:
    pull = Pull(list_of(total), decode)
    assert sorted(came(pull)) == list(range(total))
    assert (pull.total, pull.got, pull.missing) == (total, total, [])
    assert pull.requests == max(-(-total // 100), 1)


@pytest.mark.parametrize("growth", [1, 7, 99, 100, 350])
def test_each_row_comes_once_while_each_answer_finds_more_rows(growth: int) -> None:
    totals = count(3_000, growth)
    lock = threading.Lock()

    def fetch(page: int, size: int) -> Body:
        with lock:
            return page_of(next(totals), page, size)

    pull = Pull(fetch, decode)
    # What has come into the list meanwhile is not asked for.
    assert sorted(came(pull)) == list(range(3_000))


def test_pulls_while_executions_are_started() -> None:
    tally = pull_while_it_grows(pulls=2, seed=random.randrange(10**6), rows=3_000)
    assert tally.is_clean, tally
    assert [outcome.pulls for outcome in tally.outcomes] == [2, 2, 2]


def test_only_the_pages_are_asked_for_that_hold_what_is_wanted() -> None:
    asked: list[int] = []

    def fetch(page: int, size: int) -> Body:
        asked.append(page)
        return page_of(10_000, page, size)

    pull = Pull(fetch, decode)
    assert sorted(came(pull, range(9_950, 20_000), range(120, 130), range(-5, 3))) == [
        *range(3),
        *range(120, 130),
        *range(9_950, 10_000),
    ]
    assert sorted(asked) == [0, 98, 99]


def test_a_service_whose_pages_are_smaller_than_asked_for() -> None:
    def fetch(page: int, size: int) -> Body:
        return page_of(1_234, page, min(size, 30))

    pull = Pull(fetch, decode)
    assert sorted(came(pull)) == list(range(1_234))
    assert pull.requests == 42


SPOILT: dict[str, Callable[[int, Answer], Body]] = {
    "no page": lambda page, answer: "It is not JSON.",
    "rows that lack": lambda page, answer: answer._replace(rows=answer.rows[3:]),
    "rows too many": lambda page, answer: answer._replace(rows=[*answer.rows, 0]),
    "a shorter list": lambda page, answer: page_of(answer.total - 1, page, 100),
    "a list without end": lambda page, answer: answer._replace(total=10**15),
}


# Of the first page nobody knows better yet than what it says of the length.
@pytest.mark.parametrize(
    ("what", "spoilt"), [(what, page) for what in SPOILT for page in (0, 5) if page or what != "a shorter list"]
)
def test_a_page_that_is_none_is_asked_for_again(what: str, spoilt: int) -> None:
    left = [3]

    def sometimes(page: int, answer: Answer) -> Body:
        if page != spoilt or not left[0]:
            return answer
        left[0] -= 1
        return SPOILT[what](page, answer)

    assert sorted(came(Pull(list_of(1_000, sometimes), decode))) == list(range(1_000))
    assert left == [0]


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=list(SPOILT))
def test_what_cannot_be_got_is_said_after_all_that_could(spoil: Callable[[int, Answer], Body]) -> None:
    pull = Pull(
        list_of(1_000, lambda page, answer: spoil(page, answer) if page == 5 else answer), decode, what="executions"
    )
    rows: list[int] = []
    with pytest.raises(AnswerNotUnderstood) as caught:
        take(pull, rows)
    assert sorted(rows) == [*range(400), *range(500, 1_000)]
    assert pull.missing == [range(400, 500)]
    assert "900 of 1,000 executions were got; not got: positions 400 to 499 of 1,000" in str(caught.value)


def test_a_list_that_has_become_shorter_is_said() -> None:
    totals = iter([1_000, *[900] * 10_000])
    pull = Pull(lambda page, size: page_of(next(totals), page, size), decode)
    with pytest.raises(AnswerNotUnderstood, match=r"900 instead of 1,000.* 100 of 1,000 rows were got"):
        came(pull)


def test_a_list_that_is_never_a_page() -> None:
    with pytest.raises(AnswerNotUnderstood, match="It is not JSON"):
        Pull(list_of(1_000, SPOILT["no page"]), decode).ask_newest()


@pytest.mark.parametrize("kind", [Unreachable, NotAllowed, ServiceBusy])
def test_a_service_that_is_gone_ends_the_pull(kind: type[RunnerError]) -> None:
    def fetch(page: int, size: int) -> Body:
        if page > 30:
            raise kind("No.", method="GET", path="/jobs", status_code=499)
        return page_of(10_000, page, size)

    rows: list[int] = []
    pull = Pull(fetch, decode)
    with pytest.raises(kind, match=r"No\. [\d,]+ of 10,000 rows were got; not got: positions ") as caught:
        take(pull, rows)
    assert (caught.value.path, caught.value.status_code) == ("/jobs", 499)
    assert len(set(rows)) == len(rows) == pull.got == 10_000 - sum(map(len, pull.missing))


def test_a_service_that_breaks_over_one_page_gives_the_others() -> None:
    def fetch(page: int, size: int) -> Body:
        if page == 7:
            raise ServiceFailed("It broke.", status_code=500)
        return page_of(1_000, page, size)

    pull = Pull(fetch, decode)
    with pytest.raises(ServiceFailed, match=r"It broke\. 900 of 1,000 rows were got; not got: positions 200 to 299"):
        came(pull)


def test_nonsense_on_every_page_is_given_up() -> None:
    asked = count(1)

    def fetch(page: int, size: int) -> Body:
        next(asked)
        return page_of(100_000, page, size) if page == 0 else "It is not JSON."

    with pytest.raises(AnswerNotUnderstood, match=r"100 of 100,000 rows were got; not got: positions 0 to 99,899"):
        came(Pull(fetch, decode))
    assert next(asked) < 200


def test_an_error_of_decoding_is_not_hidden() -> None:
    def broken(bodies: Sequence[Body]) -> Decoded[list[int]]:
        if len(bodies) > 1:
            raise ZeroDivisionError
        return decode(bodies)

    with pytest.raises(ZeroDivisionError):
        came(Pull(list_of(5_000), broken))


def test_stopping_ends_the_pull_and_says_what_is_missing() -> None:
    stop = threading.Event()
    pull = Pull(list_of(100_000), decode, stop=stop)
    rows: list[int] = []
    for block in pull.pull([range(100_000)]):
        rows += [row for start, end, _ in block.spans for row in block.rows[start:end]]
        stop.set()
    assert len(set(rows)) == len(rows) == pull.got < 100_000
    assert set(range(100_000)) - set(rows) == {row for missing in pull.missing for row in missing}


def test_an_interrupt_arrives_while_the_service_hangs() -> None:
    released = threading.Event()
    hanging = threading.Semaphore(0)

    def fetch(page: int, size: int) -> Body:
        if page:
            hanging.release()
            released.wait()
        return page_of(1_000, page, size)

    def interrupt() -> None:
        hanging.acquire()
        os.kill(os.getpid(), signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    rows: list[int] = []
    try:
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the thread begins with the pull
            interrupter.start()
            take(Pull(fetch, decode), rows)
    finally:
        released.set()
        interrupter.join()
    assert rows == list(range(999, 899, -1))


def test_what_is_older_can_be_left_out_on_the_way() -> None:
    pull = Pull(list_of(100_000), decode)
    rows: set[int] = set()
    for block in pull.pull([range(100_000)]):
        rows |= {row for start, end, _ in block.spans for row in block.rows[start:end]}
        pull.skip_below(99_000)
    assert rows >= set(range(99_000, 100_000))
    assert pull.requests < 500
    assert pull.missing == []
