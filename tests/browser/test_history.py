"""Histories as people see them in JupyterLab: charts and their tooltips, a report in the dark, a saved notebook."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ElementHandle, Locator, Page, expect

from ctl_jupyter.charts.png import recompressed
from tests.browser.contrast import shown_texts
from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage

#: The folder that the README's pictures go to; read here, since tests begin with an environment of their own.
README_PICTURES = os.environ.get("CTL_README_PICTURES")
#: CSS pixels, and how many of the picture's there are for each.
PICTURE_WIDTH, PICTURE_SCALE = 840, 1.25
WIDTHS = (1200, 600)
THEMES = ("JupyterLab Light", "JupyterLab Dark")

CELLS = (
    "from ctl_jupyter import charts, samples\n\nyear = samples.a_year(seed=7, executions=20_000)  # made up",
    'charts.duration_trend(year, "deploy web")',
    'charts.host_run_matrix(year, "deploy api", newest=40)',
    'charts.report(year, "deploy api", tz="UTC")',
    'year.executions.query("job == \'deploy api\'")["execution_id"].head(40).to_list()',
)
TREND, MATRIX, REPORT, IDS = range(1, 5)
#: What is read of a report; its pictures have their own colours.
WORDS = ".ctl-runner-report :is(h1, h2, p, table, dl)"

#: How many pixels of a chart are other than those of its first picture, by more than the edges of its marks.
CHANGED = """
chart => {
    const pixels = chart.getContext('2d').getImageData(0, 0, chart.width, chart.height).data;
    window.firstPicture ??= pixels;
    return pixels.reduce((count, value, place) => count + (Math.abs(value - window.firstPicture[place]) > 60), 0);
}
"""


@pytest.fixture(scope="module")
def told(browser: Browser, lab: Lab) -> Iterator[NotebookPage]:
    """A notebook with charts and a report, after Run All Cells."""
    with browser.new_context(viewport={"width": 1280, "height": 900}, device_scale_factor=PICTURE_SCALE) as context:
        notebook = NotebookPage(context.new_page(), lab, "history.ipynb", notebook_of(CELLS))
        assert notebook.run_all()
        yield notebook


def drawing(notebook: NotebookPage, place: int) -> Locator:
    """The chart that a cell shows, drawn by the page itself."""
    return notebook.output(place).locator(".vega-embed :is(canvas, svg)").first


def handle(chart: Locator) -> ElementHandle:
    found = chart.element_handle()
    assert found is not None
    return found


def test_a_chart_shows_and_its_tooltip_names_the_execution(told: NotebookPage) -> None:
    chart = drawing(told, MATRIX)
    told.select(MATRIX)
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    assert box["width"] > 300
    tooltip = told.page.locator("#vg-tooltip-element.visible")

    # Squares fill the lower right of the picture.
    for part in (0.9, 0.85, 0.8, 0.75):
        told.page.mouse.move(box["x"] + part * box["width"], box["y"] + part * box["height"])
        if tooltip.count():
            break

    ids = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", told.output(IDS).inner_text())
    said = tooltip.inner_text()
    assert len(ids) == 40
    assert any(execution_id in said for execution_id in ids), said
    assert {"host:", "execution:", "worst:"} <= set(said.split())
    told.page.mouse.move(0, 0)


def test_the_wheel_zooms_and_a_double_click_goes_back(told: NotebookPage) -> None:
    chart = drawing(told, TREND)
    told.select(TREND)
    chart.scroll_into_view_if_needed()
    assert chart.evaluate(CHANGED) == 0
    chart.hover()

    told.page.keyboard.down("Control")
    told.page.mouse.wheel(0, -400)
    told.page.keyboard.up("Control")

    told.page.wait_for_function(f"chart => ({CHANGED})(chart) > 2000", arg=handle(chart))
    chart.dblclick()
    told.page.wait_for_function(f"chart => ({CHANGED})(chart) < 200", arg=handle(chart))


@pytest.mark.parametrize("theme", THEMES)
def test_the_report_is_legible(told: NotebookPage, theme: str, artefacts: Path) -> None:
    told.use_theme(theme)
    for width in WIDTHS:
        told.picture({REPORT}, width, artefacts / f"report {theme} {width}.png")
        told.picture({TREND, MATRIX}, width, artefacts / f"charts {theme} {width}.png")

    parts = told.output(REPORT).locator(WORDS)
    texts = [text for place in range(parts.count()) for text in shown_texts(parts.nth(place))]

    assert len(texts) > 100
    for text in texts:
        assert text.contrast >= 4.5, text
    # Lab's own style gives names of facts a fifth of the width, whatever they need.
    label = told.output(REPORT).get_by_text("95 % interval", exact=True)
    box = label.bounding_box()
    assert box is not None
    assert box["height"] < 30
    assert told.output(REPORT).locator(".ctl-runner-report figure svg").count() > 3


def test_a_saved_notebook_shows_pictures_without_a_kernel(told: NotebookPage, page: Page, tmp_path: Path) -> None:
    told.save()

    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", tmp_path, told.path],
        check=True,
        capture_output=True,
    )

    page.goto((tmp_path / "history.html").as_uri(), wait_until="domcontentloaded")
    pictures = page.locator("img[src^='data:image/png']")
    expect(pictures).to_have_count(2)
    sizes = pictures.evaluate_all("images => images.map(image => [image.naturalWidth, image.width])")
    assert all(natural > shown > 300 for natural, shown in sizes), sizes
    expect(page.locator(".ctl-runner-report h1")).to_have_text("deploy api")


def test_pictures_for_people(told: NotebookPage, artefacts: Path) -> None:
    told.use_theme("JupyterLab Light")
    told.command("application:toggle-left-area")
    told.command("application:toggle-mode")
    path = artefacts / "history.png"

    told.picture({TREND, MATRIX}, PICTURE_WIDTH, path)

    image = recompressed(path.read_bytes())
    path.write_bytes(image)
    assert len(image) < 200_000
    if README_PICTURES:
        (Path(README_PICTURES) / path.name).write_bytes(image)
