"""Flaky hosts, told from broken ones, from those that cannot be reached, and from bad commits."""

from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.measures import flaky_hosts
from ctl_jupyter.history.schema import empty_frame
from tests.history.measures.host_results import at, dtypes, execution, executions_of, hosts_of, result

DTYPES = {
    "job": "category",
    "job_id": "category",
    "host": "category",
    **dict.fromkeys(("n", "reached", "failed", "unreachable", "shared", "pairs", "flips"), "int64"),
    **dict.fromkeys(("flip_rate", "flip_rate_low", "expected_flips", "chance"), "float64"),
    "recoveries": "int64",
    "last_outcome": "category",
    "since": "datetime64[ms, UTC]",
    "verdict": "category",
}
OUTCOMES = {".": "ok", "F": "failed", "U": "unreachable"}


def runs_of(**hosts: str) -> pd.DataFrame:
    """Return one run an hour, a letter for each host: ok (.), failed (F), unreachable (U) or not in it (space)."""
    rows = [
        result(f"x{hour}", host, OUTCOMES[letter], end=3600 * hour + 1)
        for host, letters in hosts.items()
        for hour, letter in enumerate(letters)
        if letter != " "
    ]
    return hosts_of(*rows)


def verdicts(answer: pd.DataFrame) -> dict[str, str]:
    return dict(zip(answer["host"], answer["verdict"], strict=True))


def of_host(answer: pd.DataFrame, host: str) -> "pd.Series[Any]":
    return answer[answer["host"] == host].iloc[0]


def test_each_kind_of_host_has_its_verdict_and_the_worst_come_first() -> None:
    answer = flaky_hosts(
        runs_of(
            a="." * 24,
            b="." * 24,
            c="..F.....F......F....F...",
            d="." * 20 + "FFFF",
            e="UUUUU.UUUUUU.UUUUUUUUUUU",
            f="." * 24,
            g="." * 24,
        )
    )
    assert list(answer["host"][:3]) == ["d", "e", "c"]
    assert verdicts(answer) == {
        "d": "broken",
        "e": "unreachable",
        "c": "flaky",
        **dict.fromkeys("abfg", "healthy"),
    }
    # Broken since its first failure of the last four, and unreachable since the run after the twelfth.
    assert list(answer["since"][:2]) == [pd.Timestamp(str(at(20 * 3600 + 1))), pd.Timestamp(str(at(13 * 3600 + 1)))]
    assert answer["since"][2:].isna().all()
    assert dtypes(answer) == DTYPES


def test_flips_are_counted_by_hand() -> None:
    answer = flaky_hosts(runs_of(a="..F.UFF.", b="." * 8))
    row = of_host(answer, "a")
    # Reached: . . F . F F . ; pairs: .. .F F. .F FF F. ; of these all but the first and the fifth are flips.
    names = ["n", "reached", "failed", "unreachable", "shared", "pairs", "flips", "recoveries"]
    assert row[names].to_list() == [8, 7, 3, 1, 0, 6, 4, 2]
    assert row["flip_rate"] == 4 / 6
    assert row["flip_rate_low"] == pytest.approx(proportion_confint(4, 6, method="wilson")[0])
    assert row["expected_flips"] == pytest.approx(6 * 2 * (3 / 7) * (4 / 7))
    assert row["last_outcome"] == "ok"


def test_one_failure_that_went_away_says_nothing_yet() -> None:
    assert verdicts(flaky_hosts(runs_of(a=".F..", b="....")))["a"] == "healthy"


def test_a_host_that_was_broken_for_a_while_is_not_flaky() -> None:
    row = of_host(flaky_hosts(runs_of(a="." * 20 + "F" * 10 + "." * 20, b="." * 50)), "a")
    assert (row["verdict"], row["flips"], row["recoveries"]) == ("healthy", 2, 1)
    assert row["expected_flips"] == pytest.approx(49 * 2 * 0.2 * 0.8)


def test_a_host_is_what_it_was_at_the_end_of_the_rows() -> None:
    hosts = runs_of(a="." * 10 + "FFF" + "." * 7, b="." * 20)
    assert verdicts(flaky_hosts(hosts))["a"] == "healthy"
    then = pd.Timestamp(str(at(12.5 * 3600)))
    assert verdicts(flaky_hosts(hosts[hosts["timestamp"] < then]))["a"] == "broken"


def test_what_most_others_share_is_not_the_host_s() -> None:
    # Runs 2, 5 and 8 fail on everybody; a alone fails in run 3, and with one of three others in run 6.
    letters = {"a": "..FF.FF.F.", "b": "..F..FF.F.", "c": "..F..F..F.", "d": "..F..F..F."}
    answer = flaky_hosts(runs_of(**letters))
    found = {host: of_host(answer, host)[["failed", "shared"]].to_list() for host in "abcd"}
    assert found == {"a": [2, 3], "b": [1, 3], "c": [0, 3], "d": [0, 3]}
    # Everyone left out, the last of d's runs that counts is the ninth.
    assert of_host(answer, "d")["last_outcome"] == "ok"


def test_a_host_alone_has_nobody_to_share_with() -> None:
    answer = flaky_hosts(runs_of(a=".F..F...F..F........F..."))
    assert of_host(answer, "a")[["failed", "shared", "verdict"]].to_list() == [5, 0, "flaky"]


def test_hosts_that_all_fail_now_and_then_make_no_one_flaky() -> None:
    generator = np.random.default_rng(2)
    letters = {f"web{host}": "".join(np.where(generator.random(60) < 0.15, "F", ".")) for host in range(12)}
    assert "flaky" not in set(verdicts(flaky_hosts(runs_of(**letters))).values())
    with_worse = {**letters, "worse": "".join(np.where(generator.random(60) < 0.6, "F", ".")) + "."}
    answer = flaky_hosts(runs_of(**with_worse))
    assert [host for host, verdict in verdicts(answer).items() if verdict == "flaky"] == ["worse"]


def test_chance_bounds_the_binomial_tail() -> None:
    answer = flaky_hosts(runs_of(a="F.F.F.F." * 4, b="." * 31 + "F", c="." * 31 + " "))
    row = of_host(answer, "a")
    # The others failed once in 63 runs.
    exact = float(binom.sf(15, 32, 1 / 63))
    assert exact <= float(str(row["chance"])) <= 100 * exact
    assert of_host(answer, "c")["chance"] == 1


def test_flips_need_the_same_commit() -> None:
    hosts = runs_of(a=".F.F.F", b="......")
    commits = count()
    changing = executions_of(*(execution(f"x{hour}", commit=f"c{next(commits)}") for hour in range(6)))
    assert of_host(flaky_hosts(hosts, changing), "a")[["pairs", "flips"]].to_list() == [0, 0]
    assert np.isnan(flaky_hosts(hosts, changing)["flip_rate"]).all()
    two = executions_of(*(execution(f"x{hour}", commit=f"c{hour // 3}") for hour in range(6)))
    assert of_host(flaky_hosts(hosts, two), "a")[["pairs", "flips"]].to_list() == [4, 4]
    none = executions_of(*(execution(f"x{hour}") for hour in range(6)))
    assert of_host(flaky_hosts(hosts, none), "a")["pairs"] == 5


def test_what_a_rescue_section_mended_is_no_failure() -> None:
    failed = result("x1", "a", "failed", number=1, end=1)
    mended = result("x1", "a", "ok", number=2, start=1, end=2)
    skipped = result("x1", "a", "skipped", number=3, start=2, end=3)
    ignored = result("x2", "a", "ignored", number=1, end=61)
    assert list(flaky_hosts(hosts_of(failed, mended, skipped, ignored))["failed"]) == [0]
    assert list(flaky_hosts(hosts_of(failed, skipped))["failed"]) == [1]


def test_failed_hosts_of_the_execution_go_before_its_results() -> None:
    # An 'always' section looks like a rescue in the results; a rescue that was last looks like a failure.
    always = [result("x1", "a", "failed", number=1, end=1), result("x1", "a", "ok", number=2, start=1, end=2)]
    last = [result("x2", "a", "failed", number=1, start=60, end=61)]
    hosts = hosts_of(*always, *last)
    executions = executions_of(
        execution("x1", status="FAILURE", failed_hosts=["b", "a"]), execution("x2", failed_hosts=[])
    )
    assert flaky_hosts(hosts)["last_outcome"].to_list() == ["failed"]
    told = flaky_hosts(hosts, executions)
    assert told[["failed", "last_outcome"]].to_numpy().tolist() == [[1, "ok"]]
    live = executions_of(execution("x1", status="RUNNING", failed_hosts=["a"]), execution("x2"))
    assert flaky_hosts(hosts, live)[["failed", "last_outcome"]].to_numpy().tolist() == [[1, "failed"]]


def test_executions_may_be_joined_of_several_frames() -> None:
    hosts = hosts_of(result("x1", "a", "failed"), result("x2", "a", "failed"))
    joined = pd.concat(
        [executions_of(execution("x1", failed_hosts=[])), executions_of(execution("x2", failed_hosts=["a"]))]
    )
    assert flaky_hosts(hosts, joined)["failed"].to_list() == [1]


def test_a_restart_is_a_run_of_its_own_and_the_others_still_count() -> None:
    first = [result("x1", host, "failed" if host in "ab" else "ok") for host in "abcdefg"]
    again = [result("x1", host, outcome, run=2, end=60) for host, outcome in (("a", "failed"), ("b", "ok"))]
    answer = flaky_hosts(hosts_of(*first, *again))
    names = ["n", "failed", "shared", "pairs", "flips"]
    assert of_host(answer, "a")[names].to_list() == [2, 2, 0, 1, 0]
    assert of_host(answer, "b")[names].to_list() == [2, 1, 0, 1, 1]


def test_rows_may_stand_in_any_order_with_any_index() -> None:
    hosts = runs_of(a="..F.UFF.", b="...F....", c="........")
    mixed = hosts.sample(frac=1, random_state=1)
    mixed.index = pd.Index([7] * len(mixed))
    pd.testing.assert_frame_equal(
        flaky_hosts(hosts).sort_values("host", ignore_index=True, key=lambda host: host.astype(str)),
        flaky_hosts(mixed).sort_values("host", ignore_index=True, key=lambda host: host.astype(str)),
        check_categorical=False,
    )
    assert list(flaky_hosts(hosts[hosts["host"] == "b"])["n"]) == [8]


def test_runs_without_times_are_taken_as_they_stand() -> None:
    rows = [result(f"x{nth}", "a", outcome, start=None, end=None) for nth, outcome in enumerate(("ok", "failed", "ok"))]
    assert flaky_hosts(hosts_of(*rows))[["pairs", "flips"]].to_numpy().tolist() == [[2, 2]]


@pytest.mark.parametrize("executions", [None, empty_frame("executions")], ids=["without", "empty"])
def test_no_row_and_one_row_give_an_answer(executions: pd.DataFrame | None) -> None:
    assert dtypes(flaky_hosts(empty_frame("hosts"), executions)) == DTYPES
    answer = flaky_hosts(hosts_of(result("x1", "a")), executions)
    assert dtypes(answer) == DTYPES
    assert answer[["n", "pairs", "verdict"]].to_numpy().tolist() == [[1, 0, "healthy"]]


def test_a_part_that_is_none_is_said() -> None:
    with pytest.raises(ValueError, match="usual=0 must be between 0 and 1"):
        flaky_hosts(empty_frame("hosts"), usual=0)


def test_a_missing_column_is_said() -> None:
    with pytest.raises(DocumentError, match=r"flaky_hosts\(\) takes hosts, and this frame has no 'outcome'"):
        flaky_hosts(empty_frame("hosts").drop(columns="outcome"))
