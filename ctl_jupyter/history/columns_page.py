"""The page of all columns, made of `schema`: ``python -m ctl_jupyter.history.columns_page`` writes it in place."""

import argparse
from pathlib import Path

from ctl_jupyter.history.schema import FRAMES, Column
from ctl_jupyter.text_notebook import cell, notebook, table

__all__ = ["PAGE", "columns_page"]

#: Where the page is in a clone of the repository.
PAGE = Path(__file__).parents[2] / "notebooks" / "columns.ipynb"

INTRODUCTION = """# Every column

`history = ctl_jupyter.history("hello")` has five DataFrames. Each always has these columns and dtypes, also without a
row; `ctl_jupyter.history.describe("executions")` gives the same as a DataFrame.

* Times are UTC. `NaN`, `NaT` and `NA` stand for what was not said, or has not happened yet.
* Names that come again and again are categories: group with `observed=True`. Those with known values have them in
  that order, and unknown ones behind.
* *source* is the member of Runner's document, or what a column is worked out from.
* `executions` and `runs` take the executions alone; `events`, `tasks` and `hosts` need their status events too. `runs`
  knows when a run was queued only from those."""

MEANINGS = {
    "executions": "One row for each execution, newest first. From `GET /jobs/{alias}/executions`.",
    "runs": "One row for each run of an execution: a restart adds one. An execution that waits has one, not begun.",
    "events": "One row for each status event, those of an execution in the order they happened. From"
    " `GET /status/{alias}/job/{jobId}/execution/{executionId}`.",
    "tasks": "One row for each task of a run, in the order they began. With the strategy `free` too, a task is one row,"
    " from its begin on the first host to its end on the last.",
    "hosts": "One row for each task that ended on a host: from the events `runner_on_ok`, `_failed`, `_skipped`,"
    " `_unreachable`, `_async_ok` and `_async_failed`. The items of loops are not rows, and an asynchronous task,"
    " told twice, is one.",
}


def columns_page() -> str:
    """Return the page, a notebook of text alone, as it is written to its file."""
    cells = [cell("introduction", INTRODUCTION)]
    for name, columns in FRAMES.items():
        rows = (_row(column) for column in columns)
        text = (
            f"## `{name}`\n\n{MEANINGS[name]}\n\n{table(('column', 'dtype', 'unit', 'what it holds', 'source'), rows)}"
        )
        cells.append(cell(f"frame-{name}", text))
    return notebook(cells)


def _row(column: Column) -> tuple[str, ...]:
    known = f" ({', '.join(column.kind.known)})" if column.kind.known else ""
    return (f"`{column.name}`", f"`{column.kind.dtype}`", column.unit, column.meaning + known, column.source)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m ctl_jupyter.history.columns_page", description=__doc__)
    parser.add_argument("path", nargs="?", type=Path, default=PAGE, help=f"the file to write; default: {PAGE}")
    parser.parse_args().path.write_text(columns_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
