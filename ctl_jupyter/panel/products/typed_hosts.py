"""The hosts of a product whose form has no field for them: they are typed."""

from collections.abc import Callable

import ipywidgets

from ctl_jupyter.documents import DocumentError, Host
from ctl_jupyter.inputs.names import listed
from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.hosts import read_hosts, without_secrets

__all__ = ["TypedHosts"]

HELP = "The product has no field for them: one on a line, or between commas; empty for those of its job."


class TypedHosts:
    """A field for hosts and their variables.

    Parameters
    ----------
    on_change
        Called when something was typed.
    """

    label = "Hosts"

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        control = ipywidgets.Textarea(placeholder="web1\nweb2 ansible_host=10.0.0.12", rows=3, continuous_update=False)
        self._field = Field(self.label, control, HELP)
        self.widget = self._field.widget
        control.observe(lambda _change: self._take(), "value")

    @property
    def error(self) -> str:
        """What is wrong with it, empty when nothing is."""
        return self._field.error

    def clear(self) -> None:
        """Forget what was typed."""
        self._field.value = self._field.error = ""

    def read(self) -> list[Host]:
        """Return the hosts; none where nothing was typed.

        Raises
        ------
        DocumentError
            When a line cannot be used; it stands beside the field, too.
        """
        try:
            hosts = read_hosts(self._field.value)
        except DocumentError as error:
            self._field.error = str(error)
            raise
        self._field.error = ""
        return hosts

    def _take(self) -> None:
        text, removed = without_secrets(self._field.value)
        if removed:
            # What stands in a widget can end in the saved notebook.
            self._field.value = text
            self._field.error = f"{listed(removed)} was taken out, since it is a secret and would be saved here."
        elif self._field.error:
            self._judge()
        self._on_change()

    def _judge(self) -> None:
        try:
            self.read()
        except DocumentError:
            return
