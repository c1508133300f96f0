"""The panel's widgets; imported when a panel is shown."""

from typing import Any

import ipywidgets

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import ExecutionHandle, NotLoggedIn, Session, current_session
from ctl_jupyter.documents import DocumentError, Job, StartRequest
from ctl_jupyter.live.html import BAD, BUSY, QUIET, card_html, coloured
from ctl_jupyter.live.painter import Painting
from ctl_jupyter.live.work import Work, attempt
from ctl_jupyter.markup import element
from ctl_jupyter.panel.hosts import read_hosts, without_secrets
from ctl_jupyter.panel.jobs import LONGEST_LIST, labelled, matching

__all__ = ["JobPanel"]

#: How many cards are kept, newest first.
CARDS = 5
FULL_WIDTH = {"width": "auto"}
LABEL = {"description_width": "64px"}
LINE = "line-height: 1.5; overflow-wrap: anywhere; font-family: var(--jp-ui-font-family, sans-serif)"


class PanelBox(ipywidgets.VBox):  # type: ignore[misc]
    """The box around the panel; its text is what a saved notebook keeps."""

    def __repr__(self) -> str:
        return "Runner's panel (run this cell to use it)"


class JobPanel:
    """A list of jobs, the hosts to run one on, a Start button, and the cards of what was started.

    Parameters
    ----------
    session
        Where to start jobs; the session of the last log-in, whichever it is by then, when absent.
    """

    def __init__(self, session: Session | None) -> None:
        self._given_session = session
        self._jobs: list[Job] = []
        self._log_in = ipywidgets.HTML()
        self._refresh = ipywidgets.Button(description="Refresh jobs", icon="refresh")
        self._search = ipywidgets.Text(description="Find", placeholder="part of a job's name", layout=FULL_WIDTH)
        self._job = ipywidgets.Select(description="Job", rows=6, layout=FULL_WIDTH)
        self._hosts = ipywidgets.Textarea(
            description="Hosts",
            placeholder="one host on a line: web1 ansible_port=22 (empty: the job's own hosts)",
            rows=4,
            continuous_update=False,
            layout=FULL_WIDTH,
        )
        self._start = ipywidgets.Button(description="Start", button_style="primary", icon="play")
        self._status = ipywidgets.HTML()
        self._cards = ipywidgets.VBox()
        self._work = Work(self._report, self._set_busy)
        for field in (self._search, self._job, self._hosts):
            field.style = LABEL
        self._refresh.on_click(lambda _: self._work.begin("Asking for the jobs …", self._read_jobs))
        self._start.on_click(lambda _: self._begin_start())
        self._search.observe(self._search_changed, "value")
        self._hosts.observe(self._hosts_changed, "value")
        self.widget = self._arranged()
        self._show_log_in()
        self._report("Press 'Refresh jobs' to see what there is.", True)

    def _arranged(self) -> Any:
        head = ipywidgets.HBox([self._log_in, self._refresh], layout={"justify_content": "space-between"})
        foot = ipywidgets.HBox([self._start, self._status], layout={"align_items": "center"})
        self._status.layout = {"margin": "0 0 0 12px", "flex": "1 1 auto", "min_width": "0"}
        self._start.layout = {"margin": "2px 0 2px 74px", "flex": "0 0 auto"}
        form = [head, self._search, self._job, self._hosts, foot, self._cards]
        return PanelBox(form, layout={"max_width": "740px"})

    def _session(self) -> Session:
        return self._given_session or current_session()

    def _show_log_in(self) -> None:
        try:
            session = self._session()
        except NotLoggedIn:
            self._log_in.value = element("div", coloured("○", "not logged in", QUIET), style=LINE)
            return
        words = one_line(f"{session.account_alias} at {session.profile.name}")
        self._log_in.value = element("div", coloured("●", f"logged in: {words}", BUSY), style=LINE)

    def _report(self, sentence: str, is_well: bool) -> None:
        words = one_line(sentence, 600)
        shown = words if is_well else coloured("✗", words, BAD)
        self._status.value = element("div", shown, role="status", aria_live="polite", style=LINE)

    def _set_busy(self, is_busy: bool) -> None:
        for part in (self._refresh, self._start, self._search):
            part.disabled = is_busy

    def _read_jobs(self) -> str:
        self._show_log_in()
        self._jobs = list(self._session().calls.jobs())
        return self._list_jobs()

    def _list_jobs(self) -> str:
        """Show the jobs that match, keep the chosen one, and return how many there are."""
        chosen = self._job.value
        found = matching(self._jobs, self._search.value)
        shown = labelled(found[:LONGEST_LIST])
        self._job.options = shown
        self._job.value = next((job for _, job in shown if chosen is not None and job.id == chosen.id), None)
        if len(found) > LONGEST_LIST:
            return f"{len(found)} jobs match; the newest {LONGEST_LIST} are listed: type more to find one."
        if not self._jobs:
            return "There are no jobs in this account yet."
        return f"{len(found)} of {len(self._jobs)} jobs match." if self._search.value.strip() else f"{len(found)} jobs."

    def _search_changed(self, _: object) -> None:
        self._report(*attempt(self._list_jobs))

    def _hosts_changed(self, _: object) -> None:
        """Say what is wrong with the hosts at once; a secret does not stay, since widgets are saved with a notebook."""
        text, secrets = without_secrets(self._hosts.value)
        if secrets:
            self._hosts.value = text
            self._report(
                f"{', '.join(secrets)} was taken out of the hosts: what stands here can end in the saved notebook. "
                "Start the job from Python to give secrets.",
                False,
            )
        else:
            self._report(*attempt(self._describe_hosts))

    def _describe_hosts(self) -> str:
        count = len(read_hosts(self._hosts.value))
        return f"{count} host{'' if count == 1 else 's'} to run on." if count else "To be run on the job's own hosts."

    def _begin_start(self) -> None:
        # Read here, so that what is typed while the start is on its way does not change it.
        job, hosts = self._job.value, self._hosts.value
        self._work.begin("Starting …", lambda: self._start_job(job, hosts))

    def _start_job(self, job: Job | None, hosts: str) -> str:
        self._show_log_in()
        session = self._session()
        if job is None:
            raise DocumentError("Choose a job first.")
        handle = session.start(job, StartRequest(hosts=read_hosts(hosts)))
        self._show_card(handle)
        return f"Started {job.name or job.id}: execution {handle.execution_id}."

    def _show_card(self, handle: ExecutionHandle) -> None:
        card = ipywidgets.HTML(card_html(handle))

        def draw(_has_ended: bool) -> None:
            card.value = card_html(handle)

        older = self._cards.children
        self._cards.children = (card, *older[: CARDS - 1])
        Painting(handle, draw).begin()
