"""Where a start runs: on the job's own hosts, on servers of the account, on typed ones, or on those of a variable."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from ctl_jupyter.client import Session
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
        # A thread brings the account's servers while the account may be left.
        self._lock = threading.RLock()
        #: Whether none of the job's hosts that were chosen is there any longer.
        self._has_lost_chosen = False
        self._source = ipywidgets.ToggleButtons(options=[OWN, ACCOUNT, TYPED, VARIABLE])
        self._source.add_class("ctl-choice")
        self.source = Field("Run on", self._source)
        self._own = HostPicker("Some of them (none chosen: all)", self._take_own)
        self._servers = HostPicker("Servers", self._changed)
        self._load = ipywidgets.Button(description="List servers", tooltip="Ask the service for the account's servers")
        self._work = desk.work(self._load)
        self._load.on_click(lambda _: self._list_servers())
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

    def use(self, job: Job, *, is_other: bool = True) -> None:
        """Choose for a job: anew for another one; what is chosen, and what was typed, stays for the same."""
        had_own, has_own = _has_own(self._job), _has_own(job)
        names = [host.id for host in job.hosts]
        self._job = job
        if is_other:
            self._has_lost_chosen = False
            self._own.names = names
            self._servers.names = list(self._account)
            self.typed.value = self.variable.value = ""
            self._source.value = OWN
        else:
            # None chosen means all of them, which nobody chose who had chosen some.
            chosen = self._own.chosen
            self._has_lost_chosen = (self._has_lost_chosen or bool(chosen)) and not set(chosen) & set(names)
            self._own.offer_again(names)
        is_unused = not self.typed.value.strip() and (is_other or (not had_own and self._source.value == TYPED))
        if has_own and is_unused:
            self._source.value = OWN
        elif not has_own and self._source.value == OWN:
            self._source.value = TYPED
        self._show()

    def clear(self) -> None:
        """Forget all that belongs to an account: its servers, what is chosen and what was typed."""
        with self._lock:
            self._account = {}
            self._servers.names = []
        self._job = Job()
        self._own.names = []
        self._has_lost_chosen = False
        self.typed.value = self.variable.value = ""
        self._source.value = OWN
        self._show()
        self._mark("")

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
            if self._has_lost_chosen:
                raise DocumentError(
                    "The hosts that were chosen are no longer the job's: choose others, or 'Choose none' for all."
                )
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
        is_choice = len(self._job.hosts) > 1 or self._has_lost_chosen
        self._parts[OWN].layout.display = "" if self._source.value == OWN and is_choice else "none"
        self._servers.widget.layout.display = "" if self._account else "none"
        if self._source.value == VARIABLE:
            self.variable.control.options = variables_with_hosts(self._namespace())
        self._changed()

    def _take_own(self) -> None:
        self._has_lost_chosen = False
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
        noun = "host" if len(hosts) == 1 and not of_all else "hosts"
        return f"{len(hosts)}{of_all} {noun}: {listed(hosts)}. {note}".strip()

    def _summarise(self, sentence: str) -> None:
        self._summary.value = element("div", sentence, role="status", aria_live="polite", **{"class": "ctl-help"})

    def _list_servers(self) -> None:
        session = self._desk.session_now()
        self._work.begin("Asking for the account's servers …", lambda: self._ask(session or self._desk.session))

    def _ask(self, session: Session) -> str:
        hosts = account_hosts(session)
        with self._lock:
            if self._desk.session_now() is not session:
                return "The account was left while its servers were being listed."
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


def _has_own(job: Job) -> bool:
    return bool(job.hosts) or job.use_dynamic_inventory


def _of_the_job(job: Job) -> str:
    if job.use_dynamic_inventory:
        return "All hosts of the account's inventory, as the job says."
    names = [host.id for host in job.hosts]
    if not names:
        return "The job names no hosts: choose others."
    if len(names) == 1:
        return f"The job's only host: {names[0]}."
    return f"All {len(names)} hosts of the job: {listed(names)}."
