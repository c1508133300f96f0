from datetime import timedelta

import pytest

from ctl_jupyter.charts import duration_trend
from ctl_jupyter.charts.looks import LOOKS
from ctl_jupyter.documents import DocumentError
from tests.charts.documents_of import document_of, notes_of, rows_of, tables_of, texts_of, tooltip_of
from tests.charts.made import execution, made, many, small


def test_few_are_points_with_their_ids_and_all_have_a_line() -> None:
    chart = duration_trend(small(), "deploy")
    points = {row["execution"]: row for row in rows_of(chart, "took")}
    assert set(points) == {"x1", "x2", "x3"}
    assert (points["x2"]["status"], points["x2"]["words"]) == ("FAILURE", "1 min 10 s")
    assert {"execution", "job", "commit", "words"} <= set(tooltip_of(chart))
    assert notes_of(chart).startswith("Duration of 3 executions of deploy")
    assert "both of the 2 that succeeded" in notes_of(chart)
    (row, _) = rows_of(chart, "median")
    assert (row["n"], row["typical"]) == (2, "1 min 10 s")


def test_colour_and_shape_say_how_they_ended() -> None:
    points = next(layer for layer in document_of(duration_trend(small()))["layer"] if "shape" in layer["encoding"])
    shape, color = (points["encoding"][channel]["scale"] for channel in ("shape", "color"))
    assert shape["domain"] == color["domain"] == ["SUCCESS", "FAILURE"]
    assert shape["range"] == [LOOKS["SUCCESS"].shape, LOOKS["FAILURE"].shape]


def test_of_many_there_is_the_band_alone() -> None:
    chart = duration_trend(many(600))
    assert "aggregated: 600 executions are too many to draw each" in notes_of(chart)
    assert "changes are marked for one job: give job=" in notes_of(chart)
    assert len(tables_of(chart)) == 1
    rows = rows_of(chart, "median")
    assert sum(row["n"] for row in rows) == 540
    assert all(row["low"] <= row["median"] <= row["high"] for row in rows)


def test_a_change_is_marked_with_the_commit_that_it_came_with() -> None:
    rows = [
        execution(n, 60 * n, (60 if n < 40 else 120) + n % 5, commit=("a" if n < 40 else "b") * 40) for n in range(80)
    ]
    chart = duration_trend(made("executions", rows))
    (mark,) = rows_of(chart, "label")
    assert (mark["commit"], mark["execution"]) == ("b" * 12 + "…", "x40")
    assert mark["label"].endswith(" bbbbbbb")
    assert "dashed: 1 change of level" in notes_of(chart)
    assert mark["label"] in texts_of(chart)
    assert not any("label" in table[0] for table in tables_of(duration_trend(made("executions", rows), changes=False)))


def test_durations_of_very_different_length_are_on_a_logarithm() -> None:
    rows = [execution(1, 0, 1), execution(2, 1, 5_000), execution(3, 2, 0)]
    assert "duration, hours (log scale)" in texts_of(
        duration_trend(made("executions", [*rows, execution(4, 3, 9_000)]))
    )
    assert "duration, minutes" in texts_of(duration_trend(made("executions", [execution(1, 0, 200)])))


def test_what_has_not_ended_or_was_stopped_is_not_drawn() -> None:
    rows = [execution(1, 0, None, status="RUNNING"), execution(2, 1, 9, status="STOPPED"), execution(3, 2, 8)]
    chart = duration_trend(made("executions", rows))
    assert [row["execution"] for row in rows_of(chart, "took")] == ["x3"]


def test_only_failures_have_no_band() -> None:
    rows = [execution(n, n, 9, status="FAILURE", duration=timedelta(seconds=9)) for n in range(3)]
    chart = duration_trend(made("executions", rows))
    assert len(rows_of(chart, "took")) == 3
    assert not any("median" in table[0] for table in tables_of(chart))


def test_a_job_may_be_given_by_id_or_name_and_has_to_be_there() -> None:
    assert len(rows_of(duration_trend(small(), "j2"), "took")) == len(
        rows_of(duration_trend(small(), "backup"), "took")
    )
    with pytest.raises(DocumentError, match="no execution here is of a job 'nothing'"):
        duration_trend(small(), "nothing")


def test_a_job_that_always_fails_is_drawn_however_often_it_ran() -> None:
    failing = [execution(n, n, 60, status="FAILURE") for n in range(501)]
    chart = duration_trend(made("executions", failing))
    assert "none succeeded: no line · the newest 500 of 501 executions" in notes_of(chart)
    assert {row["execution"] for row in rows_of(chart, "took")} == {f"x{n}" for n in range(1, 501)}


def test_jobs_of_one_name_are_called_by_it() -> None:
    chart = duration_trend(made("executions", [execution(1), execution(2, 5, job_id="j2")]), "deploy")
    assert notes_of(chart).startswith("Duration of 2 executions of 2 jobs named deploy")


def test_the_line_is_of_the_time_in_which_something_ran() -> None:
    # From a Sunday on: the middle of its week is before it.
    days = [execution(n, 1_440 * (n + 4)) for n in range(30)]
    rows = rows_of(duration_trend(made("executions", days)), "median")
    times = [days[place]["start"].timestamp() * 1_000 for place in (0, -1)]
    assert all(times[0] <= row["middle"] <= times[1] for row in rows)
