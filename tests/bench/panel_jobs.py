"""How soon the panel shows its jobs: from the call in a cell to the first row in a real JupyterLab's page."""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.pairs import verdict
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage
from tests.fake_runner import FakeRunner

__all__ = ["measure_panel_jobs"]

#: Seconds until the first row is drawn.
LIMIT = 1.5
LOG_IN = "import ctl_jupyter\nsession = ctl_jupyter.connect({url!r}, keyring=False)\nNone"
PANEL = "ctl_jupyter.panel()"
#: Runs the second cell and tells after how many seconds a row, and all jobs, are in a frame that was drawn.
RUN = """
async jobs => {
    const now = () => performance.now() / 1000;
    const drawn = holds => new Promise(resolve => {
        const look = () => holds() ? requestAnimationFrame(() => resolve(now())) : requestAnimationFrame(look);
        look();
    });
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = 1;
    const begun = now();
    window.jupyterapp.commands.execute('notebook:run-cell');
    const first = await drawn(() => document.querySelector('.ctl-table-row'));
    const all = await drawn(() => {
        const grid = document.querySelector('.ctl-table');
        return grid && Number(grid.getAttribute('aria-rowcount')) > jobs;
    });
    return [first - begun, all - begun];
}
"""


def measure_panel_jobs(count: int, jobs: int) -> str:
    """Show a panel `count` times, each in a kernel of its own, beside a Runner with so many jobs."""
    firsts: list[float] = []
    wholes: list[float] = []
    with FakeRunner() as fake, tempfile.TemporaryDirectory(prefix="bench-panel-") as name:
        for number in range(jobs):
            job_id = fake.add_job(f"job-{number:04}", description="What it does, in some ten words or a few more")
            fake.add_execution(job_id, status="SUCCESS")
        variables = {"CLC_V2_API_USERNAME": fake.username, "CLC_V2_API_PASSWD": fake.password}
        with Lab(Path(name) / "lab", variables) as lab, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            cells = [LOG_IN.format(url=fake.url), PANEL]
            page = NotebookPage(browser.new_page(), lab, "panel.ipynb", notebook_of(cells))
            for _ in range(count):
                page.command("notebook:clear-all-cell-outputs")
                page.restart_kernel()
                page.select(0)
                page.command("notebook:run-cell")
                first, whole = page.page.evaluate(RUN, jobs)
                firsts.append(first)
                wholes.append(whole)
            browser.close()
    first = statistics.median(firsts)
    return "\n".join(
        [
            f"a panel with {jobs:,} jobs in a new kernel, medians of {count}, from the call to the page",
            f"  first rows {first:6.2f} s, slowest {max(firsts):.2f} s: {verdict(first, LIMIT, ' s')}",
            f"  all jobs   {statistics.median(wholes):6.2f} s, slowest {max(wholes):.2f} s",
        ]
    )
