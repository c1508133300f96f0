"""The reference page, made of the table: ``python -m ctl_jupyter.magics.reference`` writes it in place."""

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from ctl_jupyter.magics.configuration import Ctl
from ctl_jupyter.magics.options import COMMON, Kind, MagicSpec, Option, describe, signature
from ctl_jupyter.magics.table import TOPICS
from ctl_jupyter.text_notebook import cell, notebook, plain, table

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
    cells = [cell("introduction", INTRODUCTION), cell("common", _common())]
    for topic, specs in TOPICS.items():
        cells.append(cell(f"topic-{re.sub('[^a-z]+', '-', topic.lower())}", f"## {topic}"))
        cells += [cell(f"magic-{spec.name}", _magic(spec)) for spec in specs]
    cells.append(cell("settings", SETTINGS + "\n" + _settings()))
    return notebook(cells)


def _common() -> str:
    return "Every magic has\n\n" + _options(COMMON)


def _magic(spec: MagicSpec) -> str:
    parts = [f"### `{signature(spec)}`", plain(spec.summary)]
    if spec.kind == Kind.BOTH:
        parts.append(f"`%{spec.name}`, or an empty cell, does the same without a body.")
    if spec.body:
        parts.append(f"**The cell:** {plain(spec.body)}")
    if spec.note:
        parts.append(plain(spec.note))
    if spec.arguments:
        rows = ((f"`{argument.name.upper()}`", argument.help) for argument in spec.arguments)
        parts.append(table(("argument", "what"), rows))
    if spec.options:
        parts.append(_options(spec.options))
    if spec.example:
        parts.append(f"```\n{spec.example}\n```")
    if spec.calls:
        parts.append("Calls: " + ", ".join(f"`{call}`" for call in spec.calls))
    return "\n\n".join(parts)


def _options(options: Iterable[Option]) -> str:
    return table(("option", "what"), ((f"`{option.shown}`", describe(option)) for option in options))


def _settings() -> str:
    rows = []
    for name, trait in sorted(Ctl.class_own_traits(config=True).items()):
        what, _, default = trait.help.partition(" Default: ")
        rows.append((f"`{name}`", what, f"`{default.partition(',')[0]}`", f"`CTL_{name.upper()}`"))
    return table(("setting", "what", "default", "environment"), rows)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m ctl_jupyter.magics.reference", description=__doc__)
    parser.add_argument("path", nargs="?", type=Path, default=PAGE, help=f"the file to write; default: {PAGE}")
    parser.parse_args().path.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
