import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from ctl_jupyter.charts import Report, report
from ctl_jupyter.documents import DocumentError
from tests.charts.made import execution, history_of, hostile, made, result, small

VOID = {"meta", "br", "img", "hr", "input", "link"}
#: What a report may consist of.
HTML = {"html", "head", "meta", "title", "style", "body", "div", "section", "h1", "h2", "p", "dl", "dt", "dd", "table",
        "thead", "tbody", "tr", "th", "td", "code", "figure"}  # fmt: skip
SVG = {"svg", "g", "path", "text", "tspan", "rect", "line", "defs", "clippath", "circle"}


class Page(HTMLParser):
    """The elements of a page, its texts, and what is wrong with its nesting."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.ids: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.codes: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.texts.append(data)
            if self._open[-1] == "code":
                self.codes.append(data)

    @property
    def words(self) -> str:
        return "\n".join(self.texts)


@pytest.fixture(scope="module")
def of_job() -> Report:
    return report(small(), "deploy", tz="Asia/Tokyo")


@pytest.fixture(scope="module")
def of_account() -> Report:
    return report(small(), tz="UTC")


def test_it_says_what_it_is_about(of_job: Report) -> None:
    page = Page(of_job.html)
    assert of_job.title == "Report: deploy"
    assert "Report: deploy" in page.texts
    for said in ("deploy", "j1", "ACME", "2026-03-04 21:00 to 2026-03-05 02:00", "Asia/Tokyo"):
        assert said in page.texts
    assert page.texts[page.texts.index("executions") + 1] == "4"


def test_it_says_what_is_missing(of_job: Report) -> None:
    assert "Not complete: 1 execution of 4. 1 had not ended when the service was asked." in Page(of_job.html).texts
    whole = report(made("executions", [execution(1)]), tz="UTC")
    assert "Complete: all of them have ended, and nothing of them is missing." in Page(whole.html).texts
    lost = report(made("executions", [execution(1, complete=False)]), tz="UTC")
    assert "Of 1 status events are missing" in Page(lost.html).words


def test_it_has_a_section_for_each_measure(of_job: Report) -> None:
    page = Page(of_job.html)
    for title in ("Success", "Durations", "Queue and run", "Hosts", "What hosts failed of", "Where the time goes",
                  "Time to repair", "Cost", "Newest executions"):  # fmt: skip
        assert title in page.texts
    for said in ("66.7 % of 3 decided executions", "20.8 % to 93.9 % (Wilson)", "1 live or unknown",
                 "No space left on device: '/tmp/x7'", "1 h 00 min", "median 5.0 s, 90 % at most 5.0 s"):  # fmt: skip
        assert said in page.texts
    assert page.names.count("svg") == 7


def test_ids_are_whole_and_selected_by_one_click(of_job: Report) -> None:
    page = Page(of_job.html)
    assert {"x1", "x2", "x3", "x5", "j1"} <= set(page.codes)
    assert "x4" not in page.codes
    assert "user-select: all" in of_job.html


def test_a_report_of_all_jobs_tells_them_apart(of_account: Report) -> None:
    page = Page(of_account.html)
    assert {"account ACME", "2 jobs", "backup", "deploy", "The jobs that fail most:"} <= set(page.texts)


def test_the_page_needs_nothing_from_elsewhere_and_runs_no_script(of_job: Report) -> None:
    page = Page(of_job.html)
    assert set(page.names) <= HTML | SVG
    assert not {name for name in page.attributes if name.startswith("on")}
    assert "default-src 'none'; style-src 'unsafe-inline'" in of_job.html.replace("&#x27;", "'")
    addresses = set(re.findall(r"https?://[^\"' <>]+", of_job.html))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "prefers-color-scheme: dark" in of_job.html
    assert "@media print" in of_job.html


def test_parts_of_pictures_keep_names_of_their_own(of_job: Report) -> None:
    page = Page(of_job.html)
    assert len(page.ids) == len(set(page.ids)) > 2
    assert set(re.findall(r"url\(#([^)]+)\)", of_job.html)) <= set(page.ids)


def test_in_a_notebook_its_styles_reach_nothing_else(of_job: Report) -> None:
    shown = of_job._repr_html_()
    assert set(Page(shown).names) <= (HTML - {"html", "head", "body", "meta", "title"}) | SVG
    (style,) = re.findall(r"<style>(.*?)</style>", shown, flags=re.DOTALL)
    rules = re.sub(r"@media[^{]*\{", "", style)
    for selectors in re.findall(r"([^{}]+)\{[^{}]*\}", rules):
        assert all(one.strip().startswith(".ctl-runner-report") for one in selectors.strip("} \n").split(","))
    assert "var(--jp-content-font-color1" in style


def test_it_is_saved_as_a_page(of_job: Report, tmp_path: Path) -> None:
    path = of_job.save(tmp_path / "deploy.html")
    text = path.read_text(encoding="utf-8")
    assert text == of_job.html
    assert text.startswith("<!DOCTYPE html>")
    assert "svg" not in repr(of_job)


def test_names_from_strangers_stay_text() -> None:
    made_of = report(hostile(), tz="UTC")
    for html in (made_of.html, made_of._repr_html_()):
        page = Page(html)
        assert set(page.names) <= HTML | SVG
        assert not {name for name in page.attributes if name.startswith("on")}
        assert "<script" not in html
        assert "<img" not in html
        assert "\u202e" not in html
    assert "ünï 漢 🐧" in Page(made_of.html).words


@pytest.mark.parametrize(
    "given",
    [history_of(), made("executions", [])],
    ids=["a history", "a frame"],
)
def test_an_empty_history_says_so(given: Any) -> None:
    page = Page(report(given, tz="UTC").html)
    assert "No executions yet." in page.texts
    assert "svg" not in page.names


def test_one_execution_is_enough() -> None:
    history = history_of(executions=[execution(1)], hosts=[result("web1")])
    page = Page(report(history, tz="UTC").html)
    assert {"100.0 % of 1 decided executions", "No host failed.", "Too few executions to tell a trend."} <= set(
        page.texts
    )


def test_a_few_minutes_tell_no_trend_of_a_week() -> None:
    page = Page(report(history_of(executions=[execution(n, minutes=n) for n in range(9)]), tz="UTC").html)
    assert "No trend is told of executions that all began within 3 days." in page.texts


def test_without_events_it_says_that_nothing_is_known_of_hosts() -> None:
    page = Page(report(small().executions, tz="UTC").html)
    assert page.texts.count("No status events are known, so nothing can be said of hosts and tasks.") == 3


def test_one_that_still_waits_has_no_times() -> None:
    waiting = execution(1, status="PENDING", start=None, end=None, duration=None, runs=0, complete=False)
    page = Page(report(made("executions", [waiting]), tz="UTC").html)
    assert {"none has begun", "None has succeeded or failed: 1 live or unknown."} <= set(page.texts)


def test_an_unknown_job_or_zone_is_refused() -> None:
    with pytest.raises(DocumentError, match="of a job 'nothing'"):
        report(small(), "nothing", tz="UTC")
    with pytest.raises(DocumentError, match="no time zone"):
        report(small(), tz="nowhere")
    with pytest.raises(DocumentError, match="report\\(\\) draws a History"):
        report("deploy")


def test_a_job_is_found_by_its_id_too() -> None:
    assert report(small(), "j2", tz="UTC").title == "Report: backup"


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = "{'pandas', 'numpy', 'altair', 'vl_convert', 'pyarrow', 'IPython', 'ipywidgets'}"
    code = f"import sys, ctl_jupyter.charts.report; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_executions_alone_will_do_for_one_of_their_jobs() -> None:
    page = Page(report(small().executions, "deploy", tz="UTC").html)
    assert page.texts.count("No status events are known, so nothing can be said of hosts and tasks.") == 3


def test_a_host_of_several_jobs_is_one_host() -> None:
    rows = [result("web1", execution_id=f"x{n}", job_id=f"j{n}", job=f"job {n}") for n in (1, 2)]
    executions = [execution(n, n, job_id=f"j{n}", job=f"job {n}") for n in (1, 2)]
    page = Page(report(history_of(executions=executions, hosts=rows), tz="UTC").html)
    assert "None of 1 host is broken, unreachable or flaky." in page.texts


def test_no_dollar_is_taken_for_the_begin_of_a_formula(of_job: Report) -> None:
    # JupyterLab sets as a formula what stands between two of them, but within these classes.
    (classes,) = re.findall(r'^<div class="([^"]*)">', of_job._repr_html_())
    assert {"tex2jax_ignore", "mathjax_ignore"} <= set(classes.split())
