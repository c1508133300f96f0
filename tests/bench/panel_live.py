"""What the panel's live view costs kernel and browser while a lot happens, and how late the page shows it."""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

from ctl_jupyter.documents import StatusEvent
from ctl_jupyter.panel.executions.grid import Grid
from tests.bench.pairs import verdict
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.lab import Lab
from tests.browser.notebooks import notebook_of
from tests.browser.pages import NotebookPage
from tests.live.stub_runner import StubRunner, event, result, status

__all__ = ["measure_panel_live"]

ROOT = Path(__file__).parents[2]
#: Percent of one processor, percent of the wall time, and milliseconds.
KERNEL_LIMIT, BROWSER_LIMIT, LATENCY_LIMIT = 25.0, 50.0, 500.0
#: Seconds between two packets of events, as a service stores them.
PACKET = 0.05
EXECUTION = "5f0c1b2a77e94d3e8f6a90cd"
PATIENCE = 60.0

PANEL = """
import os
from ctl_jupyter.client import ExecutionHandle, RunnerCalls, Session
from ctl_jupyter.client.auth import BearerAuth
from ctl_jupyter.client.profiles import Profile
from ctl_jupyter.panel.view import Panel
url = "URL"
auth = BearerAuth(url, token="t")
calls = RunnerCalls(url, auth, "ACME")
panel = Panel(Session(Profile("stub", url, url), calls, auth))
panel.widget
"""
OPEN = f"""
panel.desk.open_execution(ExecutionHandle(calls, calls.get_execution("job-0001", "{EXECUTION}"), "deploy-web"))
print("pid", os.getpid())
"""
#: Notes when which count of events was in the picture: after the frame in which it was drawn.
WATCH = """
() => {
    window.drawn = [];
    document.addEventListener('ctl-drawn', told => {
        window.last = told.detail;
        const count = told.detail.count;
        requestAnimationFrame(() => window.drawn.push([count, Date.now()]));
    });
}
"""
FINAL = "() => ({hosts: window.last.names.hosts, cells: [...window.last.cells]})"


class _Answer(BaseHTTPRequestHandler):
    """Passes requests on to the stub."""

    protocol_version = "HTTP/1.1"
    runner: StubRunner

    def do_GET(self) -> None:
        answer = self.runner._answer(httpx.Request("GET", f"http://127.0.0.1{self.path}"))
        body = answer.content
        self.send_response(answer.status_code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Runner-Cursor", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    """The stub as a service."""

    def handle_error(self, *_: Any) -> None:
        """Say nothing: a kernel that ends leaves its last question unanswered."""


@contextmanager
def _serving(runner: StubRunner) -> Iterator[str]:
    handler = type("Answer", (_Answer,), {"runner": runner})
    with _Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def measure_panel_live(hosts: int, tasks: int, rate: int) -> str:
    """Feed an execution to the live view in JupyterLab and Chromium and return what that cost.

    Parameters
    ----------
    rate
        Events a second.
    """
    runner = StubRunner()
    runner.add_job("deploy-web")
    runner.add_execution(EXECUTION)
    with (
        tempfile.TemporaryDirectory() as name,
        _serving(runner) as url,
        Lab(Path(name) / "lab", {"PYTHONPATH": str(ROOT)}) as lab,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        notebook = NotebookPage(page, lab, "panel.ipynb", notebook_of([PANEL.replace("URL", url), OPEN]))
        if not notebook.run_all():
            raise RuntimeError("The panel did not open.")
        page.evaluate(WATCH)
        page.locator(".ctl-grid").scroll_into_view_if_needed()
        kernel = int(notebook.output(1).inner_text().split()[-1])
        chrome = page.context.new_cdp_session(page)
        chrome.send("Performance.enable")
        told = _measured(runner, page, chrome, kernel, list(_events(hosts, tasks)), rate)
        browser.close()
    runner.end_everything()
    return f"The panel's live view of {hosts} hosts x {tasks} tasks, {rate} events a second\n{told}"


def _measured(runner: StubRunner, page: Any, chrome: Any, kernel: int, events: list[StatusEvent], rate: int) -> str:
    begun, cpu, busy = time.monotonic(), _cpu_seconds(kernel), _task_seconds(chrome)
    stored: list[float] = []
    feeder = threading.Thread(target=_feed, args=(runner, events, rate, stored))
    feeder.start()
    while feeder.is_alive():
        # The page is left alone, but playwright reads its messages.
        page.wait_for_timeout(500)
    took = time.monotonic() - begun
    kernel_percent = 100 * (_cpu_seconds(kernel) - cpu) / took
    browser_percent = 100 * (_task_seconds(chrome) - busy) / took
    page.wait_for_function("count => window.last.count >= count", arg=len(events), timeout=1000 * PATIENCE)
    page.wait_for_timeout(500)
    delays = sorted(_delays(stored, page.evaluate("() => window.drawn")))
    expected, final = Grid(events).snapshot(), page.evaluate(FINAL)
    lost = sum(one != other for one, other in zip(expected.cells, final["cells"], strict=False))
    lost += abs(len(expected.cells) - len(final["cells"])) + (list(expected.hosts) != final["hosts"])
    p95 = delays[int(0.95 * len(delays))]
    return "\n".join(
        [
            f"{len(events):,} events in {took:.1f} s, {len(events) / took:.0f} a second",
            f"kernel: {kernel_percent:.1f} % of one processor: {verdict(kernel_percent, KERNEL_LIMIT, ' %')}",
            f"browser's main thread: {browser_percent:.1f} %: {verdict(browser_percent, BROWSER_LIMIT, ' %')}",
            f"from stored to pixel, median: {statistics.median(delays):.0f} ms",
            f"from stored to pixel, p95: {p95:.0f} ms: {verdict(p95, LATENCY_LIMIT, ' ms')}",
            f"cells that are not what the events say: {lost}: {verdict(float(lost), 0.0, '')}",
        ]
    )


def _events(hosts: int, tasks: int) -> Iterator[StatusEvent]:
    yield status("INITIALIZING")
    yield status("RUNNING")
    yield event("playbook_on_play_start", play="Deploy")
    for number in range(tasks):
        task, role = f"Task {number}", f"role{number // 20}"
        yield event("playbook_on_task_start", task=task, play="Deploy", role=role)
        for host in range(hosts):
            outcome = "failed" if (host * 7 + number * 13) % 997 == 0 else "skipped" if host % 11 == 0 else "ok"
            yield result(
                outcome,
                f"web{host:03}",
                task,
                play="Deploy",
                role=role,
                changed=host % 5 == 0,
                msg=f"did {number}",
                ignore_errors=outcome == "failed" and host % 2 == 0,
                start=1000 * number,
                end=1000 * number + 400,
            )


def _feed(runner: StubRunner, events: list[StatusEvent], rate: int, stored: list[float]) -> None:
    begun = time.monotonic()
    while len(stored) < len(events):
        due = min(int((time.monotonic() - begun) * rate) + 1, len(events))
        packet = events[len(stored) : due]
        if packet:
            runner.tell(*packet, execution_id=EXECUTION)
            stored.extend([time.time()] * len(packet))
        time.sleep(PACKET)


def _delays(stored: list[float], drawn: list[tuple[int, float]]) -> Iterator[float]:
    """Yield of each event the milliseconds until a picture had it."""
    pictures = iter(sorted(drawn))
    picture = next(pictures)
    for place, at in enumerate(stored):
        while picture[0] <= place:
            picture = next(pictures)
        yield picture[1] - 1000 * at


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _task_seconds(chrome: Any) -> float:
    metrics = chrome.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))
