"""Rows of Arrow tables: those that a part is to hold, and those that are picked out of parts."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["conform", "last_ends", "pieces", "typed"]

#: Slices that are put together at most; more cost more than copying the rows.
MOST_PIECES = 500


def conform(table: "pa.Table", schema: "pa.Schema") -> "pa.Table":
    """Return a table with exactly the columns and types of a schema: whatever else it carries is left behind.

    Raises
    ------
    ValueError
        When a column is missing or cannot be of that type.
    """
    import pyarrow as pa

    try:
        return table.select(schema.names).cast(schema).replace_schema_metadata()
    except (KeyError, pa.ArrowException) as error:
        raise ValueError(f"A table to keep must have the columns and types of its schema: {error}") from error


def last_ends(executions: "pa.Table") -> "pa.ChunkedArray":
    """Return the end of each execution's last run in epoch milliseconds, null where there is none."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    timers = executions.column("timers")
    ends = pc.struct_field(pc.list_flatten(timers), "end").cast(pa.int64())
    by_row = pa.table({"row": pc.list_parent_indices(timers), "end": ends}).group_by("row").aggregate([("end", "max")])
    places = pc.index_in(pa.array(np.arange(executions.num_rows)), by_row.column("row").combine_chunks())
    return by_row.column("end_max").take(places)


def pieces(table: "pa.Table", rows: Any) -> "pa.Table":
    """Return rows of a table in the order of their numbers, without copying where many neighbours follow each other.

    Parameters
    ----------
    rows
        Their numbers, a numpy array.
    """
    import numpy as np
    import pyarrow as pa

    if not len(rows):
        return table.slice(0, 0)
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    begins = np.concatenate(([0], breaks))
    ends = np.concatenate((breaks, [len(rows)]))
    if len(begins) > MOST_PIECES:
        return table.unify_dictionaries().take(pa.array(rows))
    return pa.concat_tables(
        [table.slice(int(rows[begin]), int(end - begin)) for begin, end in zip(begins, ends, strict=True)]
    )


def typed(table: "pa.Table", schema: "pa.Schema") -> "pa.Table":
    """Return a table that was read from a file with the types that were written, without its metadata.

    Arrow reads a dictionary of long texts (``large_string``) as one of short ones.
    """
    import pyarrow as pa

    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        wanted = schema.field(name).type
        if pa.types.is_dictionary(wanted) and column.type != wanted:
            chunks = [
                pa.DictionaryArray.from_arrays(chunk.indices, chunk.dictionary.cast(wanted.value_type))
                for chunk in column.chunks
            ]
            columns.append(pa.chunked_array(chunks, wanted))
        else:
            columns.append(column)
    return pa.Table.from_arrays(columns, schema=pa.schema([schema.field(name) for name in table.column_names]))
