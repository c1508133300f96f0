"""Magics that start, stop, kill, restart and watch executions."""

from typing import TYPE_CHECKING, Any

from IPython.core.magic import magics_class
from IPython.display import display

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.inputs.names import listed, typed
from ctl_jupyter.magics.errors import MagicError
from ctl_jupyter.magics.orders import Orders
from ctl_jupyter.magics.running import Options, RunnerMagics, magic
from ctl_jupyter.magics.sending import ask, send

if TYPE_CHECKING:
    from ctl_jupyter.client import ExecutionHandle
    from ctl_jupyter.documents import StartRequest

__all__ = ["ControlMagics"]


@magics_class
class ControlMagics(RunnerMagics):
    """Start, stop, kill, restart, watch."""

    @magic
    def ctl_start(self, options: Options, cell: str | None) -> Any:
        from ctl_jupyter.client import current_session
        from ctl_jupyter.documents import masked
        from ctl_jupyter.magics.bodies import start_request
        from ctl_jupyter.magics.once import Guard
        from ctl_jupyter.magics.tables import Notice, RequestPreview

        session = current_session()
        look = f"%ctl_executions {typed(options.job)} shows it"
        guard = Guard(self.memory.started, self.shell, session, options.line, cell or "")
        first = guard.first(look) if options.once and not options.dry_run else None
        if first is not None:
            display(Notice("Not started again, since this cell has --once; what it started:"))
            return self._show([ask(first.last_run)], options)
        job = ask(lambda: session.find_job(options.job))
        request = start_request(cell or "", options, self.shell.user_ns, job)
        ask(lambda: session.calls.check_taken(str(job.id), request))
        if options.dry_run:
            return RequestPreview("POST", session.calls.job_path(job.id, "start"), masked(request.to_wire()))

        def start() -> "ExecutionHandle":
            handle = guard.start(lambda: session.start(job, request)) if options.once else session.start(job, request)
            # Kept here, where it is not lost when the cell was interrupted meanwhile.
            self._remember([handle], options)
            return handle

        return self._show([send(start, f"the start of {job.name!r}", look)], options)

    @magic
    def ctl_stop(self, options: Options, _cell: str | None) -> Any:
        return self._end("stop", options)

    @magic
    def ctl_kill(self, options: Options, _cell: str | None) -> Any:
        return self._end("kill", options)

    def _end(self, action: str, options: Options) -> Any:
        """Stop or kill executions; with ``--wait``, the cell ends when they have, and does not fail by how."""
        from ctl_jupyter.client import ExecutionFailed
        from ctl_jupyter.magics.finding import find_executions
        from ctl_jupyter.magics.tables import Notice, Table

        job = options.all_running
        is_named = options.execution or job is None
        named = ask(lambda: find_executions(self, options.execution)) if is_named else []
        known = {handle.execution_id for handle in named}
        running = [] if job is None else ask(lambda: find_executions(self, [], job))
        running = [handle for handle in running if handle.execution_id not in known]
        handles = named + running
        nothing = Notice(f"No execution of {job!r} is running; there is nothing to {action}.")
        if not handles:
            return nothing
        expiry = options.expiry or 0
        if options.dry_run:
            return self._preview([(handle, action, {"expiryDuration": expiry}) for handle in handles])
        self.bind(options.out, handles[0] if len(handles) == 1 else handles)
        orders = Orders(action)
        answers = orders.give(handles, lambda handle: getattr(handle, action)(expiry), running)
        if options.wait and answers:
            orders.tell_refusals()
            taken = [handle for handle, _ in answers]
            try:
                self._show(taken, options)
            except ExecutionFailed:
                # They end as they were told to, which is what the cell is for.
                if not all(handle.is_read for handle in taken):
                    raise
            finally:
                self.bind(options.out, handles[0] if len(handles) == 1 else handles)
        elif answers:
            rows = [[handle.job_name, handle.execution_id, answer.status] for handle, answer in answers]
            display(Table(["job", "execution", "status"], rows, ""))
        orders.raise_refusals()
        return None if answers else nothing

    @magic
    def ctl_restart(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.documents import masked
        from ctl_jupyter.magics.bodies import restart_request
        from ctl_jupyter.magics.finding import find_executions
        from ctl_jupyter.magics.tables import Notice

        if not options.execution:
            raise MagicError("Name the failed execution by its id; %ctl_executions lists them.")
        handles = ask(lambda: find_executions(self, options.execution))
        failed = ask(lambda: {handle.execution_id: handle.refresh().failed_hosts for handle in handles})
        requests = {key: restart_request(options, self.shell.user_ns, hosts) for key, hosts in failed.items()}
        notices = {handle.execution_id: _on_which(handle, requests[handle.execution_id]) for handle in handles}
        if options.dry_run:
            display(Notice("\n".join(notices.values())))
            wires = {key: masked(request.to_wire()) for key, request in requests.items()}
            return self._preview([(handle, "restart", wires[handle.execution_id]) for handle in handles])
        again: list[ExecutionHandle] = []

        def restart(handle: "ExecutionHandle") -> None:
            again.append(handle.restart(requests[handle.execution_id]))
            self._remember(list(again), options)

        orders = Orders("restart")
        orders.give(handles, restart)
        if again:
            display(Notice("\n".join(notices[handle.execution_id] for handle in again)))
            orders.tell_refusals()
            self._show(again, options)
        orders.raise_refusals()
        return None

    @magic
    def ctl_watch(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.magics.finding import find_executions
        from ctl_jupyter.magics.tables import Notice

        handles = ask(lambda: find_executions(self, options.execution, options.all_running, options.job))
        if not handles:
            return Notice(f"No execution of {options.all_running!r} is running; there is nothing to watch.")
        return self._show(handles, options)

    def _remember(self, handles: "list[ExecutionHandle]", options: Options) -> None:
        self.bind(options.out, handles[0] if len(handles) == 1 else handles)
        self.memory.last = handles[-1]

    def _preview(self, calls: "list[tuple[ExecutionHandle, str, Any]]") -> Any:
        """Show requests that are not sent: executions, what would be done to them, and the bodies."""
        from ctl_jupyter.client import current_session
        from ctl_jupyter.magics.tables import RequestPreview

        path = current_session().calls.job_path
        previews = [
            RequestPreview("POST", path(handle.job_id, "executions", handle.execution_id, action), body)
            for handle, action, body in calls
        ]
        if len(previews) == 1:
            return previews[0]
        for preview in previews:
            display(preview)
        return None

    def _show(self, handles: "list[ExecutionHandle]", options: Options) -> None:
        """Show executions' cards; with ``--wait``, wait below them and fail when one of them does."""
        from ctl_jupyter.live import show_executions

        # First of all, so that the handles are there also when waiting fails.
        self._remember(handles, options)
        show_executions(
            handles,
            wait=options.wait,
            timeout=options.timeout,
            on_interrupt=options.on_interrupt or "detach",
            quiet=options.quiet,
        )


def _on_which(handle: "ExecutionHandle", request: "StartRequest") -> str:
    """Return on which hosts a restart runs, as in ``Restarting hello on db1, db2 (failed of 4 hosts)``."""
    failed = handle.execution.failed_hosts
    chosen = [host.id for host in request.hosts] or failed
    if not chosen:
        return f"Restarting {one_line(handle.job_name)} on all of its hosts: its playbook did not get to run."
    met = len(handle.progress.hosts)
    if len(chosen) < len(failed):
        left = [host for host in failed if host not in chosen]
        which = f"of {len(failed)} failed hosts; once this succeeds, {listed(left)} can be restarted no more"
    else:
        # How many there were is known when they were met here; it is not asked for.
        which = f"failed of {met} host{'' if met == 1 else 's'}" if met else "failed"
    return f"Restarting {one_line(handle.job_name)} on {listed(chosen)} ({which})."
