"""The tab of jobs: the list, its search, and what is done with the chosen one."""

import time
from collections.abc import Iterable
from itertools import chain, islice

import ipywidgets

from ctl_jupyter.client import ExecutionHandle, Session
from ctl_jupyter.documents import Execution, Job
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.jobs.chosen import ChosenJob
from ctl_jupyter.panel.jobs.job_form import JobForm
from ctl_jupyter.panel.jobs.listing import JOB_COLUMNS, job_row, matching
from ctl_jupyter.panel.jobs.standing import Standing, standings
from ctl_jupyter.panel.table import Table

__all__ = ["JobsTab"]

#: How many of the account's newest executions tell how its jobs fare, in pages of 100.
PAGES_LOOKED_AT = 5
#: How many jobs are listed at once, before the others have come.
FIRST_JOBS = 100
NOT_ASKED = "Log in to see the jobs."
NO_JOBS = "There are no jobs in this account yet: 'New job' makes the first one."


class JobsTab:
    """The panel's tab of jobs; a chosen one is told to the desk.

    Parameters
    ----------
    desk
        The middle of the panel.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._jobs: list[Job] = []
        self._known: dict[str, Standing] = {}
        self._asked: Session | None = None
        self._search = ipywidgets.Text(description="Find", placeholder="words of a name, description or id")
        self._refresh = ipywidgets.Button(description="Refresh", icon="refresh", tooltip="Ask for the jobs again")
        self._new = ipywidgets.Button(description="New job", icon="plus", tooltip="Describe a job in a form")
        self._table = Table("Jobs", JOB_COLUMNS, NOT_ASKED)
        self._count = ipywidgets.HTML()
        self._chosen = ChosenJob(desk, self._learn, self._edit)
        #: Built when it is first wanted: its many fields would hold up the list.
        self._form: JobForm | None = None
        self._work = desk.work(self._refresh)
        self._search.observe(lambda _: self._list(), "value")
        self._refresh.on_click(lambda _: self._ask())
        self._new.on_click(lambda _: self._edit(None))
        self._table.on_choose(self._choose)
        desk.session_changed.listen(lambda _: self._forget())
        desk.job_changed.listen(self._take_change)
        desk.execution_opened.listen(self._take_start)
        head = ipywidgets.HBox([self._search, self._refresh, self._new])
        head.add_class("ctl-tools")
        self._below = ipywidgets.VBox([self._chosen.widget])
        self.widget = ipywidgets.VBox([head, self._table.widget, self._count, self._below])

    def show(self) -> None:
        """Ask for the jobs when nobody has for this log-in."""
        if self._desk.is_logged_in and self._asked is not self._desk.session:
            self._ask()

    # --- the list ----------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._jobs, self._known, self._asked = [], {}, None
        self._table.empty = NOT_ASKED
        self._end_form(None)
        self._list()

    def _ask(self) -> None:
        self._work.begin("Asking for the jobs …", self._read)

    def _read(self) -> str:
        session = self._desk.session
        self._asked = session
        self._table.empty = "Asking for the jobs …"
        coming = session.calls.jobs()
        first = list(islice(coming, FIRST_JOBS))
        self._take_jobs(first)
        if len(first) == FIRST_JOBS:
            self._take_jobs(chain(first, coming))
        self._known |= standings(self._newest(session))
        self._list()
        return f"{len(self._jobs):,} job{'' if len(self._jobs) == 1 else 's'}."

    @staticmethod
    def _newest(session: Session) -> Iterable[Execution]:
        return islice(session.calls.executions(), PAGES_LOOKED_AT * 100)

    def _take_jobs(self, jobs: Iterable[Job]) -> None:
        self._jobs = list(jobs)
        self._table.empty = NO_JOBS
        self._list()

    def _list(self) -> None:
        found = matching(self._jobs, self._search.value)
        now = time.time()
        if self._jobs:
            self._table.empty = "No job has all these words: use fewer of them."
        self._table.rows = [job_row(job, self._known, now) for job in found]
        of = f"{len(found):,} of " if len(found) != len(self._jobs) else ""
        said = f"{of}{len(self._jobs):,} job{'' if len(self._jobs) == 1 else 's'}" if self._jobs else ""
        self._count.value = element("div", said, **{"class": "ctl-help"})

    # --- the chosen one ----------------------------------------------------------------------------------------

    def _choose(self, key: str | None) -> None:
        job = next((job for job in self._jobs if str(job.id) == key), None)
        self._below.children = (self._chosen.widget,)
        self._chosen.use(job, self._known.get(key or ""))
        self._desk.job_chosen.tell(job)

    def _learn(self, job_id: str, standing: Standing) -> None:
        """Take note of how a job fares, as its own executions say."""
        self._known[job_id] = standing
        self._list()

    def _edit(self, job: Job | None) -> None:
        if self._form is None:
            self._form = JobForm(self._desk)
            self._form.on_done(self._end_form)
        self._form.begin(job)
        self._below.children = (self._form.widget,)

    def _end_form(self, _job: Job | None) -> None:
        self._below.children = (self._chosen.widget,)

    def _take_change(self, job: Job) -> None:
        """Have a job that was created or replaced in the list at once; a deleted one has no status any more."""
        others = [known for known in self._jobs if known.id != job.id]
        is_gone = job.status == "DELETED"
        was_there = len(others) < len(self._jobs)
        if is_gone:
            self._jobs = others
        elif was_there:
            self._jobs = [job if known.id == job.id else known for known in self._jobs]
        else:
            self._jobs = [job, *others]
        self._list()
        if is_gone:
            self._table.chosen = None
        elif self._table.chosen == str(job.id):
            self._choose(str(job.id))
        else:
            self._table.chosen = str(job.id)

    def _take_start(self, handle: ExecutionHandle) -> None:
        self._known[handle.job_id] = self._known.get(handle.job_id) or Standing(handle.execution)
        self._known[handle.job_id].last = handle.execution
        self._list()
        self._chosen.note(handle)
