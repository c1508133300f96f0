"""What the parts of a panel share: the log-in, the status line, what is under way, and what is open.

A part knows the desk and no other part. What happens in one that matters to others is told to the desk, which tells
whoever listens: a log-in, a job that was chosen or changed, an execution that is to be opened.
"""

import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import ipywidgets

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import ExecutionHandle, NotLoggedIn, Session, current_session
from ctl_jupyter.documents import Job
from ctl_jupyter.live.html import BAD, coloured
from ctl_jupyter.live.work import Work, attempt
from ctl_jupyter.markup import element

__all__ = ["Desk", "DeskWork", "Signal"]

logger = logging.getLogger(__name__)

T = TypeVar("T")
LONGEST_SENTENCE = 600


class Signal(Generic[T]):
    """Something that happens now and then, and who is told of it."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[T], None]] = []

    def listen(self, listener: Callable[[T], None]) -> None:
        """Have `listener` called each time, in the thread in which it happens."""
        self._listeners.append(listener)

    def tell(self, value: T) -> None:
        """Tell everybody; one that fails keeps nobody else from hearing it."""
        # Not a copy: a tab that is built because of it listens by then, and is told, too.
        for listener in self._listeners:
            try:
                listener(value)
            except Exception:
                logger.exception("A part of the panel could not take up what happened.")


class Desk:
    """The middle of a panel.

    Parameters
    ----------
    session
        Where to work; the session of the last log-in, whichever it is by then, when absent.
    """

    def __init__(self, session: Session | None = None) -> None:
        self._session = session
        #: The line that says what happened last, read aloud by screen readers.
        self.status = ipywidgets.HTML()
        self.status.add_class("ctl-status")
        #: After a log-in or a log-out; told the session, or ``None``.
        self.session_changed: Signal[Session | None] = Signal()
        #: Runner did not take the log-in, or there is none: told the error, whose sentence says why.
        self.log_in_refused: Signal[NotLoggedIn] = Signal()
        #: The job that was chosen in the list, or ``None``.
        self.job_chosen: Signal[Job | None] = Signal()
        #: A job that was created, replaced or deleted; told the job.
        self.job_changed: Signal[Job] = Signal()
        #: An execution that is to be shown in the live view: just started, or clicked somewhere.
        self.execution_opened: Signal[ExecutionHandle] = Signal()
        #: The name of a tab that is to be shown: ``jobs``, ``products``, ``executions``, ``history``, ``schedules``.
        self.tab_wanted: Signal[str] = Signal()
        #: The job that was chosen last.
        self.job: Job | None = None
        self.job_chosen.listen(self._note_job)
        self._last_told = self.session_now()
        self.report("Ready." if self.is_logged_in else "Log in above to begin.")

    @property
    def session(self) -> Session:
        """Where calls go.

        Raises
        ------
        NotLoggedIn
            When nobody is logged in; the sentence says how to.
        """
        return self._session or current_session()

    @property
    def is_logged_in(self) -> bool:
        """Whether there is a session; asks nobody."""
        return self.session_now() is not None

    def use(self, session: Session | None) -> None:
        """Work with another session from now on, or with that of the last log-in; everybody is told."""
        self._session = session
        self._tell_session()

    def look(self) -> bool:
        """See whether somebody logged in or out elsewhere, by a magic or in Python.

        Returns
        -------
        bool
            Whether somebody did; everybody was told then.
        """
        is_changed = (self.session_now()) is not self._last_told
        if is_changed:
            self.report("Another cell logged in." if self.is_logged_in else "Another cell logged out: log in to go on.")
            self._tell_session()
        return is_changed

    def _tell_session(self) -> None:
        self._last_told = self.session_now()
        self.session_changed.tell(self._last_told)

    def report(self, sentence: str, is_well: bool = True) -> None:
        """Show a sentence in the status line.

        Parameters
        ----------
        is_well
            Whether it is good news; a sentence that is not is marked, in words and colour.
        """
        words = one_line(sentence, LONGEST_SENTENCE)
        shown = words if is_well else coloured("✗", words, BAD)
        self.status.value = element("div", shown, role="status", aria_live="polite")

    def attempt(self, work: Callable[[], str]) -> None:
        """Do something short that asks nobody, and report the sentence it returns, or what went wrong."""
        self.report(*attempt(work))

    def work(self, *controls: Any, report: Callable[[str, bool], None] | None = None) -> "DeskWork":
        """Return a `Work` for things that ask Runner, done in a thread of their own and reported in the status line.

        Parameters
        ----------
        controls
            Widgets that are disabled while it works: its buttons.
        report
            Takes its sentences in place of the status line: for what nobody asked for.
        """

        def set_busy(is_busy: bool) -> None:
            for control in controls:
                control.disabled = is_busy

        return DeskWork(self, report or self.report, set_busy)

    def open_execution(self, handle: ExecutionHandle) -> None:
        """Show an execution in the live view, and that view."""
        self.execution_opened.tell(handle)
        self.tab_wanted.tell("executions")

    def tell_job(self, job: Job, session: Session) -> None:
        """Tell everybody of a job that was created, replaced or deleted; nobody where its account was left since."""
        if self.session_now() is session:
            self.job_changed.tell(job)

    def session_now(self) -> Session | None:
        """Return where calls go, ``None`` when nobody is logged in."""
        try:
            return self.session
        except NotLoggedIn:
            return None

    def _note_job(self, job: Job | None) -> None:
        self.job = job


class DeskWork(Work):
    """A `Work` of a part of the panel; it tells the desk when Runner did not take the log-in.

    Parameters
    ----------
    desk
        The middle of the panel.
    report, set_busy
        As of `Work`.
    """

    def __init__(self, desk: Desk, report: Callable[[str, bool], None], set_busy: Callable[[bool], None]) -> None:
        super().__init__(report, set_busy)
        self._desk = desk

    def begin(self, announcement: str, work: Callable[[], str], *, is_sent: bool = False) -> bool:
        """Have `work` done in the background; see `Work.begin`."""
        session = self._desk.session_now()

        def watched() -> str:
            try:
                return work()
            except NotLoggedIn as error:
                # Of somebody who has left since, it says nothing about who is here now.
                if self._desk.session_now() is session:
                    self._desk.log_in_refused.tell(error)
                raise

        return super().begin(announcement, watched, is_sent=is_sent)

    def send(self, announcement: str, work: Callable[[Session], str]) -> bool:
        """Have something done in the background that changes something, in the account that is logged in to now.

        Without effect right after the same was done, which is the second click of a double click, and when somebody
        logged in or out elsewhere since the desk last looked.

        Parameters
        ----------
        announcement
            Shown until it is done; what is sent again has the same, and another thing another one.
        work
            Given the session of this moment, whoever is logged in by then; returns the sentence that is shown.

        Returns
        -------
        bool
            Whether it was begun.
        """
        # What is shown may be of an account that was left in another cell a moment ago.
        if self.has_just_sent(announcement) or self._desk.look():
            return False
        session = self._desk.session_now()
        if session is None:
            return self.begin(announcement, lambda: work(self._desk.session))
        return self.begin(announcement, lambda: work(session), is_sent=True)
