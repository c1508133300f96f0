import numpy as np
import pytest

from ctl_jupyter.charts.bins import bins_of, quantiles_of, step_in_words

MINUTE, DAY = 60_000, 86_400_000


def test_bins_are_of_a_length_that_people_think_in() -> None:
    times = np.array([0, 30 * MINUTE, 59 * MINUTE])
    bins, begins, length = bins_of(times, 12)
    assert (length, step_in_words(length)) == (5 * MINUTE, "5 minutes")
    assert bins.tolist() == [0, 6, 11]
    assert begins.tolist() == [5 * MINUTE * n for n in range(12)]


def test_weeks_begin_on_monday() -> None:
    # Thursday 1970-01-01 to the Thursday eight weeks later.
    bins, begins, length = bins_of(np.array([0, 56 * DAY]), 10)
    assert (length, bins.tolist()) == (7 * DAY, [0, 8])
    assert begins[0] == -3 * DAY


@pytest.mark.parametrize(("last", "most"), [(0, 1), (1, 1), (400 * 365 * DAY, 1), (10**12, 7), (MINUTE, 90)])
def test_there_are_never_more_than_asked_for(last: int, most: int) -> None:
    bins, begins, length = bins_of(np.array([0, last]), most)
    assert 1 <= len(begins) <= most
    assert begins[0] <= 0
    assert begins[bins[1]] <= last < begins[bins[1]] + length


def test_a_single_one_is_from_the_first_to_the_last_also_over_midnight() -> None:
    bins, begins, length = bins_of(np.array([DAY - 7, DAY + 5]), 1)
    assert (bins.tolist(), begins.tolist(), length) == ([0, 0], [DAY - 7], 13)


def test_quantiles_are_numpys() -> None:
    random = np.random.default_rng(1)
    groups, values = random.integers(0, 5, 1_000), random.integers(0, 10**7, 1_000)
    groups[groups == 3] = 0
    shares = (0.0, 0.1, 0.5, 0.95, 1.0)
    sizes, found = quantiles_of(groups, values, 5, shares)
    assert sizes.tolist() == np.bincount(groups, minlength=5).tolist()
    for group in (0, 1, 2, 4):
        expected = np.quantile(values[groups == group], shares)
        assert [quantile[group] for quantile in found] == pytest.approx(expected.tolist())
    assert all(np.isnan(quantile[3]) for quantile in found)


def test_no_values_have_no_quantiles() -> None:
    nothing = np.array([], dtype="int64")
    sizes, (median,) = quantiles_of(nothing, nothing, 2, (0.5,))
    assert sizes.tolist() == [0, 0]
    assert np.isnan(median).all()
