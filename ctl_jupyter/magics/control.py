"""Magics that start, stop, kill, restart and watch executions."""

from typing import TYPE_CHECKING, Any

from IPython.core.magic import magics_class

from ctl_jupyter.magics.running import Options, RunnerMagics, magic

if TYPE_CHECKING:
    from ctl_jupyter.client import ExecutionHandle

__all__ = ["ControlMagics"]


@magics_class
class ControlMagics(RunnerMagics):
    """Start, stop, kill, restart, watch."""

    @magic
    def ctl_start(self, options: Options, cell: str | None) -> Any:
        from ctl_jupyter.client import current_session
        from ctl_jupyter.documents import masked
        from ctl_jupyter.magics.bodies import start_request
        from ctl_jupyter.magics.tables import RequestPreview

        session = current_session()
        job = session.find_job(options.job)
        request = start_request(cell or "", options.host, options.ssh_key, job)
        if options.dry_run:
            return RequestPreview("POST", session.calls.job_path(job.id, "start"), masked(request.to_wire()))
        return self._show([session.start(job, request)], options)

    @magic
    def ctl_watch(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.live import Interrupts
        from ctl_jupyter.magics.finding import find_executions

        with Interrupts() as interrupts:
            handles = interrupts.run(lambda: find_executions(self, options.execution, options.all_running, options.job))
        return self._show(handles, options)

    def _show(self, handles: "list[ExecutionHandle]", options: Options) -> None:
        """Show executions' cards; with ``--wait``, wait below them and fail when one of them does."""
        from ctl_jupyter.live import show_executions

        # First of all, so that the handles are there also when waiting fails.
        self.bind(options.out, handles[0] if len(handles) == 1 else handles)
        self.memory.last = handles[-1]
        show_executions(
            handles,
            wait=options.wait or options.timeout is not None,
            timeout=options.timeout,
            on_interrupt=options.on_interrupt,
            quiet=options.quiet,
        )
