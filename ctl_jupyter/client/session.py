"""Where we are logged in: one session, shared by magics, panel and Python."""

import difflib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ctl_jupyter.client.auth import BearerAuth
from ctl_jupyter.client.calls import RunnerCalls
from ctl_jupyter.client.credentials import Found
from ctl_jupyter.client.errors import AmbiguousName, NotFound, NotLoggedIn
from ctl_jupyter.client.handle import ExecutionHandle
from ctl_jupyter.client.identity import Identity
from ctl_jupyter.client.profiles import Profile
from ctl_jupyter.documents import (
    DocumentError,
    Execution,
    Job,
    LogIn,
    StartRequest,
    check_job,
    check_start_request,
    read_job,
    read_start_request,
    with_encoded_playbook,
)

__all__ = ["Session", "current_session", "make_current"]

SHORTEST_PREFIX = 4


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
            ids = ", ".join(str(job.id) for job in found[:3]) + (", …" if len(found) > 3 else "")
            raise AmbiguousName(f"There are {len(found)} jobs {what}: name one by its id ({ids}).")
        if not found:
            raise NotFound(f"There is no job {name!r}{_suggestion(name, (job.name for job in jobs))}")
        return found[0]

    def find_job_named(self, name: str) -> Job | None:
        """Return the one job of exactly that name, ``None`` when there is none.

        Raises
        ------
        AmbiguousName
            When there are several.
        """
        found = [job for job in self.calls.jobs() if job.name == name]
        if len(found) > 1:
            ids = ", ".join(str(job.id) for job in found[:3])
            raise AmbiguousName(f"There are {len(found)} jobs named {name!r}: name one by its id ({ids}).")
        return found[0] if found else None

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

    def start(self, job: str | Job, request: StartRequest | dict[str, Any] | None = None) -> ExecutionHandle:
        """Start a job and return the handle of its execution. The start is sent once.

        Parameters
        ----------
        job
            A job, or its id, name or unique id prefix.
        request
            Hosts and keys of this start; without them the job's own hosts are used.

        Raises
        ------
        DocumentError
            When the request cannot be used; nothing was sent then.
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

    def _handle(self, execution: Execution, job: Job | None) -> ExecutionHandle:
        if job is None:
            try:
                job = self.calls.get_job(execution.job_id)
            except NotFound:
                job = None  # deleted since; the execution remains
        return ExecutionHandle(self.calls, execution, (job.name if job else "") or "")


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
