"""Pulls of a list that grows while it is read: whether each row that was there comes once, and what that takes."""

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

from ctl_jupyter.client.whole_lists import PAGE_SIZE, Decoded, PageHead, WholeList

__all__ = ["GrowingList", "Tally", "pull_while_it_grows"]

#: How many executions are started in a second.
RATES = (1, 20, 200)
ROWS = 10_000
#: How long the service takes for an answer at most, in seconds; half of it on average.
LONGEST_ANSWER = 0.02
WORKERS = 16


class Answer(NamedTuple):
    """One page: how many rows the list had then, and the rows, by their positions."""

    total: int
    rows: list[int]


class GrowingList:
    """A list whose rows are their own positions; it grows by `rate` rows a second, and takes its time to answer."""

    def __init__(self, rows: int, rate: float, chance: random.Random) -> None:
        self.begun_with, self._rate, self._chance = rows, rate, chance
        # The first start comes at any moment of the first interval.
        self._begun = time.monotonic() - chance.random() / rate
        self._lock = threading.Lock()

    def fetch(self, page: int, size: int) -> Answer:
        """Answer a page as of some moment between the question and the answer."""
        with self._lock:
            before, after = (self._chance.uniform(0, LONGEST_ANSWER / 2) for _ in range(2))
        time.sleep(before)
        total = self.begun_with + int((time.monotonic() - self._begun) * self._rate)
        time.sleep(after)
        newest = total - 1 - page * size
        return Answer(total, list(range(newest, max(newest - size, -1), -1)))


def decode(answers: Sequence[Answer]) -> Decoded[list[int]]:
    """Return the rows of some pages one after the other."""
    heads = [PageHead(answer.total, PAGE_SIZE, len(answer.rows)) for answer in answers]
    return Decoded(heads, [row for answer in answers for row in answer.rows])


@dataclass
class Outcome:
    """What came of the pulls at one rate."""

    rate: int
    pulls: int = 0
    missing: int = 0
    twice: int = 0
    misplaced: int = 0
    requests: int = 0
    by_number_incomplete: int = 0


@dataclass
class Tally:
    """What came of all."""

    rows: int
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether each row came once, and with its own position."""
        return not any(outcome.missing + outcome.twice + outcome.misplaced for outcome in self.outcomes)

    def __str__(self) -> str:
        pages = -(-self.rows // PAGE_SIZE)
        return "\n".join(
            f"{outcome.rate:3} starts a second, {outcome.pulls} pulls of {self.rows:,} rows: "
            f"{outcome.missing} missing, {outcome.twice} twice, {outcome.misplaced} misplaced, "
            f"{100 * (outcome.requests / (pages * outcome.pulls) - 1):.0f} % more requests; "
            f"by page number {outcome.by_number_incomplete} pulls missed rows"
            for outcome in self.outcomes
        )


def pull_while_it_grows(pulls: int, seed: int, rows: int = ROWS) -> Tally:
    """Pull a list so many times at each rate, and as often by page number."""
    chance = random.Random(seed)
    tally = Tally(rows)
    for rate in RATES:
        outcome = Outcome(rate)
        for _ in range(pulls):
            _pull(GrowingList(rows, rate, chance), outcome)
            outcome.by_number_incomplete += _is_incomplete_by_number(GrowingList(rows, rate, chance))
            outcome.pulls += 1
        tally.outcomes.append(outcome)
    return tally


def _pull(growing: GrowingList, outcome: Outcome) -> None:
    pull: WholeList[Answer, list[int]] = WholeList(growing.fetch, decode)
    total = pull.ask_newest()
    came: list[int] = []
    for block in pull.pull([range(total)]):
        for start, stop, position in block.spans:
            rows = block.rows[start:stop]
            outcome.misplaced += rows != list(range(position, position - len(rows), -1))
            came += rows
    outcome.twice += len(came) - len(set(came))
    outcome.missing += len(set(range(total)) - set(came))
    outcome.requests += pull.requests


def _is_incomplete_by_number(growing: GrowingList) -> bool:
    """Pull as one would without positions: as many pages as there are at first, side by side; return what that lost."""
    first = growing.fetch(0, PAGE_SIZE)
    with ThreadPoolExecutor(WORKERS) as workers:
        pages = workers.map(lambda page: growing.fetch(page, PAGE_SIZE), range(1, -(-first.total // PAGE_SIZE)))
        came = {*first.rows, *(row for page in pages for row in page.rows)}
    return not came.issuperset(range(first.total))
