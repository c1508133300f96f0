"""The form that restarts a failed execution: on which of its failed hosts, and with which key."""

from collections.abc import Callable, Sequence

import ipywidgets

from ctl_jupyter.client import ExecutionHandle, RunnerError
from ctl_jupyter.client.unclear import explained
from ctl_jupyter.documents import DocumentError, StartRequest, read_start_request
from ctl_jupyter.inputs.keys import encode_key, read_key
from ctl_jupyter.inputs.names import listed
from ctl_jupyter.inputs.patterns import matching
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.executions.opened import OpenExecution
from ctl_jupyter.panel.fields import Field, form
from ctl_jupyter.panel.folded import Folded
from ctl_jupyter.panel.secret_field import SecretField

__all__ = ["RestartForm"]

LOOK = "Refresh below lists what runs"
LIMIT = "Of the failed hosts"
#: How many failed hosts are named.
NAMED = 12


class RestartForm:
    """A button that restarts all failed hosts, and fields for those who want fewer, or whose hosts need a key.

    Parameters
    ----------
    on_restart
        Called with the handle of the new run.
    """

    def __init__(self, desk: Desk, on_restart: Callable[[ExecutionHandle], None]) -> None:
        self._desk = desk
        self._on_restart = on_restart
        self._opened: OpenExecution | None = None
        self.button = ipywidgets.Button(
            description="Restart failed hosts",
            icon="repeat",
            tooltip="Run the execution again on the hosts that failed",
            layout={"width": "auto"},
        )
        self.limit = Field(
            LIMIT,
            ipywidgets.Text(placeholder="web*,!web3", continuous_update=False),
            "Names and patterns between commas, ! for all but it; empty for all.",
        )
        self.key_path = Field(
            "Private key's file", ipywidgets.Text(placeholder="~/.ssh/id_ed25519"), "A path; the kernel reads it."
        )
        self.key = SecretField("… or upload it", kind="file", help_text="Sent with the restart; Runner keeps no key.")
        self._failed = ipywidgets.HTML()
        #: What is shown by now: whether it may be restarted, and its failed hosts.
        self._drawn: tuple[bool, tuple[str, ...]] | None = None
        self.button.on_click(lambda _: self._restart())
        fields = form(self._failed, self.limit, self.key_path, self.key.widget)
        self._failed.add_class("ctl-wide")
        self._folded = Folded("Restart fewer hosts, or with a key", fields)
        #: The fields; shown while there is something to restart.
        self.options = self._folded.widget

    def use(self, opened: OpenExecution | None) -> None:
        """Restart another execution from now on; what was given for the one before is not sent with it."""
        if opened is not self._opened:
            self._opened = opened
            self.key.take()
            self.limit.value = self.key_path.value = ""
            for field in (self.limit, self.key_path, self.key):
                field.error = ""
            self._folded.is_open = False
            self._drawn = None
        self.draw()

    def draw(self) -> None:
        """Show what may be done by now; only what has changed is sent to the page."""
        opened = self._opened
        may_restart = opened is not None and opened.may_restart and not opened.is_restarting
        failed = tuple(opened.handle.execution.failed_hosts) if opened is not None and may_restart else ()
        if (may_restart, failed) == self._drawn:
            return
        self._drawn = (may_restart, failed)
        self.button.disabled = not may_restart
        self.options.layout.display = "" if may_restart else "none"
        self.limit.widget.layout.display = "" if failed else "none"
        self._failed.value = (
            element("div", f"The button above restarts them. Failed: {listed(failed, NAMED)}.") if failed else ""
        )

    def _restart(self) -> None:
        opened = self._opened
        if opened is None or not opened.may_restart or opened.is_restarting:
            return
        failed = list(opened.handle.execution.failed_hosts)
        try:
            request = self._request(failed)
        except DocumentError as error:
            self._desk.report(str(error), is_well=False)
            return
        opened.is_restarting = True
        self.draw()

        def restart() -> str:
            again = None
            try:
                again = opened.handle.restart(request)
            except RunnerError as error:
                raise explained(error, f"the restart of {opened.handle.job_name!r}", LOOK) from error
            finally:
                # A run that was restarted is not restarted again: the new run takes its place.
                opened.is_restarting = again is not None
                self.draw()
            if self._opened is opened:
                self.key.take()
            self._on_restart(again)
            return f"{opened.handle.job_name} runs again on {_which(request, failed)}."

        # One for each click: another execution may be restarted at the same time, this one not.
        self._desk.work().begin("Sending the restart …", restart)

    def _request(self, failed: Sequence[str]) -> StartRequest:
        """Return the request that the form says, checked; what is wrong stands beside its field.

        Raises
        ------
        DocumentError
            When something of it cannot be used.
        """
        self.limit.error = self.key_path.error = self.key.error = ""
        try:
            hosts = self._hosts(failed)
        except DocumentError as error:
            self.limit.error = str(error)
            raise
        try:
            key = self._key()
        except DocumentError as error:
            (self.key_path if self.key_path.value.strip() else self.key).error = str(error)
            raise
        return read_start_request({"hosts": hosts, "sshPrivateKey": key})

    def _hosts(self, failed: Sequence[str]) -> list[str]:
        limit = self.limit.value.strip()
        if limit and not failed:
            raise DocumentError("Runner names no failed hosts of this execution: leave this empty for all.")
        return matching(failed, limit, LIMIT) if limit else []

    def _key(self) -> str | None:
        path = self.key_path.value.strip()
        if path and not self.key.is_empty:
            raise DocumentError("There are two keys, a path and a file that was uploaded: give one.")
        if path:
            return read_key(path)
        return None if self.key.is_empty else encode_key(self.key.peek())


def _which(request: StartRequest, failed: Sequence[str]) -> str:
    if request.hosts:
        return listed([host.id for host in request.hosts])
    return f"its {len(failed)} failed host{'' if len(failed) == 1 else 's'}" if failed else "all of its hosts"
