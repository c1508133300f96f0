"""The magics themselves. What they call is imported when they are called: loading the extension stays cheap."""

import argparse
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand

from ctl_jupyter.magics.arguments import HelpShown, LineParser, output_option, parse_line, seconds
from ctl_jupyter.magics.errors import Detached, MagicError

if TYPE_CHECKING:
    from ctl_jupyter.client import ExecutionHandle

__all__ = ["RunnerMagics"]

Options = argparse.Namespace


# --- options -----------------------------------------------------------------------------------------------------


def _login_parser() -> LineParser:
    parser = LineParser("%ctl_login", "Log in to Runner.")
    parser.add_argument(
        "profile",
        nargs="?",
        default="local",
        help="local (the embedded Runner, started when none runs), prod, qa, or a URL",
    )
    parser.add_argument("--account", metavar="ALIAS", help="the account; default: CLC_ACCT_ALIAS or that of the log-in")
    parser.add_argument(
        "--username", metavar="NAME", help="default: CLC_V2_API_USERNAME; the password is never given here"
    )
    return parser


def _job_parser() -> LineParser:
    parser = LineParser("%%ctl_job", "Create a job from the playbook in the cell, or update the job of that name.")
    parser.add_argument("name", help="the job's name")
    parser.add_argument(
        "--host", action="append", default=[], metavar="NAME", help="a host of the job; may be repeated"
    )
    parser.add_argument("--description", metavar="TEXT", help="what the job is for")
    parser.add_argument("--tags", metavar="TAG[,TAG]", help="run the tasks of these tags alone")
    parser.add_argument("--dry-run", action="store_true", help="show the request and send nothing")
    output_option("the job")(parser)
    return parser


def _add_waiting(parser: LineParser) -> None:
    parser.add_argument("--wait", action="store_true", help="wait for the end; the cell fails when the execution does")
    parser.add_argument("--timeout", type=seconds, metavar="SECONDS", help="wait no longer; the execution goes on")
    output_option("the execution's handle")(parser)


def _start_parser() -> LineParser:
    parser = LineParser(
        "%%ctl_start",
        "Start a job. The cell may hold hosts and sshPrivateKey, as YAML or JSON; without hosts, the job's own.",
    )
    parser.add_argument("job", help="the job's name, id, or the beginning of its id")
    parser.add_argument("--host", action="append", default=[], metavar="NAME", help="a host to run on; may be repeated")
    parser.add_argument(
        "--ssh-key", metavar="PATH", help="a private key's file, read here and sent for this start alone"
    )
    parser.add_argument("--dry-run", action="store_true", help="show the request, keys masked, and send nothing")
    _add_waiting(parser)
    return parser


def _watch_parser() -> LineParser:
    parser = LineParser("%ctl_watch", "Watch an execution, wherever it was started.")
    parser.add_argument("execution", help="the execution's id, or the beginning of it")
    parser.add_argument("--job", metavar="JOB", help="its job, when known: finds it faster")
    _add_waiting(parser)
    return parser


def _jobs_parser() -> LineParser:
    parser = LineParser("%ctl_jobs", "List the account's jobs, newest first.")
    output_option("a list of the jobs")(parser)
    return parser


def _executions_parser() -> LineParser:
    parser = LineParser("%ctl_executions", "Show the executions of a job, or of the account, as a DataFrame.")
    parser.add_argument("job", nargs="?", help="the job's name, id, or the beginning of its id; default: the account")
    output_option("the DataFrame")(parser)
    return parser


def _magic(make_parser: Callable[[], LineParser]) -> Callable[..., Callable[..., Any]]:
    """Make a magic of a method that takes its options: parse the line, and turn errors into short ones."""

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def magic(self: "RunnerMagics", line: str, cell: str | None = None) -> Any:
            try:
                options = parse_line(make_parser(), line)
            except HelpShown as shown:
                print(shown)  # noqa: T201 -- help is what was asked for
                return None
            if options.debug:
                return method(self, options, cell)
            return _shortened(lambda: method(self, options, cell))

        magic.__doc__ = f"{method.__doc__}\n\n{make_parser().format_help()}"
        return magic

    return decorate


def _shortened(call: Callable[[], Any]) -> Any:
    """Call, and raise what is ours as a `MagicError`; what is not ours keeps its traceback."""
    from ctl_jupyter.client import RunnerError
    from ctl_jupyter.documents import DocumentError

    try:
        return call()
    except (RunnerError, DocumentError) as error:
        raise MagicError(str(error), getattr(error, "handle", None)) from error


# --- the magics ----------------------------------------------------------------------------------------------------


@magics_class
class RunnerMagics(Magics):  # type: ignore[misc]
    """Runner from a cell; each magic shows its options with ``-h``."""

    @no_var_expand
    @line_magic
    @_magic(_login_parser)
    def ctl_login(self, options: Options, _cell: str | None) -> Any:
        """Log in to Runner: ``POST /v2/authentication/login``."""
        from ctl_jupyter.client import connect
        from ctl_jupyter.magics.prompts import ask_password
        from ctl_jupyter.magics.tables import Notice

        session = connect(
            options.profile, account_alias=options.account, username=options.username, password=ask_password
        )
        who = f"{session.log_in.user_name}, " if session.log_in else ""
        where = f"{session.profile.name} ({session.profile.runner_url})"
        return Notice(f"Logged in to {where} as {who}account {session.account_alias}.")

    @no_var_expand
    @line_cell_magic
    @_magic(_job_parser)
    def ctl_job(self, options: Options, cell: str | None) -> Any:
        """Create or update a job: ``POST /jobs/{alias}`` or ``PUT /jobs/{alias}/{jobId}``."""
        from ctl_jupyter.client import current_session
        from ctl_jupyter.documents import Host, masked
        from ctl_jupyter.magics.bodies import job_document
        from ctl_jupyter.magics.tables import Notice, RequestPreview

        session = current_session()
        known = session.find_job_named(options.name)
        before = known.to_wire() if known else None
        changes: dict[str, Any] = {}
        if options.host:
            hosts = {host.id: host for host in known.hosts} if known else {}
            changes["hosts"] = [hosts.get(name, Host(id=name)) for name in options.host]
        if options.description is not None:
            changes["description"] = options.description
        if options.tags is not None:
            changes["playbook_tags"] = [tag.strip() for tag in options.tags.split(",") if tag.strip()]
        job = job_document(options.name, cell or "", changes, known)
        if options.dry_run:
            path = session.calls.job_path(known.id if known else None)
            return RequestPreview("PUT" if known else "POST", path, masked(job.to_wire()))
        if before == job.to_wire():
            stored, done = job, "is unchanged"
        elif known:
            stored, done = session.update_job(job), "updated"
        else:
            stored, done = session.create_job(job), "created"
        self._bind(options.out, stored)
        return Notice(f"Job {stored.name} {done} (id {stored.id}).")

    @no_var_expand
    @line_cell_magic
    @_magic(_start_parser)
    def ctl_start(self, options: Options, cell: str | None) -> Any:
        """Start a job: ``POST /jobs/{alias}/{jobId}/start``, sent once."""
        from ctl_jupyter.client import current_session
        from ctl_jupyter.documents import masked
        from ctl_jupyter.magics.bodies import start_request
        from ctl_jupyter.magics.tables import RequestPreview

        session = current_session()
        job = session.find_job(options.job)
        request = start_request(cell or "", options.host, options.ssh_key, job)
        if options.dry_run:
            return RequestPreview("POST", session.calls.job_path(job.id, "start"), masked(request.to_wire()))
        return self._show(session.start(job, request), options)

    @no_var_expand
    @line_magic
    @_magic(_watch_parser)
    def ctl_watch(self, options: Options, _cell: str | None) -> Any:
        """Watch an execution by its id: one of before a kernel restart, or one started elsewhere."""
        from ctl_jupyter.client import current_session

        return self._show(current_session().execution(options.execution, options.job), options)

    @no_var_expand
    @line_magic
    @_magic(_jobs_parser)
    def ctl_jobs(self, options: Options, _cell: str | None) -> Any:
        """List the account's jobs: ``GET /jobs/{alias}``."""
        from ctl_jupyter.client import current_session
        from ctl_jupyter.magics.tables import Table, local_time

        jobs = list(current_session().calls.jobs())
        if options.out:
            self._bind(options.out, jobs)
            return None
        rows = [
            [
                job.name or "",
                job.id or "",
                job.description or "",
                job.repository.url if job.repository else "playbook",
                str(len(job.hosts)),
                local_time(job.created_time),
            ]
            for job in jobs
        ]
        headings = ["name", "id", "description", "from", "hosts", "created"]
        return Table(headings, rows, "There are no jobs yet; %%ctl_job creates one.")

    @no_var_expand
    @line_magic
    @_magic(_executions_parser)
    def ctl_executions(self, options: Options, _cell: str | None) -> Any:
        """Show executions as a DataFrame: ``GET /jobs/{alias}/{jobId}/executions``, or the account's."""
        from ctl_jupyter.history import history

        frame = history(options.job).executions
        if options.out:
            self._bind(options.out, frame)
            return None
        return frame

    def _bind(self, name: str | None, value: Any) -> None:
        if name:
            self.shell.user_ns[name] = value

    def _show(self, handle: "ExecutionHandle", options: Options) -> None:
        """Show an execution's card; with ``--wait``, wait below it and fail when the execution does."""
        from ctl_jupyter.live import show, wait_with_progress

        # First of all, so that the handle is there also when waiting fails.
        self._bind(options.out, handle)
        if not options.wait and options.timeout is None:
            show(handle)
            return
        try:
            wait_with_progress(handle, options.timeout)
        except KeyboardInterrupt:
            raise Detached(
                f"Waiting was interrupted; the execution goes on. To watch it again: %ctl_watch {handle.execution_id}",
                handle,
            ) from None
        handle.raise_for_failure()
