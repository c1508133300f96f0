import pytest

from ctl_jupyter.charts import queue_chart
from ctl_jupyter.charts.queue import KINDS
from tests.charts.documents_of import notes_of, rows_of, texts_of, tooltip_of
from tests.charts.made import made, run


def test_waiting_and_running_are_a_line_each_with_colour_and_shape() -> None:
    frame = made("runs", [run(n, n, queue=10 + n, took=60) for n in range(3)])
    chart = queue_chart(frame, tz="UTC")
    rows = {row["kind"]: row for row in rows_of(chart, "kind")}
    assert {kind: (row["n"], row["typical"]) for kind, row in rows.items()} == {
        "in the queue": (3, "11.0 s"),
        "running": (3, "1 min 00 s"),
    }
    assert len({look.shape for look in KINDS.values()}) == len({look.color for look in KINDS.values()}) == 2
    assert {"in the queue 3", "running 3"} <= texts_of(chart)
    assert tooltip_of(chart)["between"] == "10 to 90 %"


def test_hours_are_those_of_the_users_clock() -> None:
    frame = made("runs", [run(1), run(2, 60)])
    for tz, hours in (("UTC", [12, 13]), ("Asia/Kolkata", [17, 18])):
        rows = rows_of(queue_chart(frame, by="hour", tz=tz), "kind")
        assert [row["at"] for row in rows if row["kind"] == "running"] == hours
        assert f"clock of {tz}" in notes_of(queue_chart(frame, by="hour", tz=tz))


def test_runs_without_a_known_time_in_the_queue_are_left_out_and_counted() -> None:
    chart = queue_chart(made("runs", [run(1), run(2, queue=None)]), tz="UTC")
    assert "1 left out, whose time in the queue or of running is not known" in notes_of(chart)
    assert [row["n"] for row in rows_of(chart, "kind")] == [1, 1]
    nothing = queue_chart(made("runs", [run(2, queue=None)]), tz="UTC")
    assert any("no runs whose time in the queue is known" in text for text in texts_of(nothing))


def test_few_are_one_line_as_long_as_their_time_and_the_day_is_said() -> None:
    chart = queue_chart(made("runs", [run(n, n) for n in range(3)]), tz="UTC")
    ends = [row["at"] for row in rows_of(chart, "kind") if row["kind"] == "running"]
    assert len(ends) == 2
    assert ends[0] < ends[1]
    assert "aggregated: median of all, band 10 to 90 %" in notes_of(chart)


def test_it_is_by_time_or_by_hour() -> None:
    with pytest.raises(ValueError, match="by 'time' or by 'hour', not by 'week'"):
        queue_chart(made("runs", []), by="week")  # type: ignore[arg-type]
