"""What measures return is in milliseconds, whatever the unit of the frame that they are given."""

import pandas as pd
import pytest

from tests.history.measures.every_measure import given_to, measure, names


def with_unit(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return a frame with its times and durations in another unit."""
    kinds = {"m": f"timedelta64[{unit}]", "M": f"datetime64[{unit}, UTC]"}
    return frame.astype({name: kinds[dtype.kind] for name, dtype in frame.dtypes.items() if dtype.kind in kinds})


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("name", names("time_left"))
def test_answers_are_in_milliseconds(name: str, unit: str) -> None:
    given = given_to(name)
    answer = measure(name)(with_unit(given, unit))
    units = {str(dtype) for dtype in answer.dtypes if dtype.kind in "mM"}
    assert units <= {"timedelta64[ms]", "datetime64[ms, UTC]"}
    pd.testing.assert_frame_equal(answer, measure(name)(given))
