"""Altair charts that a saved notebook shows by itself: without a kernel, a network or a certain front end."""

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import altair as alt
import vl_convert

from ctl_jupyter.charts.png import recompressed, size_of

__all__ = ["VEGALITE_MIME_TYPE", "RunnerChart", "RunnerCharts", "RunnerChartsInARow"]

#: JupyterLab 4.6 and Notebook 7.6 hold Vega-Lite 5.6.1 and know no type of version 6, in which altair 6 writes.
#: What we draw is in both versions, so it is offered as version 5.
VEGALITE_MIME_TYPE = "application/vnd.vegalite.v5+json"
VEGALITE_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"

#: Pixels of the static image for one of the chart's: sharp on dense screens and on paper.
SCALE = 2

if TYPE_CHECKING:
    # What altair's classes have in common; it has no public name for it.
    _Base = alt.LayerChart
else:
    _Base = object


class _Shown(_Base):
    """What makes an altair chart show itself.

    When a notebook shows it, its output holds the chart for front ends that draw Vega-Lite themselves, an image
    for those that do not (exports, GitHub, e-mail) and its description as text. No setting of altair is
    changed for that; when the user has chosen another renderer than altair's default, that one is used.
    """

    def to_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the Vega-Lite document; the page shows through unless a background was chosen."""
        document: dict[str, Any] = super().to_dict(*args, **kwargs)
        # Only a chart of its own may have a background, not one that became a part of another.
        if "$schema" in document and "background" not in document.get("config", {}):
            document.setdefault("background", "transparent")
        return document

    def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> Any:
        if alt.renderers.active != "default":
            return super()._repr_mimebundle_(*args, **kwargs)
        document = self.to_dict(context={"pre_transform": False})
        image = recompressed(vl_convert.vegalite_to_png(document, scale=SCALE))
        width, height = size_of(image)
        bundle = {
            VEGALITE_MIME_TYPE: {**document, "$schema": VEGALITE_SCHEMA},
            "image/png": b64encode(image).decode(),
            "text/plain": _description(document) or repr(self),
        }
        return bundle, {"image/png": {"width": width // SCALE, "height": height // SCALE}}


class RunnerCharts(_Shown, alt.VConcatChart):
    """Charts one below the other; each keeps its own legend, which says what is in that chart."""


class RunnerChartsInARow(_Shown, alt.HConcatChart):
    """Charts side by side; each keeps its own legend, which says what is in that chart."""


class RunnerChart(_Shown, alt.LayerChart):
    """A layered chart, to restyle, combine (``a & b``, ``a | b``) and save as any of altair's.

    A notebook shows it, and what it is combined to, without a kernel, a network or a certain front end.
    """

    def __and__(self, other: Any) -> Any:
        return _apart(RunnerCharts(vconcat=[self, other]))

    def __or__(self, other: Any) -> Any:
        return _apart(RunnerChartsInARow(hconcat=[self, other]))


def _apart(charts: Any) -> Any:
    """Leave each chart its own legend, which says what is in that chart."""
    return charts.resolve_scale(color="independent", shape="independent", stroke="independent")


def _description(document: dict[str, Any]) -> str:
    """Return what a chart, or each of its parts, says of itself."""
    parts = document.get("vconcat") or document.get("hconcat") or []
    return document.get("description") or "\n".join(filter(None, map(_description, parts)))
