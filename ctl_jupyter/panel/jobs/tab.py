"""The tab of jobs: the list, its search, and what is done with the chosen one."""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import ipywidgets

from ctl_jupyter.client import ExecutionHandle, RunnerError, Session
from ctl_jupyter.documents import Job
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.jobs.in_sight import InSight
from ctl_jupyter.panel.jobs.known_jobs import KnownJobs, is_gone
from ctl_jupyter.panel.jobs.listing import JOB_COLUMNS, job_row, matching
from ctl_jupyter.panel.jobs.standing import Standing, standings
from ctl_jupyter.panel.table import Table

if TYPE_CHECKING:
    from ctl_jupyter.panel.jobs.chosen import ChosenJob
    from ctl_jupyter.panel.jobs.job_form import JobForm

__all__ = ["JobsTab"]

#: How many of the account's newest executions tell how its jobs fare, in pages of 100.
PAGES_LOOKED_AT = 5
#: How many jobs are listed at once, before the others have come.
FIRST_JOBS = 100
NOT_ASKED = "Log in to see the jobs."
ASKING = "Asking for the jobs …"
NOT_READ = "The jobs could not be read; the line below says why. Refresh asks again."
NO_MATCH = "No job has all these words: use fewer of them."
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
        self._known = KnownJobs()
        # Threads that ask Runner draw and build, and so do the page's clicks.
        self._drawing = threading.RLock()
        self._asked: Session | None = None
        self._empty = NOT_ASKED
        self._search = ipywidgets.Text(description="Find", placeholder="words of a name, description or id")
        self._refresh = ipywidgets.Button(description="Refresh", icon="refresh", tooltip="Ask for the jobs again")
        self._new = ipywidgets.Button(description="New job", icon="plus", tooltip="Describe a job in a form")
        self._table = Table("Jobs", JOB_COLUMNS, NOT_ASKED)
        self._count = ipywidgets.HTML()
        #: Imported and built when they are first wanted: their many fields would hold up the list.
        self._chosen: ChosenJob | None = None
        self._form: JobForm | None = None
        self._in_sight = InSight(self._learn_all)
        self._keys_in_sight: Sequence[str] = ()
        #: Whether the account has more executions than were looked at.
        self._has_older = False
        self._work = desk.work(self._refresh)
        self._search.observe(lambda _: self._find(), "value")
        self._refresh.on_click(lambda _: self._ask())
        self._new.on_click(lambda _: self._edit(None))
        self._table.on_choose(self._choose)
        self._table.on_sight(self._take_sight)
        desk.session_changed.listen(lambda _: self._forget())
        desk.job_changed.listen(self._take_change)
        desk.execution_opened.listen(self._take_start)
        head = ipywidgets.HBox([self._search, self._refresh, self._new])
        head.add_class("ctl-tools")
        self._chosen_place, self._form_place = ipywidgets.VBox(), ipywidgets.VBox(layout={"display": "none"})
        self._below = ipywidgets.VBox([self._chosen_place, self._form_place])
        self.widget = ipywidgets.VBox([head, self._table.widget, self._count, self._below])

    def show(self) -> None:
        """Ask for the jobs when nobody has for this log-in."""
        if self._desk.is_logged_in and self._asked is not self._desk.session:
            self._ask()

    # --- the list ----------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._known.forget()
        self._asked, self._has_older = None, False
        self._say_empty(NOT_ASKED)
        self._end_form()
        self._list()

    def _ask(self) -> None:
        self._work.begin(ASKING, self._read)

    def _read(self) -> str:
        """Read the jobs, and again for whoever logged in meanwhile."""
        session = self._desk.session
        self._asked = session
        try:
            sentence = self._read_of(session)
        except RunnerError:
            if self._is_for(session):
                raise
        if self._is_for(session):
            return sentence
        return self._read() if self._desk.is_logged_in else "Logged out while the jobs were being read."

    def _is_for(self, session: Session) -> bool:
        """Whether the list is for this session, not for one that came since."""
        return self._asked is session and self._desk.is_logged_in and self._desk.session is session

    def _read_of(self, session: Session) -> str:
        self._say_empty(ASKING)
        self._known.begin_reading()
        self._read_jobs(session)
        if self._known.has_lost_any:
            # A job that was deleted meanwhile moved another to a page that was read already.
            self._known.begin_reading()
            self._read_jobs(session)
        count = len(self._known.jobs)
        newest = list(islice(session.calls.executions(), PAGES_LOOKED_AT * 100))
        self._learn_all(session, standings(newest))
        self._has_older = len(newest) == PAGES_LOOKED_AT * 100
        self._in_sight.forget()
        self._take_sight(self._keys_in_sight)
        return f"{count:,} job{'' if count == 1 else 's'}."

    def _read_jobs(self, session: Session) -> None:
        before = self._known.jobs
        read: list[Job] = []
        try:
            for job in session.calls.jobs():
                read.append(job)
                if len(read) == FIRST_JOBS and not before:
                    self._take_jobs(session, read)
        except RunnerError:
            # What came, and what was there, is better than nothing.
            seen = {job.id for job in read}
            self._take_jobs(session, read + [job for job in before if job.id not in seen], NOT_READ)
            raise
        self._take_jobs(session, read)

    def _take_jobs(self, session: Session, jobs: Iterable[Job], empty: str = NO_JOBS) -> None:
        if self._is_for(session):
            self._known.take(jobs)
            self._say_empty(empty)
            self._list()

    def _say_empty(self, text: str) -> None:
        """Say why the list is empty, when it is."""
        self._empty = text
        self._table.empty = NO_MATCH if self._known.jobs else text

    def _list(self) -> None:
        now = time.time()
        with self._drawing:
            self._table.rows = [job_row(job, self._known.standings, now) for job in self._known.jobs]
            self._find()

    def _find(self) -> None:
        """Have those jobs in sight that the search finds; the chosen one, and its forms, stay."""
        jobs = self._known.jobs
        found = matching(jobs, self._search.value)
        is_whole = len(found) == len(jobs)
        self._table.find(None if is_whole else [str(job.id) for job in found])
        self._say_empty(self._empty)
        of = "" if is_whole else f"{len(found):,} of "
        said = f"{of}{len(jobs):,} job{'' if len(jobs) == 1 else 's'}" if jobs else ""
        self._count.value = element("div", said, **{"class": "ctl-help"})

    def _learn_all(self, session: Session, found: Mapping[str, Standing]) -> None:
        """Take note of how jobs fare."""
        if self._is_for(session):
            self._known.learn(found)
            self._list()

    def _take_sight(self, keys: Sequence[str]) -> None:
        """Ask how the jobs in sight fare of which nothing is known: their executions may be older ones."""
        self._keys_in_sight = keys
        if self._has_older and self._asked is not None:
            self._in_sight.ask(self._asked, [key for key in keys if key not in self._known.standings])

    # --- the chosen one ----------------------------------------------------------------------------------------

    def _choose(self, key: str | None) -> None:
        job = next((job for job in self._known.jobs if str(job.id) == key), None)
        with self._drawing:
            if job is not None and self._chosen is None:
                self._chosen = self._build_chosen()
        if self._chosen is not None:
            self._chosen.use(job, self._known.standings.get(key or ""))
        self._end_form()
        self._desk.job_chosen.tell(job)

    def _build_chosen(self) -> "ChosenJob":
        from ctl_jupyter.panel.jobs.chosen import ChosenJob

        chosen = ChosenJob(self._desk, self._learn, self._edit, self._duplicate)
        self._chosen_place.children = (chosen.widget,)
        # Its form is in the page, unseen, before it is opened: what is not there yet takes no keyboard.
        self._job_form()
        return chosen

    def _learn(self, job_id: str, standing: Standing) -> None:
        """Take note of how a job fares, as its own executions say."""
        self._known.learn({job_id: standing})
        self._list()

    def _edit(self, job: Job | None) -> None:
        form = self._job_form()
        form.begin(job)
        self._show_form(form)

    def _duplicate(self, job: Job) -> None:
        from ctl_jupyter.panel.jobs.job_copy import copy_of

        form = self._job_form()
        form.begin_copy(copy_of(job))
        self._show_form(form)

    def _show_form(self, form: "JobForm") -> None:
        self._chosen_place.layout.display, self._form_place.layout.display = "none", ""
        # The button that had the keyboard is gone.
        form.fields["name"].control.focus()

    def _job_form(self) -> "JobForm":
        from ctl_jupyter.panel.jobs.job_form import JobForm

        if self._form is None:
            self._form = JobForm(self._desk)
            self._form.on_done(self._leave_form)
            self._form_place.children = (self._form.widget,)
        return self._form

    def _leave_form(self, _job: Job | None) -> None:
        self._end_form()
        self._table.focus()

    def _end_form(self) -> None:
        self._chosen_place.layout.display, self._form_place.layout.display = "", "none"

    def _take_change(self, job: Job) -> None:
        """Have a job that was created, replaced or deleted in the list at once."""
        self._known.change(job)
        self._list()
        if is_gone(job):
            self._table.chosen = None
        elif self._table.chosen == str(job.id):
            self._choose(str(job.id))
        else:
            self._table.chosen = str(job.id)

    def _take_start(self, handle: ExecutionHandle) -> None:
        """Have an execution that was started in its job's row, from now to its end."""
        noted = ""

        def look() -> None:
            nonlocal noted
            if handle.execution.status != noted:
                noted = handle.execution.status
                self._known.note(handle.execution)
                self._list()

        look()
        handle.follow(look)
        if self._chosen is not None:
            self._chosen.note(handle)
