"""Charts of what happened on hosts: of one execution, of many, and what they failed of."""

from datetime import timedelta
from typing import Any

import pytest

from ctl_jupyter.charts import execution_timeline, failure_chart, host_run_matrix, host_task_matrix
from ctl_jupyter.charts.looks import OUTCOME_LOOKS
from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.schema import OUTCOMES
from tests.charts.documents_of import document_of, notes_of, rows_of, texts_of
from tests.charts.made import NOON, history_of, made, result


def hosts_of(*rows: dict[str, Any]) -> Any:
    return made("hosts", list(rows))


def cells_of(chart: Any) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["host"], row["task"]): row for row in rows_of(chart, "outcome")}


def test_no_two_outcomes_look_the_same_and_each_is_known() -> None:
    assert set(OUTCOME_LOOKS) == set(OUTCOMES)
    for looks in ({look.color for look in OUTCOME_LOOKS.values()}, {look.shape for look in OUTCOME_LOOKS.values()}):
        assert len(looks) == len(OUTCOMES)


def test_each_host_and_task_is_a_square_with_its_outcome() -> None:
    frame = hosts_of(
        result("web1", 1), result("web2", 1, "changed"), result("web1", 2, "failed", message="no space\nleft"),
        result("web3", 1, execution_id="x2"),
    )  # fmt: skip
    chart = host_task_matrix(frame, "x1")
    cells = cells_of(chart)
    assert {place: cell["outcome"] for place, cell in cells.items()} == {
        ("web1", "1 task 1"): "ok",
        ("web2", "1 task 1"): "changed",
        ("web1", "2 task 2"): "failed",
    }
    failed = cells["web1", "2 task 2"]
    assert (failed["message"], failed["took"], failed["execution"]) == ("no space left", "2.0 s", "x1")
    assert {"web1", "web2", "1 task 1", "2 task 2", "failed 1", "changed 1", "ok 1"} <= texts_of(chart)
    marks = next(layer for layer in document_of(chart)["layer"] if "shape" in layer["encoding"])
    assert marks["encoding"]["shape"]["scale"]["range"][0] == OUTCOME_LOOKS["failed"].shape


def test_hosts_that_failed_come_first() -> None:
    frame = hosts_of(*(result(f"web{n}", 1, "failed" if n == 7 else "ok") for n in range(9)))
    cells = cells_of(host_task_matrix(frame, "x1"))
    by_place = sorted(cells.values(), key=lambda cell: float(cell["top"]))
    assert [cell["host"] for cell in by_place][:3] == ["web7", "web0", "web1"]


def test_of_several_results_in_one_place_the_worst_is_shown() -> None:
    frame = hosts_of(*(result("web1", 1, outcome) for outcome in ("ok", "failed", "changed")))
    (cell,) = cells_of(host_task_matrix(frame, "x1")).values()
    assert (cell["outcome"], cell["words"]) == ("failed", "1 of 3 failed")


def test_very_many_hosts_and_tasks_share_the_last_lines_and_the_chart_says_so() -> None:
    rows = [
        result(f"web{n:03}", 1 + t, "failed" if (n, t) == (99, 69) else "ok") for n in range(100) for t in range(70)
    ]
    chart = host_task_matrix(hosts_of(*rows), "x1")
    assert "aggregated: 41 of 100 hosts share the last row" in notes_of(chart)
    assert "21 of 70 tasks share the last column" in notes_of(chart)
    assert {"web099", "70 task 70", "… 41 more hosts", "… 21 more tasks"} <= texts_of(chart)
    cells = rows_of(chart, "outcome")
    assert len(cells) == 60 * 50
    assert sum(int(cell["words"].split(" of ")[-1].split(" ")[0].replace(",", "")) for cell in cells) == 7_000


def test_a_restarted_execution_shows_its_last_run_or_the_one_asked_for() -> None:
    frame = hosts_of(result("web1", 1, "failed"), result("web1", 1, "ok", run=2))
    for draw in (host_task_matrix, execution_timeline):
        last, first = draw(frame, "x1"), draw(frame, "x1", run=1)
        assert [row["outcome"] for row in rows_of(last, "outcome")] == ["ok"]
        assert [row["outcome"] for row in rows_of(first, "outcome")] == ["failed"]
        assert "run 2" in notes_of(last)


def test_each_result_is_a_bar_from_its_begin_to_its_end() -> None:
    frame = hosts_of(result("web1", 1), result("web2", 2, "unreachable", start=None))
    chart = execution_timeline(frame, "x1")
    bars = cells_of(chart)
    ok, lost = bars["web1", "1 task 1"], bars["web2", "2 task 2"]
    noon = int(NOON.timestamp() * 1_000)
    assert (ok["begin"], ok["finish"], ok["took"]) == (noon, noon + 2_000, "2.0 s")
    assert lost["begin"] == lost["finish"] == noon + 12_000
    assert lost["top"] < ok["top"]
    assert {"web1", "web2", "ok 1", "unreachable 1", "1", "2"} <= texts_of(chart)
    assert notes_of(chart) == "2 results of 2 hosts: execution x1"


def test_results_without_a_time_are_left_out_and_counted() -> None:
    frame = hosts_of(result("web1"), result("web2", start=None, end=None, timestamp=None))
    assert "1 results without host or time left out" in notes_of(execution_timeline(frame, "x1"))


def test_of_thousands_the_failures_and_the_longest_are_drawn_and_the_chart_says_so() -> None:
    rows = [
        result(f"web{n:03}", 1 + t, "failed" if (n, t) == (77, 0) else "ok",
               end=NOON + timedelta(seconds=10 * t + 1 + (t == 55 or n < 50)))
        for n in range(100) for t in range(60)
    ]  # fmt: skip
    chart = execution_timeline(hosts_of(*rows), "x1")
    assert "40 of 100 hosts: failing ones first, then the busiest" in notes_of(chart)
    assert "1,500 of their 2,400 results: failures, then the longest" in notes_of(chart)
    bars = rows_of(chart, "outcome")
    assert len(bars) == 1_500
    assert [bar["host"] for bar in bars if bar["outcome"] == "failed"] == ["web077"]
    assert {bar["host"] for bar in bars} - {"web077"} <= {f"web{n:03}" for n in range(39)}


def runs_of(outcomes: dict[str, str], **members: Any) -> Any:
    """Return results by host: a letter for each execution in turn (``.`` ok, ``F`` failed, ``U`` unreachable)."""
    names = {".": "ok", "F": "failed", "U": "unreachable"}
    return hosts_of(
        *(
            result(host, 1, names[letter], f"x{n}", timestamp=NOON + timedelta(days=n), **members)
            for host, letters in outcomes.items()
            for n, letter in enumerate(letters)
            if letter != " "
        )
    )


def test_each_host_and_execution_is_a_square_oldest_left_and_failing_hosts_first() -> None:
    chart = host_run_matrix(runs_of({"web1": "....", "web2": ".F.F", "web3": "UUU ", "web4": "   F"}))
    cells = rows_of(chart, "outcome")
    lines: dict[float, dict[float, dict[str, Any]]] = {}
    for cell in cells:
        lines.setdefault(cell["top"], {})[cell["left"]] = cell
    read = [[cell["outcome"][0] for _, cell in sorted(line.items())] for _, line in sorted(lines.items())]
    assert read == [["u", "u", "u"], ["o", "f", "o", "f"], ["f"], ["o", "o", "o", "o"]]
    assert [next(iter(line.values()))["host"] for _, line in sorted(lines.items())] == ["web3", "web2", "web4", "web1"]
    web2 = next(cell for cell in cells if cell["host"] == "web2" and cell["execution"] == "x1")
    assert (web2["often"], web2["when"]) == ("2 of 4 executions", "2026-03-05 12:00 UTC")
    assert "4 hosts in 4 executions of deploy" in notes_of(chart)


def test_only_the_newest_executions_are_drawn_and_the_chart_says_so() -> None:
    chart = host_run_matrix(runs_of({"web1": "F" + "." * 99}), newest=10)
    assert {cell["execution"] for cell in rows_of(chart, "outcome")} == {f"x{n}" for n in range(90, 100)}
    assert "the newest 10 of 100 executions" in notes_of(chart)


def test_of_very_many_hosts_those_that_failed_most_are_drawn() -> None:
    chart = host_run_matrix(runs_of({f"web{n:03}": "F." if n == 99 else ".." for n in range(100)}))
    assert "the 60 of 100 hosts that failed most" in notes_of(chart)
    assert "web099" in texts_of(chart)


def test_of_several_jobs_one_has_to_be_chosen() -> None:
    frame = hosts_of(result("web1"), result("web1", execution_id="x2", job_id="j2", job="backup"))
    with pytest.raises(DocumentError, match="results of several jobs; give job="):
        host_run_matrix(frame)
    assert len(rows_of(host_run_matrix(frame, "backup"), "outcome")) == 1


def test_each_cause_is_a_bar_with_how_many_hosts_and_executions() -> None:
    rows = [result(f"web{n}", 1, "failed", f"x{n % 2}", message=f"No space left: {40 + n} kB") for n in range(4)]
    frame = hosts_of(*rows, result("web9", 2, "unreachable", message="timed out"), result("web8"))
    chart = failure_chart(frame)
    first, second = rows_of(chart, "cause")
    assert (first["n"], first["spread"], first["task"]) == (4, "4 hosts, 2 executions", "task 1")
    assert (second["n"], second["outcome"]) == (1, "unreachable")
    assert notes_of(chart).startswith("5 failures of 2 causes")
    assert {"4 · 4 hosts, 2 executions", "failed 4", "unreachable 1"} <= texts_of(chart)


def test_only_the_causes_with_most_failures_are_drawn() -> None:
    rows = [result(f"web{n}", n, "failed", message="broken" + n * "!") for n in range(1, 31)]
    chart = failure_chart(hosts_of(*rows), most=5)
    assert len(rows_of(chart, "cause")) == 5
    assert "the 5 of 30 causes with most failures" in notes_of(chart)


def test_where_no_host_failed_it_says_so() -> None:
    assert texts_of(failure_chart(history_of(hosts=[result("web1")]))) == {"no host failed"}


def test_an_execution_without_any_time_has_none() -> None:
    timeless: dict[str, Any] = dict.fromkeys(("start", "end", "duration", "timestamp"))
    (row,) = rows_of(host_run_matrix(hosts_of(result("web1", **timeless))), "outcome")
    assert row["when"] == "unknown"
