"""The first notebook as a newcomer meets it: opened in JupyterLab, Run All Cells."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ctl_jupyter.charts.png import recompressed
from tests.browser.contrast import shown_texts
from tests.browser.lab import Lab
from tests.browser.notebooks import cleared, index_of, read
from tests.browser.pages import NotebookPage

TOUR = Path(__file__).parents[2] / "notebooks" / "01-start-a-job.ipynb"
#: The folder that the README's pictures go to; read here, since tests begin with an environment of their own.
README_PICTURES = os.environ.get("CTL_README_PICTURES")
#: CSS pixels, and how many of the picture's there are for each.
PICTURE_WIDTH, PICTURE_SCALE = 1000, 1.5

DOCUMENT = cleared(read(TOUR))
HELLO = index_of(DOCUMENT, "%%ctl_start hello")
NIGHTLY_CHECK = index_of(DOCUMENT, "%%ctl_start nightly-check")
EXECUTIONS = index_of(DOCUMENT, 'df[["job"')
EVENTS = index_of(DOCUMENT, "import ctl_jupyter")
TIMELINE = index_of(DOCUMENT, "from ctl_jupyter.charts import timeline")

THEMES = ["JupyterLab Light", "JupyterLab Dark"]


@pytest.fixture(scope="module")
def tour(browser: Browser, lab: Lab) -> Iterator[NotebookPage]:
    """The notebook after Run All Cells."""
    with browser.new_context(viewport={"width": 1280, "height": 900}, device_scale_factor=PICTURE_SCALE) as context:
        notebook = NotebookPage(context.new_page(), lab, TOUR.name, DOCUMENT)
        notebook.watch_cards()
        assert notebook.run_all()
        yield notebook


def test_the_card_is_alive_and_reaches_the_end(tour: NotebookPage) -> None:
    expect(tour.card_status(HELLO)).to_have_text("✓ SUCCESS")
    expect(tour.card_status(NIGHTLY_CHECK)).to_have_text("✗ FAILURE")

    texts = tour.card_texts()
    for job, end in (("hello", "✓ SUCCESS"), ("nightly-check", "✗ FAILURE")):
        seen = [text.removesuffix(f" {job}") for text in texts if text.endswith(f" {job}")]
        assert seen[-1] == end
        assert {"○ PENDING", "◔ INITIALIZING", "● RUNNING"} & set(seen[:-1]), seen


def test_the_failing_card_says_what_failed_where(tour: NotebookPage) -> None:
    card = tour.card(NIGHTLY_CHECK)

    expect(card).to_contain_text("db1 failed in task 'Room is left'")
    expect(card).to_contain_text("the disk of db1 is 97 % full")
    assert card.locator("tbody tr").count() == 4


def test_the_history_appears(tour: NotebookPage) -> None:
    executions = tour.output(EXECUTIONS).locator("table.dataframe")
    expect(executions.locator("thead")).to_have_text(re.compile(r"job\s*status\s*duration\s*failed_hosts"))
    expect(executions.locator("tbody tr").first).to_contain_text(
        re.compile(r"nightly-check\s*FAILURE.*\['db1'\]", re.DOTALL)
    )

    events = tour.output(EVENTS).locator("table.dataframe")
    expect(events.locator("tbody tr", has_text="db1")).to_contain_text("failed")


def test_the_picture_appears(tour: NotebookPage) -> None:
    chart = tour.output(TIMELINE).locator(".vega-embed :is(canvas, svg)").first
    chart.scroll_into_view_if_needed()

    box = chart.bounding_box()

    assert box is not None
    assert box["width"] > 300
    assert box["height"] > 50


@pytest.mark.parametrize("theme", THEMES)
def test_the_cards_are_legible(tour: NotebookPage, theme: str, artefacts: Path) -> None:
    tour.use_theme(theme)

    tour.picture({HELLO, NIGHTLY_CHECK}, PICTURE_WIDTH, artefacts / f"cards {theme}.png")

    for place in (HELLO, NIGHTLY_CHECK):
        texts = shown_texts(tour.card(place))
        assert len(texts) > 10
        for text in texts:
            # Words as the WCAG ask; symbols, which stand beside a word, and zeros, which are the rule, less.
            is_words = re.search(r"[^\W_]", text.text) and text.text != "0"
            assert text.contrast >= (4.5 if is_words else 3.0), text


def test_pictures_for_people(tour: NotebookPage, artefacts: Path) -> None:
    tour.use_theme("JupyterLab Light")
    tour.command("application:toggle-left-area")
    tour.command("application:toggle-mode")
    path = artefacts / "start-a-job.png"

    tour.picture({HELLO, EVENTS, TIMELINE}, PICTURE_WIDTH, path)

    image = recompressed(path.read_bytes())
    path.write_bytes(image)
    assert len(image) < 250_000
    if README_PICTURES:
        (Path(README_PICTURES) / path.name).write_bytes(image)
