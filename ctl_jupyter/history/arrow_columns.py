"""Columns of Arrow tables as NumPy's numbers and back: times are epoch milliseconds, categories are codes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ctl_jupyter.history.dtypes import coded

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa

    Numbers = npt.NDArray[np.int64]

__all__ = [
    "NOT_A_TIME",
    "among",
    "as_column",
    "as_durations",
    "as_numbers",
    "as_times",
    "difference",
    "is_one_of",
    "whole",
    "with_jobs",
]

#: NumPy's own form of "not a time".
NOT_A_TIME = -(2**63)


def with_jobs(table: "pa.Table", job_names: Mapping[str, str] | None) -> "pa.Table":
    """Return a table with the column ``job`` made of its ``job_id``."""
    import pyarrow as pa

    names = job_names or {}
    codes, dictionary = coded(table.column("job_id"))
    # Two jobs may have one name, which then is one category.
    named = pa.array(
        [names.get(job_id) or job_id for job_id in dictionary.to_pylist()], pa.large_string()
    ).dictionary_encode()
    indices = named.indices.take(pa.array(codes, mask=codes < 0))
    return table.append_column("job", pa.DictionaryArray.from_arrays(indices, named.dictionary))


def is_one_of(values: "pa.ChunkedArray", words: Iterable[str]) -> "npt.NDArray[np.bool_]":
    """Return for each row of a column of categories whether it is one of these."""
    codes, dictionary = coded(values)
    return among(dictionary.to_pylist(), words)[codes]


def among(found: Iterable[str], words: Iterable[str]) -> "npt.NDArray[np.bool_]":
    """Return for each code whether it is one of these words; -1, which is the last, is not."""
    import numpy as np

    wanted = frozenset(map(str, words))
    return np.array([*(word in wanted for word in found), False])


def difference(start: "Numbers", end: "Numbers") -> "Numbers":
    """Return the milliseconds from one time to another, `NOT_A_TIME` where one is missing."""
    import numpy as np

    return np.where((start != NOT_A_TIME) & (end != NOT_A_TIME), end - start, NOT_A_TIME)


def as_numbers(times: "pa.ChunkedArray | pa.Array") -> "Numbers":
    """Return a column of times as epoch milliseconds, `NOT_A_TIME` for none."""
    import pyarrow as pa

    values: Numbers = times.cast(pa.int64()).fill_null(NOT_A_TIME).to_numpy()
    return values


def as_times(values: "Numbers") -> "pa.Array":
    """Return epoch milliseconds as a column of times, UTC."""
    import pyarrow as pa

    return pa.array(values.view("datetime64[ms]")).cast(pa.timestamp("ms", tz="UTC"))


def as_durations(values: "Numbers") -> "pa.Array":
    """Return milliseconds as a column of durations."""
    import pyarrow as pa

    return pa.array(values.view("timedelta64[ms]").astype("timedelta64[us]"))


def as_column(values: Sequence[Any], kind: "pa.DataType") -> "pa.Array":
    """Return values as a column of that type; before version 25 Arrow makes no categories of large texts by itself."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode()
    return pa.array(values, kind)


def whole(values: "pd.Series[Any]", kind: "pa.DataType") -> "pa.Array":
    """Return a DataFrame's column as one array of that type: what was pulled at several times is in several pieces."""
    import pyarrow as pa

    array = pa.array(values, type=kind)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
