"""SQL over the five frames: DuckDB, with each frame a table of its name.

Texts and names are ``VARCHAR``, times ``TIMESTAMPTZ`` in UTC, durations ``INTERVAL``,
and ``failed_hosts`` is ``VARCHAR[]``. DuckDB adds up numbers, not intervals: ``sum(epoch(duration))`` are seconds.
"""

import re
from typing import TYPE_CHECKING, Any

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.export import frame_of
from ctl_jupyter.history.schema import FRAMES, arrow_schema

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

__all__ = ["connect", "query"]

#: Files and networks are out of reach, and so are Python's variables: a frame's name means that frame alone.
CLOSED: "dict[str, str | bool | int | float | list[str]]" = {
    "enable_external_access": False,
    "python_enable_replacements": False,
}
WHOLE_NUMBERS = re.compile(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)")
#: From here on, floating point does not hold every whole number.
LARGEST = 2**53
LONGEST_SENTENCE = 400


def query(frames: Any, sql: str) -> "pd.DataFrame":
    """Return what a query gives; only the frames that it names are asked for.

    Parameters
    ----------
    frames
        A `History`, or anything with its frames as attributes.
    sql
        One statement in DuckDB's SQL, on the tables ``executions``, ``runs``, ``events``, ``tasks`` and ``hosts``. It
        reaches no file and no network.

    Returns
    -------
    pandas.DataFrame
        Texts are ``str``, whole numbers ``Int64``, times UTC, also without a row.

    Raises
    ------
    DocumentError
        When DuckDB cannot run it; a name that is not there is said before anything is pulled.

    Examples
    --------
    >>> query(history, "select job, count(*) as n from executions where status = 'FAILURE' group by job")
    """
    import duckdb

    if not sql.strip():
        raise DocumentError("The SQL is empty; try: select * from executions limit 5")
    with duckdb.connect(config=CLOSED) as connection:
        connection.execute("set TimeZone = 'UTC'; set lock_configuration = true")
        try:
            for name in _named(sql):
                connection.register(name, _table(frames, name))
            result = connection.execute(sql)
            types = [str(column[1]) for column in result.description or ()]
            return _typed(result.df(), types)
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            raise DocumentError(_sentence(error)) from None


def connect(frames: Any, *names: str) -> "duckdb.DuckDBPyConnection":
    """Return a DuckDB connection of its own, in which the frames are views.

    Parameters
    ----------
    frames
        A `History`, or anything with its frames as attributes.
    *names
        Which of them; all five, and so all events, when there is none.

    Raises
    ------
    DocumentError
        When there is no frame of that name.
    """
    import duckdb

    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for name in names or FRAMES:
        connection.register(name, _table(frames, name))
    return connection


def _named(sql: str) -> list[str]:
    """Return the frames that a query names; it has run on empty ones, so that mistakes are told before any is made."""
    import duckdb

    with duckdb.connect(config=CLOSED) as connection:
        # Tables, since DuckDB does not tell the names of views.
        for name in FRAMES:
            connection.register("columns", arrow_schema(name).empty_table())
            connection.execute(f"create table {name} as from columns")
        connection.unregister("columns")
        connection.execute(sql)
        try:
            found = {name.lower() for name in connection.get_table_names(sql)}
        except duckdb.Error:
            # It cannot tell them of every statement (USING, PIVOT): any word may be a name.
            found = set(re.findall(r"\w+", sql.lower()))
    return [name for name in FRAMES if name in found]


def _table(frames: Any, name: str) -> "pa.Table":
    """Return a frame as Arrow: DuckDB would sort categories of pandas by their codes.

    It cannot read a missing duration of Arrow's in any unit but its own, microseconds.
    """
    import pyarrow as pa

    frame = frame_of(frames, name)
    durations = frame.select_dtypes("timedelta").columns
    return pa.Table.from_pandas(frame.astype(dict.fromkeys(durations, "timedelta64[us]")), preserve_index=False)


def _typed(frame: "pd.DataFrame", types: list[str]) -> "pd.DataFrame":
    """Return a result whose dtypes follow from DuckDB's types, whatever is in it."""
    for place, kind in enumerate(types):
        values = frame.iloc[:, place]
        if WHOLE_NUMBERS.fullmatch(kind) and (values.dropna().abs() < LARGEST).all():
            frame.isetitem(place, values.astype("Int64").array)
        elif kind == "BOOLEAN":
            frame.isetitem(place, values.astype("boolean").array)
        elif kind == "VARCHAR" or kind.startswith("ENUM"):
            frame.isetitem(place, values.astype("str").array)
        elif kind == "VARCHAR[]":
            frame.isetitem(place, _lists(values))
    return frame


def _lists(values: "pd.Series[Any]") -> Any:
    import pandas as pd
    import pyarrow as pa

    texts = pa.large_list(pa.large_string())
    lists = [list(value) if hasattr(value, "__len__") else None for value in values]
    return pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(lists, type=texts)]))


def _sentence(error: Exception) -> str:
    """Return DuckDB's words without the picture of the place, which is for a terminal."""
    told = str(error).partition("\n\nLINE")[0].partition("\n\tCandidate functions")[0]
    return one_line(f"The SQL cannot be run: {told}", LONGEST_SENTENCE)
