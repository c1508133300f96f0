"""Samples that several tests look at, each made once."""

from functools import cache

from ctl_jupyter import samples


@cache
def small_year(seed: int = 7) -> samples.Sample:
    return samples.a_year(seed=seed, executions=2_000)
