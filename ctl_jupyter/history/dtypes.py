"""Arrow tables as DataFrames and back, with the dtypes of `ctl_jupyter.history.schema`; copies as little as it can."""

from typing import TYPE_CHECKING, Any

from ctl_jupyter.history.schema import FRAMES, Column, arrow_schema

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa

__all__ = ["coded", "to_arrow", "to_pandas"]


def to_pandas(table: "pa.Table", frame: str) -> "pd.DataFrame":
    """Return a table as the DataFrame of that name.

    Parameters
    ----------
    table
        With the frame's columns and Arrow types, in any order; other columns are left out.
    frame
        A name of `ctl_jupyter.history.schema.FRAMES`.
    """
    import pandas as pd

    from ctl_jupyter.history.accessor import register

    register()
    columns = {column.name: _series(table.column(column.name), column) for column in FRAMES[frame]}
    return pd.DataFrame(columns, copy=False)


def to_arrow(frame: "pd.DataFrame", name: str) -> "pa.Table":
    """Return a DataFrame as an Arrow table with the columns and types of that frame, without pandas' own metadata."""
    import pyarrow as pa

    schema = arrow_schema(name)
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False).replace_schema_metadata()


def coded(values: "pa.ChunkedArray") -> "tuple[npt.NDArray[np.int32], pa.Array]":
    """Return the codes of a column of categories, -1 where there is none, and the dictionary that they point into."""
    import pyarrow as pa

    if not values.num_chunks:
        # Before version 25 Arrow combines none to nothing.
        values = pa.chunked_array(
            [pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), pa.array([], values.type.value_type))]
        )
    array = values.unify_dictionaries().combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    return array.indices.fill_null(-1).to_numpy(zero_copy_only=False), array.dictionary


def _series(values: "pa.ChunkedArray", column: Column) -> "pd.Series[Any]":
    import pandas as pd
    import pyarrow as pa

    dtype = column.kind.dtype
    if dtype == "category":
        return _categories(values, column.kind.known)
    if dtype == "str":
        return pd.Series(pd.array(values, dtype="str"), copy=False)
    if dtype == "list of str":
        return pd.Series(pd.arrays.ArrowExtensionArray(values), copy=False)
    if dtype in ("Int64", "boolean"):
        nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
        return pd.Series(values.to_pandas(types_mapper=nullable.get), copy=False)
    return pd.Series(values.to_pandas(), copy=False)


def _categories(values: "pa.ChunkedArray", known: tuple[str, ...]) -> "pd.Series[Any]":
    import numpy as np
    import pandas as pd

    codes, dictionary = coded(values)
    found = pd.Index(pd.array(dictionary, dtype="str"))
    if known:
        others = [value for value in found if value not in known]
        categories = pd.Index([*known, *others], dtype="str")
        codes = np.append(categories.get_indexer(found), -1)[codes]
    else:
        categories = found
    return pd.Series(pd.Categorical.from_codes(codes, categories=categories, validate=False), copy=False)
