import subprocess
import sys
from collections.abc import Iterable
from typing import Any

import httpx
import pandas as pd
import pytest
import vl_convert

from ctl_jupyter.charts import timeline
from ctl_jupyter.charts.looks import LOOKS, UNKNOWN
from ctl_jupyter.client import connect
from ctl_jupyter.documents import DocumentError, Status
from ctl_jupyter.history import history
from tests.charts.chart_frames import LONG_NAME, NOW, execution, frame_of, mixed

#: Vega-Lite's versions next to JupyterLab 4.6's (5.6) and altair 6's (6.4).
VERSIONS = ["5.8", "6.4"]


def document_of(frame: pd.DataFrame, **options: Any) -> dict[str, Any]:
    return timeline(frame, now=NOW, **options).to_dict(validate=True)


def layer_of(document: dict[str, Any], mark: str) -> dict[str, Any]:
    return next(layer for layer in document["layer"] if layer["mark"]["type"] == mark)


def bars_of(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the drawn executions by their id."""
    rows = document["datasets"][layer_of(document, "point")["data"]["name"]]
    return {row["execution"]: row for row in rows}


def texts_of(svg: str) -> Iterable[str]:
    from xml.etree import ElementTree

    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")]


def marks_of(svg: str, role: str) -> int:
    return svg.count(f'aria-roledescription="{role}"')


def test_each_execution_is_a_bar_and_a_marker() -> None:
    svg = vl_convert.vegalite_to_svg(document_of(mixed()))
    assert marks_of(svg, "point") == 7
    assert {"x6", "x5", "x4", "x3", "x2", "x1", "x0"} == set(bars_of(document_of(mixed())))


def test_the_picture_names_jobs_statuses_counts_and_the_time() -> None:
    texts = texts_of(vl_convert.vegalite_to_svg(document_of(mixed())))
    expected = {
        "7 executions of 4 jobs",
        "2 not ended, drawn to now (09:30 UTC)",
        "deploy",
        "gone",
        'say "hi"\\, {{ x }}',
        LONG_NAME[:31] + "…",
        "PENDING 1",
        "RUNNING 1",
        "SUCCESS 2",
        "FAILURE 1",
        "INIT_FAILURE 1",
        "PAUSED 1",
        "2026-05-02 08:00 to 2026-05-02 09:30 UTC",
    }
    assert expected <= set(texts)


def test_every_job_is_named_however_close_their_lines() -> None:
    frame = frame_of(*(execution(number, number + 2, number + 1, job_id=f"k{number}") for number in range(40)))
    assert {f"k{number}" for number in range(40)} <= set(texts_of(vl_convert.vegalite_to_svg(document_of(frame))))


def test_a_tooltip_says_what_is_known() -> None:
    document = document_of(mixed())
    for mark in ("rect", "point"):
        layer = next(
            layer for layer in document["layer"] if layer["mark"]["type"] == mark and "tooltip" in layer["encoding"]
        )
        assert [entry["title"] for entry in layer["encoding"]["tooltip"]] == [
            "job", "execution", "status", "start", "end", "duration", "commit", "failed hosts"
        ]  # fmt: skip
        fields = [entry["field"] for entry in layer["encoding"]["tooltip"]]
    bars = bars_of(document)
    assert [bars["x4"][field] for field in fields] == [
        "deploy", "x4", "FAILURE", "2026-05-02 09:10:00 UTC", "2026-05-02 09:16:00 UTC", "6 min 00 s", "none",
        "web0, web1, web2, web3, web4, … 2 more",
    ]  # fmt: skip
    assert [bars["x2"][field] for field in fields][0::6] == [LONG_NAME, "c0ffeec0ffee…"]
    assert [bars["x5"][field] for field in fields][4:6] == ["none", "8 min 00 s so far"]
    assert [bars["x6"][field] for field in fields][3:6] == ["none", "none", "0 ms so far"]


def test_what_lives_is_drawn_to_now_and_marked() -> None:
    bars = bars_of(document_of(mixed()))
    assert [name for name, bar in bars.items() if bar["lives"]] == ["x5", "x6"]
    assert pd.Timestamp(bars["x5"]["finish"]) == pd.Timestamp(NOW)
    assert pd.Timestamp(bars["x5"]["begin"]) == pd.Timestamp(NOW) - pd.Timedelta(minutes=8)
    assert pd.Timestamp(bars["x6"]["begin"]) == pd.Timestamp(bars["x6"]["finish"]) == pd.Timestamp(NOW)
    assert bars["x5"]["middle"] != bars["x6"]["middle"]
    assert vl_convert.vegalite_to_svg(document_of(mixed())).count('stroke-width="1" stroke-dasharray="3,2"') == 2


def test_what_ended_without_saying_when_is_not_taken_to_live() -> None:
    bars = bars_of(document_of(frame_of(execution(1, 9, None), execution(2, None, 5, status="KILLED"))))
    assert bars["x1"]["begin"] == bars["x1"]["finish"]
    assert bars["x2"]["begin"] == bars["x2"]["finish"]
    assert not bars["x1"]["lives"]


def test_what_has_no_time_at_all_is_left_out_and_counted() -> None:
    document = document_of(frame_of(execution(1, None, None, status="KILLED"), execution(2, 9, 8)))
    assert list(bars_of(document)) == ["x2"]
    assert document["title"]["subtitle"] == ["1 without times left out"]


def test_executions_of_a_job_that_overlap_lie_on_lines_of_their_own() -> None:
    bars = bars_of(document_of(mixed()))
    assert bars["x1"]["middle"] != bars["x2"]["middle"]
    assert len({bar["middle"] for bar in bars.values()}) == 6


def test_many_at_a_time_share_lines_and_the_chart_says_so() -> None:
    document = document_of(frame_of(*(execution(number, 90, 1) for number in range(20))))
    assert len({bar["middle"] for bar in bars_of(document).values()}) == 8
    assert "more than 8 at a time share lines" in document["title"]["subtitle"][0]


def test_jobs_of_one_name_stay_apart() -> None:
    frame = frame_of(execution(1, 9, 8), execution(2, 7, 6, job_id="j9"))
    document = document_of(frame.assign(job="deploy"))
    assert document["title"]["text"] == "2 executions of 2 jobs"
    assert len({bar["middle"] for bar in bars_of(document).values()}) == 2


def test_the_newest_are_drawn_when_so_many_are_asked_for_and_the_chart_says_so() -> None:
    frame = frame_of(*(execution(number, number + 2, number + 1) for number in range(10_000)))
    document = document_of(frame.sample(frac=1, random_state=1), newest=1_000)
    assert set(bars_of(document)) == {f"x{number}" for number in range(1_000)}
    assert document["title"]["subtitle"] == ["the newest 1,000 of 10,000 executions"]
    assert len(bars_of(document_of(frame, newest=9_000))) == 5_000
    assert len(bars_of(document_of(frame, newest=20))) == 20


def cells_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells of a timeline of very many executions."""
    return list(document["datasets"][document["data"]["name"]])


def test_very_many_are_aggregated_by_job_and_span_of_time_and_the_chart_says_so() -> None:
    frame = frame_of(
        *(
            execution(
                number,
                number + 2,
                number + 1,
                job_id=f"j{1 + number % 2}",
                status="FAILURE" if number < 500 else "SUCCESS",
            )
            for number in range(10_000)
        )
    )
    document = document_of(frame.sample(frac=1, random_state=1))
    cells = cells_of(document)
    assert sum(cell["n"] for cell in cells) == 10_000
    assert sum(cell["failed"] for cell in cells) == 500
    assert {cell["job"] for cell in cells} == {"deploy", LONG_NAME}
    assert document["title"]["text"] == "10,000 executions of 2 jobs"
    assert "aggregated: one cell per job and 3 hours" in document["title"]["subtitle"][0]
    newest = max(cells, key=lambda cell: (cell["begin"], cell["job"]))
    assert newest["rate"] == "under 50 %"
    assert cells[0]["rate"] == "all succeeded"
    legend = document["layer"][0]["encoding"]["color"]["legend"]["labelExpr"]
    assert '"under 50 %": "under 50 %' in legend


def test_what_waits_or_lives_is_counted_in_an_aggregated_timeline_too() -> None:
    old = (execution(number, number + 2, number + 1) for number in range(1_200))
    frame = frame_of(execution(9_001, None, None, status="PENDING"), execution(9_000, 1, None, status="RUNNING"), *old)
    document = document_of(frame)
    assert sum(cell["n"] for cell in cells_of(document)) == 1_202
    assert sum(cell["others"] for cell in cells_of(document)) == 2
    lost = document_of(
        frame_of(
            execution(9_002, None, None, status="KILLED"),
            *map(execution, range(1_100), range(2, 1_102), range(1, 1_101)),
        )
    )
    assert "1 without times left out" in " · ".join(lost["title"]["subtitle"])
    assert sum(cell["n"] for cell in cells_of(lost)) == 1_100


def test_living_executions_are_drawn_to_when_the_service_was_asked() -> None:
    frame = mixed().assign(checked=pd.Timestamp(NOW) - pd.Timedelta(minutes=2))
    document = timeline(frame).to_dict()
    assert pd.Timestamp(bars_of(document)["x5"]["finish"]) == pd.Timestamp(NOW) - pd.Timedelta(minutes=2)
    assert document["title"]["subtitle"] == ["2 not ended, drawn to when the service was asked (09:28 UTC)"]


def test_of_very_many_jobs_those_that_ran_last_are_drawn() -> None:
    frame = frame_of(*(execution(number, number + 2, number + 1, job_id=f"k{number}") for number in range(100)))
    document = document_of(frame)
    assert set(bars_of(document)) == {f"x{number}" for number in range(60)}
    assert document["title"]["subtitle"] == ["the 60 of 100 jobs that ran last"]


def test_no_two_known_statuses_look_the_same() -> None:
    assert set(LOOKS) == set(Status)
    shapes = [look.shape for look in LOOKS.values()] + [UNKNOWN.shape]
    assert len(set(shapes)) == len(shapes)


def test_one_instant_has_an_axis_around_it() -> None:
    texts = texts_of(vl_convert.vegalite_to_svg(document_of(frame_of(execution(1, None, None, status="PENDING")))))
    assert {"2026-05-02 09:30 UTC", "09:29:30", "09:30:30"} <= set(texts)


def test_an_empty_frame_says_that_there_is_nothing_yet() -> None:
    document = document_of(frame_of())
    assert texts_of(vl_convert.vegalite_to_svg(document)) == ["no executions yet"]
    assert document["description"] == "Timeline: no executions yet."


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "frame", [frame_of(), frame_of(execution(1, 5, 5)), mixed()], ids=["empty", "an instant", "mixed"]
)
def test_it_compiles_in_the_versions_of_lab_and_of_altair(
    frame: pd.DataFrame, version: str, capfd: pytest.CaptureFixture[str]
) -> None:
    document = {**document_of(frame), "$schema": f"https://vega.github.io/schema/vega-lite/v{version[0]}.json"}
    vega = vl_convert.vegalite_to_vega(document, vl_version=version, show_warnings=True)
    assert vega["marks"]
    assert "WARN" not in "".join(capfd.readouterr())


def test_a_frame_may_be_filtered_sorted_and_in_other_zones() -> None:
    frame = mixed()
    frame = frame[frame["job"] == "deploy"].sort_values("end")
    frame["start"] = frame["start"].dt.tz_convert("Asia/Tokyo")
    frame["end"] = frame["end"].dt.tz_localize(None)
    document = document_of(frame)
    assert set(bars_of(document)) == {"x4", "x5", "x6"}
    assert bars_of(document)["x4"]["started"] == "2026-05-02 09:10:00 UTC"
    assert document["title"]["text"] == "3 executions of deploy"


def test_the_frame_given_is_left_as_it_was() -> None:
    frame = mixed()
    timeline(frame, now=NOW)
    pd.testing.assert_frame_equal(frame, mixed())


def test_a_history_is_pulled_and_drawn() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            return httpx.Response(200, json={"userName": "u", "accountAlias": "ACME", "bearerToken": "t"})
        row = {"execution_id": "x1", "job_id": "j1", "status": "SUCCESS", "timers": [{"start": 1_000, "end": 2_000}]}
        rows = [row] if request.url.path.endswith("/executions") else [{"id": "j1", "name": "deploy"}]
        return httpx.Response(200, json={"totalSize": 1, "page": 0, "size": 100, "results": rows})

    session = connect(
        "https://runner.example.org", username="u", password=lambda user: "x", transport=httpx.MockTransport(answer)
    )
    assert timeline(history(session=session)).to_dict()["title"]["text"] == "1 execution of deploy"


def test_what_cannot_be_drawn_is_refused_in_a_sentence() -> None:
    with pytest.raises(DocumentError, match="this frame has no 'end'"):
        timeline(mixed().drop(columns=["end", "status"]).assign(status="x"))
    with pytest.raises(DocumentError, match="draws a History, its executions, or some rows of them"):
        timeline([1, 2])  # type: ignore[arg-type]


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = "{'pandas', 'numpy', 'altair', 'vl_convert', 'IPython', 'ipywidgets'}"
    code = f"import sys, ctl_jupyter.charts; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
