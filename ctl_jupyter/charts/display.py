"""An altair chart that a saved notebook shows by itself: without a kernel, a network or a certain front end."""

from base64 import b64encode
from typing import Any

import altair as alt
import vl_convert

from ctl_jupyter.charts.png import recompressed, size_of

__all__ = ["VEGALITE_MIME_TYPE", "RunnerChart"]

#: JupyterLab 4.6 and Notebook 7.6 hold Vega-Lite 5.6.1 and know no type of version 6, in which altair 6 writes.
#: What we draw is in both versions, so it is offered as version 5.
VEGALITE_MIME_TYPE = "application/vnd.vegalite.v5+json"
VEGALITE_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"

#: Pixels of the static image for one of the chart's: sharp on dense screens and on paper.
SCALE = 2


class RunnerChart(alt.LayerChart):
    """A layered chart, to restyle and save as any of altair's.

    When a notebook shows it, its output holds the chart for front ends that draw Vega-Lite themselves, an image
    for those that do not (exports, GitHub, e-mail) and its description as text. No setting of altair is
    changed for that; when the user has chosen another renderer than altair's default, that one is used.
    """

    def __and__(self, other: Any) -> Any:
        return _apart(super().__and__(other))

    def __or__(self, other: Any) -> Any:
        return _apart(super().__or__(other))

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
            "text/plain": document.get("description", repr(self)),
        }
        return bundle, {"image/png": {"width": width // SCALE, "height": height // SCALE}}


def _apart(charts: Any) -> Any:
    """Leave each chart its own legend, which says what is in that chart."""
    return charts.resolve_scale(color="independent", shape="independent", stroke="independent")
