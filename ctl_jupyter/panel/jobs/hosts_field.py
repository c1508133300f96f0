"""Where a start runs: on the job's own hosts, on servers of the account, on typed ones, or on those of a variable."""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from ctl_jupyter.documents import DocumentError, Host, Job
from ctl_jupyter.inputs.names import listed
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.hosts import read_pasted, without_secrets
from ctl_jupyter.panel.jobs.account_hosts import account_hosts
from ctl_jupyter.panel.jobs.host_picker import HostPicker
from ctl_jupyter.panel.jobs.notebook_hosts import hosts_in, variables_with_hosts
from ctl_jupyter.panel.start_words import HostsChoice

__all__ = ["HostsField"]

OWN, ACCOUNT, TYPED, VARIABLE = "The job's own", "Servers of the account", "Typed or pasted", "A Python variable"
PLACEHOLDER = "web1\nweb2 ansible_host=10.0.0.12 ansible_user=deploy"


class HostsField:
    """The choice of hosts.

    Parameters
    ----------
    desk
        The middle of the panel.
    namespace
        Returns the notebook's variables.
    on_change
        Called whenever something else is chosen.
    """

    def __init__(
        self, desk: Desk, namespace: Callable[[], Mapping[str, Any]], on_change: Callable[[], None] | None = None
    ) -> None:
        self._desk = desk
        self._namespace = namespace
        self._tell = on_change or (lambda: None)
        self._job = Job()
        self._account: dict[str, Host] = {}
        self._source = ipywidgets.ToggleButtons(options=[OWN, ACCOUNT, TYPED, VARIABLE])
        self._source.add_class("ctl-choice")
        self.source = Field("Run on", self._source)
        self._own = HostPicker("Some of them (none chosen: all)", self._changed)
        self._servers = HostPicker("Servers", self._changed)
        self._load = ipywidgets.Button(description="List servers", tooltip="Ask the service for the account's servers")
        work = desk.work(self._load)
        self._load.on_click(lambda _: work.begin("Asking for the account's servers …", self._ask))
        self.typed = Field(
            "Hosts",
            ipywidgets.Textarea(placeholder=PLACEHOLDER, rows=5, continuous_update=False),
            "One on a line, with variables as name=value behind it; or names between commas.",
        )
        self.variable = Field(
            "Name of the variable",
            ipywidgets.Combobox(placeholder="fleet or results.host", ensure_option=False, continuous_update=False),
            "A list of names or host entities, or DATAFRAME.COLUMN.",
        )
        self._summary = ipywidgets.HTML()
        self._parts = {
            OWN: self._own.widget,
            ACCOUNT: ipywidgets.VBox([self._load, self._servers.widget]),
            TYPED: self.typed.widget,
            VARIABLE: self.variable.widget,
        }
        self.widget = ipywidgets.VBox([self.source.widget, *self._parts.values(), self._summary])
        self.widget.add_class("ctl-wide")
        self._source.observe(lambda _: self._show(), "value")
        self.typed.control.observe(lambda _: self._take_typed(), "value")
        self.variable.control.observe(lambda _: self._changed(), "value")
        self._show()

    def use(self, job: Job) -> None:
        """Choose anew, for a job; what was typed stays."""
        self._job = job
        self._own.names = [host.id for host in job.hosts]
        has_own = bool(job.hosts) or job.use_dynamic_inventory
        if has_own and not self.typed.value.strip():
            self._source.value = OWN
        elif not has_own and self._source.value == OWN:
            self._source.value = TYPED
        self._show()

    def choice(self) -> HostsChoice:
        """Return what was chosen.

        Raises
        ------
        DocumentError
            When it cannot be used; it stands beside the field, too.
        """
        try:
            choice = self._read()
            choice.documents(self._job)
        except DocumentError as error:
            self._mark(str(error))
            raise
        self._mark("")
        return choice

    def _read(self) -> HostsChoice:
        source = self._source.value
        if source == OWN:
            return HostsChoice(named=self._own.chosen)
        if source == ACCOUNT:
            chosen = [self._account[name] for name in self._servers.chosen]
            if not chosen:
                raise DocumentError("No server is chosen: list the account's servers and choose some.")
            return _choice_of(chosen)
        if source == TYPED:
            hosts = read_pasted(self.typed.value).hosts
            if not hosts:
                raise DocumentError("No host is written here: write one on a line.")
            return _choice_of(hosts)
        path = self.variable.value.strip()
        return HostsChoice(variable=path, held=hosts_in(self._namespace(), path))

    def _mark(self, sentence: str) -> None:
        """Write what is wrong beside the part that it is wrong with, and take it away from the others."""
        fields = {OWN: self.source, ACCOUNT: self.source, TYPED: self.typed, VARIABLE: self.variable}
        for field in (self.source, self.typed, self.variable):
            field.error = sentence if field is fields[self._source.value] else ""

    def _take_typed(self) -> None:
        text, removed = without_secrets(self.typed.value)
        if removed:
            # What stands in a widget can end in the saved notebook.
            self.typed.control.value = text
            names = listed(removed)
            self._mark(f"{names} was taken out of the hosts, since it is a secret: give it as a secret variable.")
            return
        self._changed()

    def _show(self) -> None:
        for source, part in self._parts.items():
            part.layout.display = "" if source == self._source.value else "none"
        self._parts[OWN].layout.display = "" if self._source.value == OWN and len(self._job.hosts) > 1 else "none"
        self._servers.widget.layout.display = "" if self._account else "none"
        if self._source.value == VARIABLE:
            self.variable.control.options = variables_with_hosts(self._namespace())
        self._changed()

    def _changed(self) -> None:
        """Say how many hosts there are, and what is wrong with them once there is something."""
        text = {TYPED: self.typed.value, VARIABLE: self.variable.value}.get(self._source.value, "")
        is_empty = self._source.value in (TYPED, VARIABLE) and not text.strip()
        if is_empty or (self._source.value == ACCOUNT and not self._servers.chosen):
            self._mark("")
            self._summarise("No host is chosen yet.")
        else:
            try:
                self._summarise(self._sentence(self.choice()))
            except DocumentError:
                self._summarise("")
        self._tell()

    def _sentence(self, choice: HostsChoice) -> str:
        if self._source.value == OWN and not choice.named:
            return _of_the_job(self._job)
        hosts = [str(host["id"]) for host in choice.documents(self._job)]
        note = read_pasted(self.typed.value).note if self._source.value == TYPED else ""
        of_all = f" of {len(self._job.hosts)}" if self._source.value == OWN else ""
        return f"{len(hosts)}{of_all} {'host' if len(hosts) == 1 else 'hosts'}: {listed(hosts)}. {note}".strip()

    def _summarise(self, sentence: str) -> None:
        self._summary.value = element("div", sentence, role="status", aria_live="polite", **{"class": "ctl-help"})

    def _ask(self) -> str:
        hosts = account_hosts(self._desk.session)
        self._account = {host.id: host for host in hosts}
        self._servers.names = list(self._account)
        self._show()
        if not hosts:
            return (
                "The account has no servers; the embedded Runner takes them from its inventory "
                "(ctl-runner start --inventory PATH)."
            )
        return f"The account has {len(hosts)} servers."


def _choice_of(hosts: list[Host]) -> HostsChoice:
    """Return a choice in which a host without variables is known by its name alone."""
    return HostsChoice(
        entities=[host for host in hosts if host.host_vars], named=[host.id for host in hosts if not host.host_vars]
    )


def _of_the_job(job: Job) -> str:
    if job.use_dynamic_inventory:
        return "All hosts of the account's inventory, as the job says."
    names = [host.id for host in job.hosts]
    if not names:
        return "The job names no hosts: choose others."
    if len(names) == 1:
        return f"The job's only host: {names[0]}."
    return f"All {len(names)} hosts of the job: {listed(names)}."
