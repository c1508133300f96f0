"""Frames for other programs: Parquet files, and Arrow tables."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.dtypes import to_arrow as as_arrow
from ctl_jupyter.history.schema import FRAMES, arrow_schema
from ctl_jupyter.settings import did_you_mean

if TYPE_CHECKING:
    import os

    import pandas as pd
    import pyarrow as pa

__all__ = ["frame_of", "to_arrow", "to_parquet"]


def to_arrow(frames: Any, name: str) -> "pa.Table":
    """Return one of the frames as an Arrow table, its types as `ctl_jupyter.history.schema.arrow_schema` says.

    Parameters
    ----------
    frames
        A `History`, or anything with its frames as attributes.
    name
        Which frame.

    Raises
    ------
    DocumentError
        When there is no frame of that name.
    """
    return as_arrow(frame_of(frames, name), name)


def to_parquet(frames: Any, directory: "str | os.PathLike[str]", *names: str, overwrite: bool = False) -> list[Path]:
    """Write frames as Parquet files, ``executions.parquet`` and so on, which pandas reads with the same dtypes.

    All but that of ``failed_hosts``, whose lists pandas reads as arrays.

    Each file is there whole or not at all; a directory that is new is there with all of them or not at all.

    Parameters
    ----------
    frames
        A `History`, or anything with its frames as attributes.
    directory
        Made when it is not there, and those above it.
    *names
        Which frames; all five, and so all events, when there is none.
    overwrite
        Whether files of these names may be replaced.

    Returns
    -------
    list of pathlib.Path
        The files.

    Raises
    ------
    DocumentError
        When one of the files is there already, the directory is a file, or there is no frame of that name.
    """
    target, chosen = Path(directory), names or tuple(FRAMES)
    files = [target / f"{name}.parquet" for name in chosen]
    _check(target, files, overwrite)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Within it or, when it is new, beside it: on the same disk, so that files can be moved.
    made = (target if target.exists() else target.parent) / f".{target.name}.{uuid4().hex[:8]}"
    made.mkdir()
    try:
        for name, file in zip(chosen, files, strict=True):
            _write(frame_of(frames, name), name, made / file.name)
        # What was written meanwhile by somebody else is not written over either.
        _check(target, files, overwrite)
        if target.exists():
            for file in files:
                (made / file.name).replace(file)
        else:
            made.rename(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return files


def frame_of(frames: Any, name: str) -> "pd.DataFrame":
    """Return the frame of that name.

    Raises
    ------
    DocumentError
        When there is none.
    """
    import pandas as pd

    if name not in FRAMES:
        raise DocumentError(f"There is no frame {name!r}{did_you_mean(name, FRAMES)}")
    found = getattr(frames, name, None)
    if not isinstance(found, pd.DataFrame):
        raise DocumentError(f"A {type(frames).__name__} has no frame {name!r}: a History has it.")
    return found


def _check(target: Path, files: list[Path], overwrite: bool) -> None:
    if target.exists() and not target.is_dir():
        raise DocumentError(f"{target} is a file: the frames are written into a directory.")
    there = [file for file in files if file.exists()]
    if there and not overwrite:
        raise DocumentError(f"{there[0]} is there already: choose another directory, or overwrite=True.")


def _write(frame: "pd.DataFrame", name: str, file: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = arrow_schema(name)
    table = pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)
    # By pandas' own metadata it reads nullable numbers as such; but it cannot read what it says of lists of Arrow's.
    told = json.loads(table.schema.metadata[b"pandas"])
    for column in told["columns"]:
        if column["numpy_type"].startswith("large_list"):
            column.update(pandas_type="list[unicode]", numpy_type="object")
    table = table.replace_schema_metadata({"pandas": json.dumps(told)})
    pq.write_table(table, file, compression="zstd")
