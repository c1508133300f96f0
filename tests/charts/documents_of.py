"""What is in the Vega-Lite document of a chart, and what its picture says."""

from typing import Any
from xml.etree import ElementTree

import vl_convert

__all__ = ["document_of", "notes_of", "rows_of", "tables_of", "texts_of", "tooltip_of"]


def document_of(chart: Any) -> dict[str, Any]:
    document: dict[str, Any] = chart.to_dict(validate=True)
    return document


def tables_of(chart: Any) -> list[list[dict[str, Any]]]:
    return list(document_of(chart)["datasets"].values())


def rows_of(chart: Any, column: str) -> list[dict[str, Any]]:
    """Return the first table that has that column."""
    return next(rows for rows in tables_of(chart) if rows and column in rows[0])


def notes_of(chart: Any) -> str:
    document = document_of(chart)
    return " · ".join([document["title"]["text"], *document["title"]["subtitle"]]) if "title" in document else ""


def texts_of(chart: Any) -> set[str]:
    """Return the words of the picture."""
    tree = ElementTree.fromstring(vl_convert.vegalite_to_svg(document_of(chart)))
    return {"".join(node.itertext()) for node in tree.iter() if node.tag.endswith("text")}


def tooltip_of(chart: Any) -> dict[str, str]:
    """Return the titles of all tooltips by their columns."""
    layers = document_of(chart)["layer"]
    found = [entry for layer in layers for entry in layer["encoding"].get("tooltip", [])]
    return {entry["field"]: entry["title"] for entry in found}
