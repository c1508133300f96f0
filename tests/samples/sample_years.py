"""Samples that several tests look at, each made once."""

from functools import cache

from ctl_jupyter import samples


@cache
def small_year(seed: int = 7) -> samples.Sample:
    return samples.a_year(seed=seed, executions=2_000)


@cache
def whole_year(seed: int) -> samples.Sample:
    """Return a year with enough executions of each job for something to be found in it."""
    return samples.a_year(seed=seed, executions=10_000)
