"""Where a series of numbers goes to another level and stays there: found in O(n log n), by numpy alone.

1. The numbers' ranks r become scores log(r / (n + 1 - r)): a wild value counts no more than the largest.
2. Candidates: where the means of windows to both sides differ, for windows of 10, 20, 40 … numbers (moving sums, MOSUM:
   B. Eichinger, C. Kirch, A MOSUM procedure for the estimation of multiple random change points, Bernoulli 24 (2018)).
3. Of these the best set: the one with the least sum of squares around the levels, plus a penalty of 3·log n for each
   change (after N. R. Zhang, D. O. Siegmund, A modified Bayes information criterion, Biometrics 63 (2007)).
4. Changes that are small, that chance explains, or that a straight line fits better than a step are taken out again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from ctl_jupyter.history.measures.numbers import rank_sum_p, ranks

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ctl_jupyter.history.measures.numbers import Codes, Floats

__all__ = ["NEAR", "Step", "find_steps"]

#: How many numbers on each side of a change are compared, at most.
NEAR = 200
#: The largest p of the rank-sum test that counts as a change.
CHANCE = 0.001
#: A candidate's window must show this part of what the penalty asks of a whole segment.
LIBERAL = 0.6
#: So many blocks of ten are needed to see how far noise hangs together.
BLOCKS, BLOCK = 16, 10
#: Places whose sum of squares is within this of the best (2 of log-likelihood) fit as well: 95 % of a normal one's.
AS_GOOD = 4.0


@dataclass(frozen=True)
class Step:
    """A change of the level.

    Parameters
    ----------
    at
        The place of the first number at the new level.
    near
        How many numbers before it, and from it on, were compared.
    height
        The median of these after it, less that before it.
    p
        Of the rank-sum test of these; they were chosen for being unlike, so it says too little rather than too much.
    """

    at: int
    near: tuple[int, int]
    height: float
    p: float

    def later_by(self, places: int) -> Self:
        """Return the step in a longer series, in which this one begins later by so many places."""
        return replace(self, at=self.at + places)


def find_steps(values: "Floats", marks: "npt.NDArray[np.bool_]", shortest: int, smallest: float) -> list[Step]:
    """Return where a series changes its level, in order.

    Parameters
    ----------
    values
        In the order of time.
    marks
        Where something is known to have changed: of the places that fit about as well, a step is put at a marked one.
    shortest
        How many numbers a level has at least.
    smallest
        By how much the medians on both sides differ at least.
    """
    series = _Series.of(values, shortest)
    if len(values) < 2 * shortest or not series.noise:
        return []
    places = series.best(series.candidates())
    while places:
        places = series.moved(places, marks)
        bounds = [0, *places, len(values)]
        steps, doubtful = [], []
        for begin, at, end in zip(bounds, places, bounds[2:], strict=False):
            near = (max(begin, at - NEAR), min(end, at + NEAR))
            step = _step(values[near[0] : at], values[at : near[1]], at)
            steps.append(step)
            gain = series.gain(begin, at, end)
            if abs(step.height) < smallest or step.p > CHANCE or gain < max(series.penalty, series.line(begin, end)):
                doubtful.append((gain, at))
        if not doubtful:
            return steps
        places.remove(min(doubtful)[1])
    return []


def _step(before: "Floats", after: "Floats", at: int) -> Step:
    import numpy as np

    height = float(np.median(after) - np.median(before))
    return Step(at, (len(before), len(after)), height, rank_sum_p(before, after))


@dataclass(frozen=True)
class _Series:
    """The scores of a series, added up so that the sum of any stretch is one subtraction.

    Parameters
    ----------
    sums, moments
        Of the first n scores: their sum, and that of score times place; n from 0.
    noise
        The standard deviation of the scores around their level.
    """

    sums: "Floats"
    moments: "Floats"
    noise: float
    shortest: int

    @classmethod
    def of(cls, values: "Floats", shortest: int) -> Self:
        """Score a series."""
        import numpy as np

        rank, _ = ranks(values)
        scores = np.log(rank / (len(values) + 1 - rank))
        moments = np.cumsum(scores * np.arange(len(values)))
        return cls(np.append(0, np.cumsum(scores)), np.append(0, moments), _noise(scores), shortest)

    def __len__(self) -> int:
        return len(self.sums) - 1

    @property
    def penalty(self) -> float:
        """What a change costs, in squares of the noise."""
        return 3 * math.log(len(self))

    def gain(self, begin: int, at: int, end: int) -> float:
        """Return how much less the sum of squares is with a step there, in squares of the noise."""
        total = self.sums[end] - self.sums[begin]
        parts = self._explained(begin, at) + self._explained(at, end)
        return float(parts - total**2 / (end - begin) / self.noise**2)

    def line(self, begin: int, end: int) -> float:
        """Return how much less the sum of squares is around a straight line, in squares of the noise."""
        count = end - begin
        total = self.sums[end] - self.sums[begin]
        product = self.moments[end] - self.moments[begin] - total * (begin + (count - 1) / 2)
        return float(product**2 / (count * (count**2 - 1) / 12) / self.noise**2)

    def candidates(self) -> "list[int]":
        """Return the places where windows to both sides differ, and the best one for a single step."""
        import numpy as np

        found = {self._best_place(0, len(self))[0]}
        window = self.shortest
        least = LIBERAL * self.penalty**0.5
        while 2 * window <= len(self):
            apart = self.sums[2 * window :] - 2 * self.sums[window:-window] + self.sums[: -2 * window]
            np.abs(apart, out=apart)
            over = np.flatnonzero(apart > least * self.noise * (2 * window) ** 0.5)
            stretches = np.split(over, np.flatnonzero(np.diff(over) > 1) + 1) if len(over) else []
            found.update(int(stretch[apart[stretch].argmax()]) + window for stretch in stretches)
            window *= 2
        return sorted(found)

    def best(self, candidates: Sequence[int]) -> list[int]:
        """Return which of the candidates together leave the least sum of squares, with the penalty for each."""
        import numpy as np

        ends = np.array([0, *candidates, len(self)])
        least = np.full(len(ends), np.inf)
        least[0], origin = -self.penalty, np.zeros(len(ends), dtype=int)
        for last in range(1, len(ends)):
            firsts = np.flatnonzero(ends[:last] <= ends[last] - self.shortest)
            if len(firsts):
                whole = least[firsts] - self._explained(ends[firsts], ends[last]) + self.penalty
                origin[last] = firsts[whole.argmin()]
                least[last] = whole.min()
        places, last = [], origin[-1]
        while last:
            places.append(int(ends[last]))
            last = origin[last]
        return places[::-1]

    def moved(self, places: Sequence[int], marks: "npt.NDArray[np.bool_]") -> list[int]:
        """Return each place moved to where the step fits best between its neighbours, or as well at a mark."""
        import numpy as np

        bounds = [0, *places, len(self)]
        for number in range(1, len(bounds) - 1):
            begin, end = bounds[number - 1], bounds[number + 1]
            best, explained = self._best_place(begin, end)
            first = begin + self.shortest
            as_good = marks[first : first + len(explained)] & (explained >= explained.max() - AS_GOOD)
            if as_good.any():
                best = first + int(np.where(as_good, explained, -np.inf).argmax())
            bounds[number] = best
        return bounds[1:-1]

    def _best_place(self, begin: int, end: int) -> "tuple[int, Floats]":
        """Return the place where one step explains most, and what it explains at each allowed place."""
        import numpy as np

        places = np.arange(begin + self.shortest, end - self.shortest + 1)
        explained = self._explained(begin, places) + self._explained(places, end)
        return int(places[explained.argmax()]), explained

    def _explained(self, begin: "int | Codes", end: "int | Codes") -> "Floats":
        """Return the part of the sum of squares that a level from begin to end explains, in squares of the noise."""
        explained: Floats = (self.sums[end] - self.sums[begin]) ** 2 / (end - begin) / self.noise**2
        return explained


def _noise(scores: "Floats") -> float:
    """Return the standard deviation around the level, from differences of neighbours: steps are too few to count.

    Where noise hangs together over some executions, means of blocks vary more than those of independent numbers would;
    then it is theirs.
    """
    import numpy as np

    if len(scores) < 2:
        return 0.0
    # Of independent normal numbers the mean difference is 2/sqrt(pi) standard deviations, the median 0.954.
    noise = float(np.abs(np.diff(scores)).mean()) * math.pi**0.5 / 2
    blocks = len(scores) // BLOCK
    if blocks < BLOCKS:
        return noise
    means = scores[: blocks * BLOCK].reshape(blocks, BLOCK).mean(axis=1)
    return max(noise, float(np.median(np.abs(np.diff(means)))) / 0.954 * BLOCK**0.5)
