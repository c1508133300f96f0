"""Runs measured in pairs, side by side, so that a machine that is busy now and then is busy for both."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

__all__ = ["Pairs", "measure_pairs", "table", "verdict"]


@dataclass(frozen=True)
class Pairs:
    """What was measured, in seconds, and what beside it; one of each for every pair."""

    measured: list[float]
    reference: list[float]

    @property
    def ratios(self) -> list[float]:
        """Measured by reference, of each pair."""
        return [measured / reference for measured, reference in zip(self.measured, self.reference, strict=True)]

    @property
    def differences(self) -> list[float]:
        """Measured less reference, of each pair, in seconds."""
        return [measured - reference for measured, reference in zip(self.measured, self.reference, strict=True)]


def measure_pairs(measure: Callable[[], float], reference: Callable[[], float], count: int) -> Pairs:
    """Measure both `count` times, the one first and the other first in turn, after one run of each that is not counted.

    Parameters
    ----------
    measure, reference
        Do something once and return how many seconds it cost.
    """
    measure()
    reference()
    pairs = Pairs([], [])
    steps = [(measure, pairs.measured), (reference, pairs.reference)]
    for _ in range(count):
        for run, results in steps:
            results.append(run())
        steps.reverse()
    return pairs


def table(rows: dict[str, list[float]], unit: str = "s") -> str:
    """Return median, least and most of each row, under headings."""
    width = max(map(len, rows))
    lines = [f"{'':{width}}  {'median':>9}  {'min':>9}  {'max':>9}"]
    for name, values in rows.items():
        numbers = (f"{value:7.3f} {unit}" for value in (median(values), min(values), max(values)))
        lines.append(f"{name:{width}}  " + "  ".join(numbers))
    return "\n".join(lines)


def verdict(value: float, limit: float, unit: str) -> str:
    """Return whether a limit is met, in words."""
    return f"{'within' if value <= limit else 'ABOVE'} the limit of {limit:g}{unit}"
