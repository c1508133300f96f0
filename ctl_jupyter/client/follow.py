"""One background thread for each log-in that follows every execution somebody watches there.

Against the embedded service it reads by cursor, held back by the service until something happens; against the
hosted one it asks for the pages again. Following ends when every event has been read, not when the status is
final, and survives short troubles of the network.
"""

import logging
import threading
import time
import weakref
from collections.abc import Callable

from ctl_jupyter.client.calls import PAGE_SIZE, RunnerCalls
from ctl_jupyter.client.errors import RunnerError, ServiceFailed, TimedOut, Unreachable
from ctl_jupyter.client.estimate import PAGE, usual_seconds
from ctl_jupyter.client.progress import Progress
from ctl_jupyter.client.runs import Run, in_order, last_run
from ctl_jupyter.documents import Execution, StatusEvent

__all__ = ["Following", "follow"]

#: Seconds that the service may hold an answer back when only one execution is followed.
LONG_POLL = 0.5
#: Seconds between two rounds when several are followed.
ROUND = 0.2
#: Seconds between two questions to a service without a cursor.
HOSTED_INTERVAL = 2.0
#: Answers in a row that may come at once before there is a pause between them; a short execution has fewer.
QUICK_ANSWERS = 10
#: Pages that are read of one execution before the others have their turn.
PAGES_AT_ONCE = 10
#: What reading may take of one processor when a lot happens, and the longest pause for that, in seconds.
SHARE = 0.04
LONGEST_PAUSE = 1.0
#: Seconds of trouble after which following is given up; of an embedded Runner of this machine that is gone, less.
PATIENCE = 600.0
PATIENCE_AT_HOME = 20.0
#: Seconds between two questions while nothing answers, at first and at most; they double.
FIRST_RETRY = 1.0
LONGEST_RETRY = 15.0
#: Seconds without an answer after which that is worth a word.
SILENCE = 10.0
#: Rounds without a new event after which an execution that has ended without a result is taken to be read.
QUIET_ROUNDS = 2

log = logging.getLogger(__name__)


class Following:
    """How far an execution has been read.

    Parameters
    ----------
    execution
        The document as last seen.
    """

    def __init__(self, calls: RunnerCalls, execution: Execution) -> None:
        self.calls = calls
        self.execution = execution
        self.progress = Progress(status=execution.status or "PENDING")
        self.events: list[StatusEvent] = []
        self.done = threading.Event()
        self.error: RunnerError | None = None
        self.trouble: str = ""
        #: Whether somebody shows how long it will take, and how many seconds its job usually does.
        self.wants_usual = False
        self.usual: float | None = None
        self.listeners: list[Callable[[], None]] = []
        self._cursor = 0
        #: The run that `progress` tells of, where its events are read by pages.
        self._run: Run | None = None
        self._total = -1
        self._quiet = 0
        self._due = 0.0
        self._troubled_since: float | None = None
        self._retry = FIRST_RETRY
        self._answered: float | None = None

    @property
    def silence(self) -> float:
        """Seconds for which no answer has come, 0 when that is no more than usual."""
        if self._answered is None or self.done.is_set():
            return 0.0
        silent = time.monotonic() - self._answered
        return silent if silent > SILENCE else 0.0

    def begin(self) -> None:
        """Count from now how long no answer comes."""
        self._answered = time.monotonic()

    def read(self, wait: float) -> None:
        """Ask once for what is new; called by the following thread alone.

        Parameters
        ----------
        wait
            Seconds that the service may hold its answer back.
        """
        if time.monotonic() < self._due:
            return
        try:
            changed = self._read_by_cursor(wait) if self.calls.http.has_cursor else self._read_pages()
        except (Unreachable, TimedOut, ServiceFailed) as error:
            self._bear(error)
            changed = True
        except RunnerError as error:
            self._end(error)
            return
        except Exception as error:
            # The thread serves everybody who waits: it must outlive what nobody foresaw.
            log.exception("The execution %s cannot be followed", self.execution.execution_id)
            self._end(RunnerError(f"The execution cannot be followed ({type(error).__name__}); it goes on."))
            return
        else:
            changed = changed or bool(self.trouble)
            self._troubled_since, self.trouble, self._retry = None, "", FIRST_RETRY
            self._answered = time.monotonic()
        if changed:
            self._tell()
        if self.wants_usual and not self.done.is_set():
            self.wants_usual = False
            self._ask_for_history()

    def _read_by_cursor(self, wait: float) -> bool:
        job_id, execution_id = self.execution.job_id, self.execution.execution_id
        is_new = False
        for number in range(PAGES_AT_ONCE):
            page = self.calls.status_events_after(job_id, execution_id, self._cursor, 0.0 if number else wait)
            for event in page.results:
                self._take(event)
            self._cursor = page.cursor if page.cursor is not None else self._cursor
            is_new = is_new or bool(page.results)
            if page.complete:
                self._refresh()
                self._end()
            if page.complete or len(page.results) < PAGE_SIZE:
                break
        return is_new

    def _read_pages(self) -> bool:
        before = self.execution
        self._refresh()
        if self.calls.http.has_cursor:
            return True
        self._due = time.monotonic() + HOSTED_INTERVAL
        job_id, execution_id = self.execution.job_id, self.execution.execution_id
        newest = self.calls.status_events_page(job_id, execution_id, size=1)
        known = len(self.events)
        if newest.total_size != self._total or not newest.is_counted:
            self.events = in_order(self.calls.status_events(job_id, execution_id))
            self._total = newest.total_size
        has_more = len(self.events) != known
        if self._run is None or has_more or self.execution != before:
            self._run = self._fold()
        if self.execution.is_final and not has_more:
            self._quiet += 1
            has_result = any(event.event_type == "playbook_result" for event in self._run.events)
            if has_result or self._quiet >= QUIET_ROUNDS:
                self._end()
        else:
            self._quiet = 0
        return True

    def _fold(self) -> Run:
        """Have `progress` tell of the last run alone: a service without a cursor need not say where it begins."""
        run = last_run(self.execution, self.events)
        progress, timers = run.progress, self.execution.timers or []
        progress.status = self.execution.status
        if timers:
            progress.started, progress.ended = timers[-1].start, timers[-1].end
        if run.number > len(timers):
            # The older form has the start of the first run alone.
            progress.started = run.events[0].timestamp if run.events else None
        self.progress = progress
        return run

    def _ask_for_history(self) -> None:
        """Find out how long the job usually takes; a run of the failed hosts alone compares to nothing."""
        if self.execution.is_final or len(self.execution.timers or []) > 1:
            return
        try:
            self.usual = usual_seconds(self.calls.executions_page(self.execution.job_id, size=PAGE).results)
        except RunnerError as error:
            log.debug("The history of job %s cannot be read: %s", self.execution.job_id, error)
        else:
            self._tell()

    def _take(self, event: StatusEvent) -> None:
        self.events.append(event)
        self.progress.add(event)

    def _refresh(self) -> None:
        self.execution = self.calls.get_execution(self.execution.job_id, self.execution.execution_id)

    def _bear(self, error: RunnerError) -> None:
        now = time.monotonic()
        self._troubled_since = self._troubled_since or now
        self.trouble = str(error)
        self._due = now + self._retry
        self._retry = min(2 * self._retry, LONGEST_RETRY)
        patience = PATIENCE_AT_HOME if self.calls.http.is_at_home else PATIENCE
        if now - self._troubled_since > patience:
            self._end(error)

    def _end(self, error: RunnerError | None = None) -> None:
        self.error = error
        self.trouble = str(error) if error else ""
        self.done.set()
        self._tell()

    def _tell(self) -> None:
        for listener in list(self.listeners):
            try:
                listener()
            except Exception:
                log.exception("What follows the execution %s broke", self.execution.execution_id)


class _Thread:
    """The thread, alive while there is something to follow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followed: list[Following] = []
        self._thread: threading.Thread | None = None

    def add(self, following: Following) -> None:
        following.begin()
        with self._lock:
            self._followed.append(following)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ctl-jupyter-follow", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        quick = 0
        while True:
            with self._lock:
                self._followed = [following for following in self._followed if not following.done.is_set()]
                followed = list(self._followed)
                if not followed:
                    self._thread = None
                    return
            alone = len(followed) == 1
            begun, cost = time.monotonic(), time.thread_time()
            for following in followed:
                following.read(LONG_POLL if alone else 0.0)
            cost = time.thread_time() - cost
            quick = quick + 1 if time.monotonic() - begun < LONG_POLL / 2 else 0
            if not alone or quick > QUICK_ANSWERS:
                time.sleep(min(max(ROUND if not alone else ROUND / 10, cost / SHARE), LONGEST_PAUSE))


#: One for each Runner that is logged in to: one that hangs must not hold up what another one tells.
_threads: "weakref.WeakKeyDictionary[RunnerCalls, _Thread]" = weakref.WeakKeyDictionary()


def follow(following: Following) -> None:
    """Have the background thread of its Runner read an execution to its end."""
    _threads.setdefault(following.calls, _Thread()).add(following)
