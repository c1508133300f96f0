"""Where we are logged in: one session, shared by magics, panel and Python."""

import difflib
import re
import shlex
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ctl_jupyter.client.auth import BearerAuth
from ctl_jupyter.client.calls import RunnerCalls
from ctl_jupyter.client.credentials import Found
from ctl_jupyter.client.errors import AmbiguousName, NotFound, NotLoggedIn
from ctl_jupyter.client.handle import ExecutionHandle
from ctl_jupyter.client.identity import Identity
from ctl_jupyter.client.paging import every_row
from ctl_jupyter.client.profiles import Profile
from ctl_jupyter.documents import (
    DocumentError,
    Execution,
    Job,
    LogIn,
    Page,
    Schedule,
    ServiceAccount,
    StartRequest,
    check_job,
    check_schedule,
    check_service_account,
    check_start_request,
    read_job,
    read_schedule,
    read_start_request,
    with_encoded_playbook,
)

__all__ = ["Session", "current_session", "make_current"]

SHORTEST_PREFIX = 4
#: How many requests are under way at a time where many lists are asked for.
ASKING_AT_A_TIME = 4


class Session:
    """A log-in to one Runner as one account.

    Parameters
    ----------
    profile
        Which Runner.
    calls
        Its API.
    auth
        Who logs in.
    user, account
        As who, and to which account, and where that came from; a token alone has no user.
    not_saved
        Why the password could not be saved, where that was asked for: one sentence.
    """

    def __init__(
        self,
        profile: Profile,
        calls: RunnerCalls,
        auth: BearerAuth,
        user: Found | None = None,
        account: Found | None = None,
        not_saved: str | None = None,
    ) -> None:
        self.profile = profile
        self.calls = calls
        self.not_saved = not_saved
        self._auth = auth
        self._user = user
        self._account = account

    def __repr__(self) -> str:
        return f"<Session {self.profile.name} as {self.account_alias} at {self.profile.runner_url}>"

    @property
    def account_alias(self) -> str:
        """The account that every call is made for."""
        return self.calls.account_alias

    @property
    def log_in(self) -> LogIn | None:
        """The answer of the log-in that gave the token, ``None`` with ``CLC_V2_API_TOKEN``."""
        return self._auth.log_in

    @property
    def identity(self) -> Identity:
        """Who is logged in, where, and where each of that came from; asks nobody."""
        user = self._user.value if self._user else None
        log_in, until = self._auth.log_in, self._auth.token_until
        return Identity(
            user=log_in.user_name if log_in else user,
            account=self.account_alias,
            profile=self.profile.name,
            runner_url=self.profile.runner_url,
            login_url=self.profile.login_url,
            token_until=None if until is None else datetime.fromtimestamp(until, UTC),
            sources={
                "user": self._user.source if self._user else "",
                "account": self._account.source if self._account else "",
                "runner_url": self.profile.runner_source,
                "login_url": self.profile.login_source,
                "token": self._auth.source,
            },
        )

    @property
    def user_given(self) -> str | None:
        """The user name that was logged in with; the service may answer another spelling of it."""
        return self._user.value if self._user else None

    def log_out(self) -> None:
        """Forget the token; whatever still uses this session is told that it was logged out. See also `log_out`."""
        self._auth.log_out()

    def close(self) -> None:
        """Give the connections back."""
        self.calls.close()

    def find_job(self, name: str) -> Job:
        """Return the job of that id, name, or unique id prefix (4 characters or more).

        Raises
        ------
        NotFound
            When there is none.
        AmbiguousName
            When there are several.
        """
        if re.fullmatch(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}|[0-9a-fA-F]{24}", name):
            try:
                return self.calls.get_job(name)
            except NotFound:
                pass
        jobs = list(self.calls.jobs())
        named = [job for job in jobs if job.name == name] or [job for job in jobs if job.id == name]
        found = named or [job for job in jobs if len(name) >= SHORTEST_PREFIX and str(job.id).startswith(name)]
        if len(found) > 1:
            what = f"named {name!r}" if named else f"whose id begins with {name!r}"
            ids = _first_few(str(job.id) for job in found)
            raise AmbiguousName(f"There are {len(found)} jobs {what}: name one by its id ({ids}).")
        if not found:
            raise NotFound(f"There is no job {name!r}{_suggestion(name, (job.name for job in jobs))}")
        return found[0]

    def find_job_named(self, name: str) -> Job | None:
        """Return the one job of exactly that name, or of that whole id; ``None`` when there is none.

        Raises
        ------
        AmbiguousName
            When there are several.
        """
        jobs = list(self.calls.jobs())
        found = [job for job in jobs if job.name == name] or [job for job in jobs if job.id == name]
        if len(found) > 1:
            ids = _first_few(str(job.id) for job in found)
            raise AmbiguousName(f"There are {len(found)} jobs named {name!r}: name one by its id ({ids}).")
        return found[0] if found else None

    def find_whole_job(self, name: str) -> Job:
        """Return the one job of exactly that name or that whole id; the beginning of an id is not enough.

        Raises
        ------
        NotFound
            When there is none.
        AmbiguousName
            When there are several.
        """
        found = self.find_job_named(name)
        if found is not None:
            return found
        nearly = self.find_job(name)
        raise NotFound(f"{name!r} is the beginning of an id alone: give the whole one, {nearly.id} ({nearly.name!r}).")

    def newest_jobs(self, count: int) -> tuple[list[Job], int]:
        """Return the newest jobs, and how many there are: ``GET /jobs/{alias}``, as few pages as that takes.

        Parameters
        ----------
        count
            How many jobs at most.
        """
        pages: list[Page[Job]] = []

        def fetch(number: int, size: int) -> Page[Job]:
            pages.append(self.calls.jobs_page(number, size))
            return pages[-1]

        jobs = list(islice(every_row(fetch, lambda job: job.id), max(count, 1)))
        return jobs, max(len(jobs), pages[-1].total_size)

    def create_job(self, document: Job | dict[str, Any], *, immediate: bool = False) -> Job:
        """Check a job document and create the job: ``POST /jobs/{alias}``.

        Parameters
        ----------
        document
            As the API takes it. ``playbook`` may also be plain YAML, and a host a bare name.
        immediate
            Whether to start it, too.

        Raises
        ------
        DocumentError
            When the document cannot be used; nothing was sent then.
        """
        job = with_encoded_playbook(document if isinstance(document, Job) else read_job(document))
        check_job(job)
        return self.calls.create_job(job, immediate=immediate)

    def update_job(self, job: Job, *, immediate: bool = False) -> Job:
        """Check a job document and replace the job of its id by it.

        Raises
        ------
        DocumentError
            When the document cannot be used; nothing was sent then.
        """
        if not job.id:
            raise DocumentError("A job needs its 'id' to be updated.")
        job = with_encoded_playbook(job)
        check_job(job)
        return self.calls.update_job(job, immediate=immediate)

    def delete_job(self, job: str | Job) -> None:
        """Delete a job and its schedules; its executions stay: ``DELETE /jobs/{alias}/{jobId}``.

        Parameters
        ----------
        job
            A job, or its whole name or whole id.

        Raises
        ------
        RequestRefused
            While an execution of it has not ended.
        """
        found = self.find_whole_job(job) if isinstance(job, str) else job
        self.calls.delete_job(str(found.id))

    def start(self, job: str | Job, request: StartRequest | dict[str, Any] | None = None) -> ExecutionHandle:
        """Start a job and return the handle of its execution. The start is sent once.

        Parameters
        ----------
        job
            A job, or its id, name or unique id prefix.
        request
            Hosts and keys of this start; without them the job's own hosts are used. For the embedded service alone
            also variables (``properties``) and tags (``playbookTags``).

        Raises
        ------
        DocumentError
            When the request cannot be used, or not by this Runner; nothing was sent then.
        """
        body = request if isinstance(request, StartRequest) else read_start_request(request)
        check_start_request(body)
        found = self.find_job(job) if isinstance(job, str) else job
        if not found.id:
            raise DocumentError("A job needs its 'id' to be started.")
        execution = self.calls.start(found.id, body)
        return self._handle(execution, found)

    def execution(self, execution_id: str, job: str | Job | None = None) -> ExecutionHandle:
        """Pick an execution up again by its id or a unique prefix of it (4 characters or more).

        Parameters
        ----------
        job
            Its job, when known; else the account's executions are searched.

        Raises
        ------
        NotFound
            When there is none.
        AmbiguousName
            When the prefix fits several.
        """
        found_job = self.find_job(job) if isinstance(job, str) else job
        if len(execution_id) < SHORTEST_PREFIX:
            raise NotFound(
                f"{execution_id!r} is too short for an execution's id: give {SHORTEST_PREFIX} characters or more."
            )
        matches: list[Execution] = []
        for execution in self.calls.executions(str(found_job.id) if found_job else None):
            if execution.execution_id == execution_id:
                return self._handle(execution, found_job)
            if execution.execution_id.startswith(execution_id):
                matches.append(execution)
        if len(matches) > 1:
            raise AmbiguousName(
                f"{len(matches)} executions have ids that begin with {execution_id!r}: give more of it."
            )
        if not matches:
            raise NotFound(f"There is no execution {execution_id!r} in the account {self.account_alias}.")
        return self._handle(matches[0], found_job)

    def running(self, job: str | Job) -> list[ExecutionHandle]:
        """Return the executions of a job that have not ended, newest first: ``GET /jobs/{alias}/{jobId}/executions``.

        Raises
        ------
        NotFound, AmbiguousName
            When there is no such job, or there are several.
        """
        found_job = self.find_job(job) if isinstance(job, str) else job
        return [
            self._handle(execution, found_job)
            for execution in self.calls.executions(str(found_job.id))
            if not execution.is_final
        ]

    def schedules(self, job: str | Job) -> list[Schedule]:
        """Return the schedules of a job, newest first: ``GET /jobs/{alias}/{jobId}/schedules``."""
        return list(self.calls.schedules(self._id_of(job)))

    def all_schedules(self) -> list[tuple[Job, Schedule]]:
        """Return the schedules of every job, jobs newest first.

        Runner lists them job by job, so this asks once for each: ``GET /jobs/{alias}/{jobId}/schedules``.
        """

        def ask(job: Job) -> list[tuple[Job, Schedule]]:
            try:
                return [(job, schedule) for schedule in self.calls.schedules(str(job.id))]
            except NotFound:
                return []  # deleted since it was listed

        workers = ThreadPoolExecutor(ASKING_AT_A_TIME, thread_name_prefix="runner-schedules")
        try:
            return [found for part in workers.map(ask, list(self.calls.jobs())) for found in part]
        finally:
            # Who was interrupted does not wait for the answers under way.
            workers.shutdown(wait=False, cancel_futures=True)

    def find_schedule(self, job: str | Job, schedule_id: str) -> Schedule:
        """Return a job's schedule by its id or a unique prefix of it (4 characters or more).

        Raises
        ------
        NotFound
            When there is none.
        AmbiguousName
            When the prefix fits several.
        """
        schedules = self.schedules(job)
        found = [schedule for schedule in schedules if schedule.id == schedule_id]
        if not found and len(schedule_id) >= SHORTEST_PREFIX:
            found = [schedule for schedule in schedules if str(schedule.id).startswith(schedule_id)]
        if len(found) > 1:
            raise AmbiguousName(f"{len(found)} schedules have ids that begin with {schedule_id!r}: give more of it.")
        if not found:
            there_are = _first_few(str(schedule.id) for schedule in schedules) or "none"
            raise NotFound(f"There is no schedule {schedule_id!r} of this job; it has {there_are}.")
        return found[0]

    def create_schedule(self, job: str | Job, document: Schedule | dict[str, Any]) -> Schedule:
        """Check a schedule and have a job started by it: ``POST /jobs/{alias}/{jobId}/schedules``.

        Parameters
        ----------
        document
            As the API takes it.

        Raises
        ------
        DocumentError
            When the document cannot be used; nothing was sent then.
        NotFound
            When its service account is not there.
        """
        return self.calls.create_schedule(self._id_of(job), self.checked_schedule(document))

    def update_schedule(self, job: str | Job, document: Schedule | dict[str, Any]) -> Schedule:
        """Check a schedule and replace that of its id: ``PUT /jobs/{alias}/{jobId}/schedules/{jobScheduleId}``.

        Raises
        ------
        DocumentError, NotFound
            As of `create_schedule`.
        """
        return self.calls.update_schedule(self._id_of(job), self.checked_schedule(document))

    def delete_schedule(self, job: str | Job, schedule: str | Schedule) -> None:
        """Delete a job's schedule: ``DELETE /jobs/{alias}/{jobId}/schedules/{jobScheduleId}``.

        Parameters
        ----------
        schedule
            A schedule, or its id or a unique prefix of it.
        """
        found = self.find_schedule(job, schedule) if isinstance(schedule, str) else schedule
        self.calls.delete_schedule(self._id_of(job), str(found.id))

    def save_service_account(self, account: ServiceAccount) -> ServiceAccount:
        """Check a service account and create it, or replace the one of its alias.

        ``POST /serviceAccounts/{alias}`` or ``PUT /serviceAccounts/{alias}/{serviceAccountAlias}``.

        Raises
        ------
        DocumentError
            When it cannot be used; nothing was sent then.
        """
        check_service_account(account)
        is_known = account.alias in self.calls.service_account_aliases()
        send = self.calls.update_service_account if is_known else self.calls.create_service_account
        return send(account)

    def checked_schedule(self, document: Schedule | dict[str, Any]) -> Schedule:
        """Return a schedule that can be created or updated: its members and its service account were checked.

        ``GET /serviceAccounts/{alias}``.

        Raises
        ------
        DocumentError
            Naming the first thing that is missing or wrong.
        NotFound
            When its service account is not there.
        """
        schedule = document if isinstance(document, Schedule) else read_schedule(document)
        alias, aliases = schedule.service_account_alias, self.calls.service_account_aliases()
        there_are = f"there is {_first_few(aliases)}" if aliases else "there is none yet"
        if not alias:
            raise DocumentError(
                f"A schedule needs the alias of a service account that it logs in with (--service-account ALIAS); "
                f"{there_are}. %ctl_service_account ALIAS --username NAME creates one."
            )
        check_schedule(schedule)
        if alias not in aliases:
            close = difflib.get_close_matches(alias, aliases, n=1)
            raise NotFound(
                f"There is no service account {alias!r}; {f'did you mean {close[0]!r}?' if close else f'{there_are}.'} "
                f"%ctl_service_account {shlex.quote(alias)} --username NAME creates it."
            )
        return schedule

    def _id_of(self, job: str | Job) -> str:
        return str((self.find_job(job) if isinstance(job, str) else job).id)

    def _handle(self, execution: Execution, job: Job | None) -> ExecutionHandle:
        if job is None:
            try:
                job = self.calls.get_job(execution.job_id)
            except NotFound:
                job = None  # deleted since; the execution remains
        return ExecutionHandle(self.calls, execution, (job.name if job else "") or "")


def _first_few(names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(known[:3]) + (", …" if len(known) > 3 else "")


def _suggestion(name: str, names: Iterable[str | None]) -> str:
    close = difflib.get_close_matches(name, [known for known in names if known], n=1)
    return f"; did you mean {close[0]!r}?" if close else "; %ctl_jobs lists what there is."


_current: Session | None = None


def current_session() -> Session:
    """Return the session of the last `connect`.

    Raises
    ------
    NotLoggedIn
        When there was none, or it was logged out.
    """
    if _current is None:
        raise NotLoggedIn("Not logged in: run %ctl_login (in Python: ctl_jupyter.connect()) first.")
    return _current


def make_current(session: Session | None) -> None:
    """Make this the session that magics, panel and Python share; ``None`` for nobody."""
    global _current
    # The session there was is not closed: handles of it may still be followed.
    _current = session
