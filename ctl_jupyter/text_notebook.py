"""Notebooks of text alone, made from tables in the code: what the pages of documentation are written with."""

import json
import re
from collections.abc import Iterable
from typing import Any

__all__ = ["cell", "notebook", "plain", "table"]


def notebook(cells: list[dict[str, Any]]) -> str:
    """Return a notebook as it is written to its file."""
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    document = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def cell(name: str, text: str) -> dict[str, Any]:
    """Return a cell of Markdown; its name is its id."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}


def table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table whose columns are aligned to the left: centred texts are hard to read."""
    lines = [
        headings,
        tuple(":---" for _ in headings),
        *((row[0].replace("|", "\\|"), *map(plain, row[1:])) for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(text: str) -> str:
    """Return a text so that Markdown shows it as it is; what stands between backquotes is code already."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_|<>\[\]#])", r"\\\1", part) for part in parts)
