"""The reference page, made of the table: ``python -m ctl_jupyter.magics.reference`` writes it in place."""

import argparse
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ctl_jupyter.magics.configuration import Ctl
from ctl_jupyter.magics.options import COMMON, Kind, MagicSpec, Option, describe, signature
from ctl_jupyter.magics.table import TOPICS

__all__ = ["PAGE", "reference"]

#: Where the page is in a clone of the repository.
PAGE = Path(__file__).parents[2] / "notebooks" / "reference.ipynb"

INTRODUCTION = """# Every magic

This page says the same as `-h` behind a magic and `?` after it. `%ctl_jobs` is a line; `%%ctl_start` heads a cell, and
where it needs no body `%ctl_start` does the same on a line.

* A line is split as a POSIX shell does it: a text with spaces stands in quotes. Nothing in it is expanded, and nothing
  in a cell's body: `{{ … }}` and `$` belong to Ansible. Python values come in by the names of their variables.
* A value stands behind its option, `--host web1`, or behind `=`, `--host=web1`; one that begins with a dash behind `=`
  alone. What follows `--` is no option.
* Tab completes options, and the names of jobs, executions, hosts, profiles and variables.
* No magic takes a secret on its line."""

SETTINGS = """## Settings

`%config Ctl.NAME = VALUE` says what magics do when their line does not; `%config Ctl` shows all. What is not set there
comes from the environment variable, else from `[settings]` in `config.toml` (in `~/.config/ctl-jupyter` on Linux;
`CTL_CONFIG` names another file), else it is the default.
"""


def reference() -> str:
    """Return the page, a notebook of text alone, as it is written to its file."""
    cells = [_cell("introduction", INTRODUCTION), _cell("common", _common())]
    for topic, specs in TOPICS.items():
        cells.append(_cell(f"topic-{re.sub('[^a-z]+', '-', topic.lower())}", f"## {topic}"))
        cells += [_cell(f"magic-{spec.name}", _magic(spec)) for spec in specs]
    cells.append(_cell("settings", SETTINGS + "\n" + _settings()))
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    document = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _cell(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}


def _common() -> str:
    return "Every magic has\n\n" + _options(COMMON)


def _magic(spec: MagicSpec) -> str:
    parts = [f"### `{signature(spec)}`", _text(spec.summary)]
    if spec.kind == Kind.BOTH:
        parts.append(f"`%{spec.name}`, or an empty cell, does the same without a body.")
    if spec.body:
        parts.append(f"**The cell:** {_text(spec.body)}")
    if spec.note:
        parts.append(_text(spec.note))
    if spec.arguments:
        rows = ((f"`{argument.name.upper()}`", argument.help) for argument in spec.arguments)
        parts.append(_table(("argument", "what"), rows))
    if spec.options:
        parts.append(_options(spec.options))
    if spec.example:
        parts.append(f"```\n{spec.example}\n```")
    if spec.calls:
        parts.append("Calls: " + ", ".join(f"`{call}`" for call in spec.calls))
    return "\n\n".join(parts)


def _options(options: Iterable[Option]) -> str:
    return _table(("option", "what"), ((f"`{option.shown}`", describe(option)) for option in options))


def _settings() -> str:
    rows = []
    for name, trait in sorted(Ctl.class_own_traits(config=True).items()):
        what, _, default = trait.help.partition(" Default: ")
        rows.append((f"`{name}`", what, f"`{default.partition(',')[0]}`", f"`CTL_{name.upper()}`"))
    return _table(("setting", "what", "default", "environment"), rows)


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table whose columns are aligned to the left: centred texts are hard to read."""
    lines = [
        headings,
        tuple(":---" for _ in headings),
        *((row[0].replace("|", "\\|"), *map(_text, row[1:])) for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(text: str) -> str:
    """Return a text so that Markdown shows it as it is; what stands between backquotes is code already."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_|<>\[\]#])", r"\\\1", part) for part in parts)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m ctl_jupyter.magics.reference", description=__doc__)
    parser.add_argument("path", nargs="?", type=Path, default=PAGE, help=f"the file to write; default: {PAGE}")
    parser.parse_args().path.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
