"""Notebook files for a Lab to open."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["cleared", "index_of", "notebook_of", "read"]

Notebook = dict[str, Any]


def read(path: Path) -> Notebook:
    """Return a notebook's document."""
    document: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return document


def cleared(document: Notebook) -> Notebook:
    """Return a notebook as it is before its first run: no outputs, no numbers, no widgets."""
    cells = [
        {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in document["cells"]
    ]
    metadata = {name: value for name, value in document["metadata"].items() if name != "widgets"}
    return {**document, "cells": cells, "metadata": metadata}


def notebook_of(sources: Sequence[str]) -> Notebook:
    """Return a notebook of code cells."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"cell-{place}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for place, source in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def index_of(document: Notebook, beginning: str) -> int:
    """Return the place of the one cell whose text begins so."""
    places = [
        place
        for place, cell in enumerate(document["cells"])
        if "".join(cell["source"]).lstrip("# ").startswith(beginning)
    ]
    assert len(places) == 1, f"{len(places)} cells begin with {beginning!r}"
    return places[0]
