import pandas as pd
import pytest

from ctl_jupyter import samples
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.history.tab import CHARTS, HistoryTab, _output, tiles_html
from ctl_jupyter.panel.history.words import MOST_ROWS, code, report_name, rows, summary, tiles, tiles_of_events


@pytest.fixture(scope="module")
def executions() -> pd.DataFrame:
    return samples.a_year(executions=1_000).executions


def test_tiles_tell_rate_and_durations(executions: pd.DataFrame) -> None:
    shown = {tile.name: tile for tile in tiles(executions)}

    assert shown["Success rate"].value.endswith("%")
    assert "decided" in shown["Success rate"].note
    assert shown["Median duration"].value != "not known"
    assert "Median duration" in tiles_html(list(shown.values()))


def test_no_executions_have_no_tiles_and_no_rows(executions: pd.DataFrame) -> None:
    assert tiles(executions.head(0)) == []
    assert rows(executions.head(0)) == []


def test_one_execution_is_enough(executions: pd.DataFrame) -> None:
    assert len(tiles(executions.head(1))) == 6
    assert rows(executions.head(1))[0].key == executions["execution_id"].iloc[0]


def test_the_table_is_limited_to_the_newest(executions: pd.DataFrame) -> None:
    assert [row.key for row in rows(executions)] == executions["execution_id"].head(MOST_ROWS).tolist()


def test_the_summary_says_what_is_missing() -> None:
    assert summary(1, True, False) == "1 execution."
    assert "newest 500" in summary(10_000, True, False)
    assert "not complete" in summary(2, False, True)
    assert "from the store alone" in summary(2, True, True)


def test_code_that_gives_the_same_history() -> None:
    assert code("j'1", "7 days", True, False).endswith("""history("j'1", since='7 days', events=True)""")
    assert code(None, None, False, True).endswith("history(offline=True)")


def test_a_chart_is_an_output(executions: pd.DataFrame) -> None:
    output = _output("timeline", executions)

    assert {"image/png", "application/vnd.vegalite.v5+json"} <= set(output["data"])


def test_every_chart_on_the_list_exists() -> None:
    from ctl_jupyter import charts

    assert {name for _, name in CHARTS} <= set(charts.__all__)


def test_without_a_job_the_tab_says_so() -> None:
    tab = HistoryTab(Desk())

    assert "No job is chosen" in tab.note.value
    assert tab.of.value is None


def test_tiles_tell_what_it_cost_and_which_hosts_are_flaky() -> None:
    year = samples.a_year(seed=7, executions=5_000)
    executions = year.executions[year.executions["job"] == "patch linux"]
    of_job = executions["execution_id"]
    hosts, runs = (frame[frame["execution_id"].isin(of_job)] for frame in (year.hosts, year.runs))
    shown = {tile.name: tile for tile in [*tiles(executions), *tiles_of_events(runs, hosts, executions)]}

    assert shown["Cost"].value.endswith("$")
    assert "runs" in shown["Median time in the queue"].note
    assert {"Flaky hosts", "Broken hosts", "Change of duration"} <= shown.keys()


def test_a_report_takes_no_name_that_is_taken() -> None:
    taken = {"report-deploy-the-shop.html"}
    assert report_name("deploy / the shop!", taken.__contains__) == "report-deploy-the-shop-2.html"
    assert report_name(None, taken.__contains__) == "report-account.html"
    assert report_name("../..", taken.__contains__) == "report-job.html"
