"""What holds for every chart."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
import vl_convert

from ctl_jupyter import charts
from ctl_jupyter.charts.display import VEGALITE_MIME_TYPE
from ctl_jupyter.documents import DocumentError
from tests.charts.documents_of import document_of, tables_of, texts_of
from tests.charts.made import HOSTILE, history_of, hostile, made, many, small

#: Each chart of a history, with the job and the execution that are drawn where one has to be chosen.
CHARTS: dict[str, Callable[[Any, str, str], Any]] = {
    "timeline": lambda given, job, execution: charts.timeline(given),
    "duration_trend": lambda given, job, execution: charts.duration_trend(given, job),
    "success_calendar": lambda given, job, execution: charts.success_calendar(given, tz="Asia/Tokyo"),
    "queue_chart": lambda given, job, execution: charts.queue_chart(given, tz="Asia/Tokyo"),
    "queue_chart by hour": lambda given, job, execution: charts.queue_chart(given, by="hour", tz="Asia/Tokyo"),
    "execution_timeline": lambda given, job, execution: charts.execution_timeline(given, execution),
    "host_task_matrix": lambda given, job, execution: charts.host_task_matrix(given, execution),
    "host_run_matrix": lambda given, job, execution: charts.host_run_matrix(given, job),
    "failure_chart": lambda given, job, execution: charts.failure_chart(given, job),
}
#: What each draws, and a sentence of the chart without a row.
DRAWN = {
    "timeline": ("executions", "no executions yet"),
    "duration_trend": ("executions", "no executions that succeeded or failed yet"),
    "success_calendar": ("executions", "no executions that have begun yet"),
    "queue_chart": ("runs", "no runs whose time in the queue is known"),
    "queue_chart by hour": ("runs", "no runs whose time in the queue is known"),
    "execution_timeline": ("hosts", "no host results of execution x2"),
    "host_task_matrix": ("hosts", "no host results of execution x2"),
    "host_run_matrix": ("hosts", "no host results yet"),
    "failure_chart": ("hosts", "no host results yet"),
}
every_chart = pytest.mark.parametrize("name", CHARTS)


def draw(name: str, given: Any, job: str = "deploy", execution: str = "x2") -> Any:
    return CHARTS[name](given, job, execution)


@every_chart
def test_it_is_shown_without_a_kernel(name: str) -> None:
    bundle, metadata = draw(name, small())._repr_mimebundle_()
    assert set(bundle) == {VEGALITE_MIME_TYPE, "image/png", "text/plain"}
    assert bundle[VEGALITE_MIME_TYPE]["background"] == "transparent"
    assert bundle["text/plain"].endswith(".")
    assert metadata["image/png"]["width"] > 50


@every_chart
def test_it_takes_a_history_or_the_frame(name: str) -> None:
    history = small()
    frame = getattr(history, DRAWN[name][0])
    before = frame.copy(deep=True)
    of_frame, of_history = texts_of(draw(name, frame)), texts_of(draw(name, history))
    assert of_frame == of_history
    pd.testing.assert_frame_equal(frame, before)


@every_chart
def test_an_empty_history_is_said_to_be_empty(name: str) -> None:
    chart = draw(name, history_of())
    assert texts_of(chart) == {DRAWN[name][1]}
    assert DRAWN[name][1] in document_of(chart)["description"]


@every_chart
def test_what_is_no_history_is_refused_in_a_sentence(name: str) -> None:
    function = name.split()[0]
    frame = DRAWN[name][0]
    with pytest.raises(DocumentError, match=rf"^{function}\(\) draws a History, its {frame}, or some rows of them"):
        draw(name, [1, 2])
    with pytest.raises(DocumentError, match=rf"History.{frame} has them, and this frame has no '"):
        draw(name, made(frame, [])[["execution_id"]])


@every_chart
@pytest.mark.parametrize("version", ["5.8", "6.4"])
def test_it_compiles_in_the_versions_of_lab_and_of_altair(
    name: str, version: str, capfd: pytest.CaptureFixture[str]
) -> None:
    document = {
        **document_of(draw(name, small())),
        "$schema": f"https://vega.github.io/schema/vega-lite/v{version[0]}.json",
    }
    assert vl_convert.vegalite_to_vega(document, vl_version=version, show_warnings=True)["marks"]
    assert "WARN" not in "".join(capfd.readouterr())


@every_chart
def test_names_from_strangers_stay_names(name: str, tmp_path: Any) -> None:
    def page_of(given: Any, job: str, execution: str) -> str:
        path = tmp_path / "chart.html"
        draw(name, given, job, execution).save(path)
        return str(path.read_text(encoding="utf-8"))

    harmless, harmful = page_of(small(), "deploy", "x2"), page_of(hostile(), HOSTILE, HOSTILE)
    for mark in ("</script>", "<!--"):
        assert harmful.count(mark) == harmless.count(mark)


@every_chart
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_it_can_be_saved(name: str, suffix: str, tmp_path: Any) -> None:
    path = tmp_path / f"chart.{suffix}"
    draw(name, small()).save(path)
    assert path.stat().st_size > 1_000
    if suffix == "svg":
        assert ElementTree.fromstring(path.read_text(encoding="utf-8")).tag.endswith("svg")


@pytest.mark.parametrize("name", [name for name in CHARTS if DRAWN[name][0] != "hosts"])
def test_ten_thousand_are_aggregated_and_the_chart_says_so(name: str) -> None:
    history = many(10_000)
    chart = draw(name, history, "job 1")
    assert sum(len(rows) for rows in tables_of(chart)) <= 5_000
    words = document_of(chart)["description"]
    assert "aggregated" in words or "a square per day" in words


def test_two_put_together_are_shown_without_a_kernel_too() -> None:
    chart = charts.duration_trend(small()) & charts.queue_chart(small())
    for together in (chart, charts.duration_trend(small()) | charts.queue_chart(small())):
        bundle, _ = together._repr_mimebundle_()
        assert set(bundle) == {VEGALITE_MIME_TYPE, "image/png", "text/plain"}
        assert bundle["text/plain"].count("\n") == 1
