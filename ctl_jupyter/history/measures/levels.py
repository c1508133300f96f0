"""Where a series of numbers goes to another level and stays there: found in O(n log n), by numpy alone.

1. The numbers' ranks r become scores log(r / (n + 1 - r)): a wild value counts no more than the largest.
2. Candidates: where the means of windows to both sides differ, for windows of 10, 20, 40 … numbers (moving sums, MOSUM:
   B. Eichinger, C. Kirch, A MOSUM procedure for the estimation of multiple random change points, Bernoulli 24 (2018)).
3. Of these the best set: the one with the least sum of squares around the levels, plus a penalty of 3·log n for each
   change (after N. R. Zhang, D. O. Siegmund, A modified Bayes information criterion, Biometrics 63 (2007)).
4. Changes that are small, that chance explains, or that a straight line fits better than a step are taken out again.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from ctl_jupyter.history.measures.numbers import rank_sum_p

if TYPE_CHECKING:
    from ctl_jupyter.history.measures.numbers import Codes, Floats

#: Of the places from one to another, as an array: which are marked.
Marks: TypeAlias = Callable[[int, int], Any]

__all__ = ["NEAR", "SHORTEST", "SMALLEST", "Step", "find_steps"]

#: How many numbers a level has, and by what part of the smaller one two levels differ, at least; if nobody says.
SHORTEST, SMALLEST = 10, 0.1
#: Numbers count as equal to one part in so many: of logarithms, durations to half a thousandth.
FINE = 2_000
#: How many numbers on each side of a change are compared, at most.
NEAR = 200
#: The largest p of the rank-sum test that counts as a change.
CHANCE = 0.001
#: A candidate's window must show this part of what the penalty asks of a whole segment.
LIBERAL = 0.7
#: Values farther outside of two levels than so many standard deviations are cut before steps are fitted to them.
WILD = 4
#: So many blocks are needed to see how far noise hangs together.
BLOCKS = 12
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


def find_steps(values: "Floats", marks: Marks, shortest: int, smallest: float) -> list[Step]:
    """Return where a series changes its level, in order.

    Parameters
    ----------
    values
        In the order of time.
    marks
        Tells of the places from one to another, which is not among them, where something is known to have changed: of
        the places that fit about as well, a step is put at such a one.
    shortest
        How many numbers a level has at least.
    smallest
        By how much the medians on both sides differ at least.
    """
    if len(values) < 2 * shortest:
        return []
    series = _Series.of(values, shortest)
    if not series.noise:
        return []
    places = series.best(series.candidates())
    while places:
        places = _moved(values, places, marks, shortest)
        bounds = [0, *places, len(values)]
        steps, doubtful = [], []
        for begin, at, end in zip(bounds, places, bounds[2:], strict=False):
            near = (max(begin, at - NEAR), min(end, at + NEAR))
            step = _step(values[near[0] : at], values[at : near[1]], at)
            steps.append(step)
            gain, slopes = series.gain(begin, at, end), not _is_sudden(values[near[0] : near[1]], at - near[0])
            if gain < series.penalty or slopes or abs(step.height) < smallest or step.p > CHANCE:
                doubtful.append((gain, at))
        if not doubtful:
            return steps
        places.remove(min(doubtful)[1])
    return []


def _step(before: "Floats", after: "Floats", at: int) -> Step:
    import numpy as np

    height = float(np.median(after) - np.median(before))
    return Step(at, (len(before), len(after)), height, rank_sum_p(before, after))


def _moved(values: "Floats", places: Sequence[int], marks: Marks, shortest: int) -> list[int]:
    """Return each place moved to where a step fits best nearby, between its neighbours, or as well at a mark."""
    import numpy as np

    bounds = [0, *places, len(values)]
    for number in range(1, len(bounds) - 1):
        begin = max(bounds[number - 1], bounds[number] - NEAR)
        end = min(bounds[number + 1], bounds[number] + NEAR)
        cut = _without_wild(values[begin:end], bounds[number] - begin)
        sums = np.append(0, np.cumsum(cut))
        explained = _explained(sums, shortest)
        first = begin + shortest
        as_good = explained >= explained.max() - AS_GOOD * _noise(sums) ** 2
        marked = as_good & marks(first, first + len(explained))
        bounds[number] = first + int(np.where(marked if marked.any() else as_good, explained, -np.inf).argmax())
    return bounds[1:-1]


def _explained(sums: "Floats", shortest: int) -> "Floats":
    """Return what part of the sum of squares a step explains at each place that leaves both levels long enough.

    Parameters
    ----------
    sums
        Of the first n numbers; n from 0.
    """
    import numpy as np

    count = len(sums) - 1
    places = np.arange(shortest, count - shortest + 1)
    before = sums[shortest : count - shortest + 1]
    explained: Floats = before**2 / places + (sums[-1] - before) ** 2 / (count - places)
    return explained


def _without_wild(values: "Floats", at: int) -> "Floats":
    """Return the numbers around their mean, those cut that are far outside of both levels before and from a place on.

    Not their ranks: these hide a step on a slope.
    """
    import numpy as np

    before, after = np.median(values[:at]), np.median(values[at:])
    apart = np.abs(values - np.where(np.arange(len(values)) < at, before, after))
    usual = WILD * float(np.median(apart)) / 0.6745
    cut = np.clip(values, min(before, after) - usual, max(before, after) + usual) if usual else values
    found: Floats = cut - cut.mean()
    return found


def _is_sudden(values: "Floats", at: int) -> bool:
    """Return whether there is a step at a place and no mere slope: it fits better than a straight line, or beside one.

    Better: by more than the log of the count, since a step's place is fitted too; beside one: by the penalty. In
    squares of the noise.
    """
    import numpy as np

    count = len(values)
    cut = _without_wild(values, at)
    noise = _noise(np.append(0, np.cumsum(cut))) ** 2
    line = np.arange(count) - (count - 1) / 2
    step = (np.arange(count) >= at) - (count - at) / count
    beside = step - line * (step @ line) / (line @ line)
    better = (cut @ step) ** 2 / (step @ step) - (cut @ line) ** 2 / (line @ line)
    added = (cut @ beside) ** 2 / (beside @ beside)
    return bool(better > math.log(count) * noise or added > 3 * math.log(count) * noise)


@dataclass(frozen=True)
class _Series:
    """The scores of a series, added up so that the sum of any stretch is one subtraction.

    Parameters
    ----------
    sums
        Of the first n scores, each divided by `noise`; n from 0.
    noise
        The standard deviation of the scores around their level.
    """

    sums: "Floats"
    noise: float
    shortest: int

    @classmethod
    def of(cls, values: "Floats", shortest: int) -> Self:
        """Score a series."""
        import numpy as np

        # Ranks of numbers that are not that fine are counted, which is several times faster than a sort.
        places = np.rint((values - values.min()) * FINE).astype(np.int64)
        times = np.bincount(places)
        rank = np.cumsum(times) - (times - 1) / 2
        sums = np.zeros(len(values) + 1)
        np.cumsum(np.log(rank / (len(values) + 1 - rank)).take(places), out=sums[1:])
        noise = _noise(sums)
        return cls(sums / (noise or 1), noise, shortest)

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
        return float(parts - total**2 / (end - begin))

    def candidates(self) -> "list[int]":
        """Return the places where windows to both sides differ, and the best one for a single step."""
        import numpy as np

        explained = _explained(self.sums, self.shortest)
        found = {int(explained.argmax()) + self.shortest}
        window, least = self.shortest, LIBERAL * self.penalty**0.5
        while 2 * window <= len(self):
            # Steps that only wide windows show have no sharper place, and are moved to the best one nearby afterwards.
            stride = min(max(window // 20, 1), NEAR // 2)
            apart = self.sums[2 * window :: stride] + self.sums[: -2 * window : stride]
            apart -= 2 * self.sums[window:-window:stride]
            np.abs(apart, out=apart)
            over = np.flatnonzero(apart > least * (2 * window) ** 0.5)
            if len(over):
                gaps = np.flatnonzero(np.diff(over) > 1) + 1
                for stretch in np.split(over, gaps):
                    found.add(int(stretch[apart[stretch].argmax()]) * stride + window)
            window *= 2
        return sorted(found)

    def best(self, candidates: Sequence[int]) -> list[int]:
        """Return which of the candidates together leave the least sum of squares, with the penalty for each."""
        import numpy as np

        ends = np.array([0, *candidates, len(self)])
        least = np.full(len(ends), np.inf)
        least[0], origin = -self.penalty, np.zeros(len(ends), dtype=int)
        for last in range(1, len(ends)):
            # Levels that are long enough begin at one of the first ends.
            allowed = int(np.searchsorted(ends, ends[last] - self.shortest, side="right"))
            if allowed:
                whole = least[:allowed] - self._explained(ends[:allowed], ends[last])
                origin[last] = whole.argmin()
                least[last] = whole[origin[last]] + self.penalty
        places, last = [], origin[-1]
        while last:
            places.append(int(ends[last]))
            last = origin[last]
        return places[::-1]

    def _explained(self, begin: "int | Codes", end: "int | Codes") -> "Floats":
        """Return the part of the sum of squares that a level from begin to end explains, in squares of the noise."""
        explained: Floats = (self.sums[end] - self.sums[begin]) ** 2 / (end - begin)
        return explained


def _noise(sums: "Floats") -> float:
    """Return the standard deviation around the level, from differences of neighbours: steps are too few to count.

    Where noise hangs together over some numbers, means of blocks vary more than those of independent ones would; then
    it is theirs.

    Parameters
    ----------
    sums
        Of the first n numbers; n from 0.
    """
    import numpy as np

    # Of independent normal numbers the mean difference is 2/sqrt(pi) standard deviations, the median 0.954.
    noise: float = float(np.abs(np.diff(np.diff(sums))).mean()) * math.pi**0.5 / 2
    for size in (5, 10):
        of_blocks = np.diff(sums[::size])
        if len(of_blocks) >= BLOCKS:
            noise = max(noise, float(np.median(np.abs(np.diff(of_blocks)))) / 0.954 / size**0.5)
    return noise
