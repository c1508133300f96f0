import base64
import json
import zlib
from importlib import import_module
from pathlib import Path
from typing import Any

import altair as alt
import pytest
import vl_convert
from IPython.core.formatters import DisplayFormatter

from ctl_jupyter.charts import timeline
from ctl_jupyter.charts.display import VEGALITE_MIME_TYPE
from ctl_jupyter.charts.looks import LOOKS
from ctl_jupyter.charts.png import recompressed, size_of
from tests.charts.chart_frames import NOW, execution, frame_of, mixed

# Neither has types.
nbformat: Any = import_module("nbformat")
nbconvert: Any = import_module("nbconvert")


@pytest.fixture(scope="module")
def shown() -> tuple[dict[str, Any], dict[str, Any]]:
    bundle, metadata = timeline(mixed(), now=NOW)._repr_mimebundle_()
    return bundle, metadata


@pytest.fixture
def saved(shown: tuple[dict[str, Any], dict[str, Any]]) -> Any:
    bundle, metadata = shown
    output = nbformat.v4.new_output("execute_result", data=bundle, metadata=metadata, execution_count=1)
    cell = nbformat.v4.new_code_cell("timeline(history())", outputs=[output], execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.validate(notebook)
    return notebook


def test_it_is_shown_as_vega_lite_image_and_text(shown: tuple[dict[str, Any], dict[str, Any]]) -> None:
    bundle, _ = shown
    assert set(bundle) == {VEGALITE_MIME_TYPE, "image/png", "text/plain"}
    assert bundle["text/plain"] == (
        "Timeline of 7 executions of 4 jobs: 1 PENDING, 1 RUNNING, 2 SUCCESS, 1 FAILURE, 1 INIT_FAILURE, 1 PAUSED; "
        "2 not ended, drawn to now (09:30 UTC)."
    )
    json.dumps(bundle, allow_nan=False)


def test_ipython_makes_the_same_of_it(shown: tuple[dict[str, Any], dict[str, Any]]) -> None:
    data, metadata = DisplayFormatter().format(timeline(mixed(), now=NOW))
    assert (data, metadata) == shown


def test_lab_is_given_the_version_it_knows(shown: tuple[dict[str, Any], dict[str, Any]]) -> None:
    document = shown[0][VEGALITE_MIME_TYPE]
    assert VEGALITE_MIME_TYPE == "application/vnd.vegalite.v5+json"
    assert document["$schema"] == "https://vega.github.io/schema/vega-lite/v5.json"
    assert document["background"] == "transparent"


def test_the_image_is_sharp_and_shown_at_the_charts_size(shown: tuple[dict[str, Any], dict[str, Any]]) -> None:
    bundle, metadata = shown
    image = base64.b64decode(bundle["image/png"])
    width, height = size_of(image)
    size = metadata["image/png"]
    assert (size["width"], size["height"]) == (width // 2, height // 2)
    assert size["width"] > 640


def test_exports_show_the_image(saved: Any, shown: tuple[dict[str, Any], dict[str, Any]]) -> None:
    page, _ = nbconvert.HTMLExporter(template_name="basic").from_notebook_node(saved)
    assert shown[0]["image/png"][:200] in page.replace("\n", "")
    assert "<script" not in page
    _, resources = nbconvert.MarkdownExporter().from_notebook_node(saved)
    assert [Path(name).suffix for name in resources["outputs"]] == [".png"]


def test_a_smaller_image_is_the_same_image() -> None:
    image = vl_convert.vegalite_to_png(timeline(mixed(), now=NOW).to_dict())
    smaller = recompressed(image)
    assert len(smaller) < len(image)
    assert size_of(smaller) == size_of(image)
    assert recompressed(smaller) == smaller
    start = smaller.index(b"IDAT") + 4
    length = int.from_bytes(smaller[start - 8 : start - 4])
    width, height = size_of(smaller)
    assert len(zlib.decompress(smaller[start : start + length])) == height * (width * 4 + 1)


@pytest.mark.parametrize("suffix", ["png", "svg", "html", "json"])
def test_it_can_be_saved(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"timeline.{suffix}"
    timeline(mixed(), now=NOW).save(path)
    assert path.stat().st_size > 1_000


def test_it_can_be_restyled_and_is_still_shown_by_itself() -> None:
    chart = (
        timeline(mixed(), now=NOW).properties(width=300, title="Mine", background="white").configure_axis(grid=False)
    )
    bundle, _ = chart._repr_mimebundle_()
    document = bundle[VEGALITE_MIME_TYPE]
    assert (document["width"], document["title"], document["background"]) == (300, "Mine", "white")
    assert bundle["image/png"]


def test_a_background_that_was_chosen_is_kept() -> None:
    chart = timeline(mixed(), now=NOW)
    assert chart.to_dict()["background"] == "transparent"
    assert "background" not in chart.configure(background="ivory").to_dict()


def test_some_can_be_put_together_each_with_its_zoom() -> None:
    parts = [timeline(frame, now=NOW) for frame in (mixed(), mixed().head(2), frame_of())]
    document = (parts[0] & parts[1] & parts[2]).to_dict()
    assert [part["layer"][0]["mark"]["type"] for part in document["vconcat"]] == ["rect", "rect", "text"]
    assert not any("background" in part for part in document["vconcat"])
    assert len({name for param in document["params"] for name in [param["name"], *param["views"]]}) == 4


def test_side_by_side_each_keeps_its_colours_and_counts() -> None:
    parts = [timeline(frame, now=NOW) for frame in (mixed(), frame_of(execution(1, 5, 4, status="FAILURE")))]
    alone = [vl_convert.vegalite_to_svg(part.to_dict()) for part in parts]
    for together in (parts[0] | parts[1], parts[0] & parts[1]):
        svg = vl_convert.vegalite_to_svg(together.to_dict())
        for said in (">FAILURE 1<", ">SUCCESS 2<", LOOKS["FAILURE"].color, LOOKS["PENDING"].color):
            assert svg.count(said) == sum(part.count(said) for part in alone) > 0


def test_a_name_cannot_end_the_script_of_a_saved_page(tmp_path: Path) -> None:
    def page_with(name: str) -> str:
        members: dict[str, Any] = dict.fromkeys(("status", "job_id", "execution_id"), name)
        members["failed_hosts"] = [name]
        path = tmp_path / "timeline.html"
        timeline(frame_of(execution(1, 5, 4, **members)).assign(commit=name), now=NOW).save(path)
        return path.read_text()

    harmless, harmful = page_with("it"), page_with("</script><script>alert(1)</script><!--")
    for mark in ("</script>", "<!--"):
        assert harmful.count(mark) == harmless.count(mark)


def test_no_setting_of_altair_is_changed_and_a_chosen_renderer_is_used() -> None:
    before = alt.renderers.active, alt.theme.active, alt.data_transformers.active
    chart = timeline(mixed(), now=NOW)
    chart._repr_mimebundle_()
    assert (alt.renderers.active, alt.theme.active, alt.data_transformers.active) == before
    with alt.renderers.enable("svg"):
        assert set(chart._repr_mimebundle_()) == {"image/svg+xml"}
