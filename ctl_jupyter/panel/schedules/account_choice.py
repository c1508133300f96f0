"""The choice of the service account that a schedule logs in with, and the form that makes one."""

from collections.abc import Sequence

import ipywidgets

from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.schedules.account_form import ServiceAccountForm

__all__ = ["AccountChoice"]

NONE_YET = ("choose one", "")


class AccountChoice:
    """The choice of a service account.

    Parameters
    ----------
    desk
        The middle of the panel.
    field
        The field whose choices these are.
    """

    def __init__(self, desk: Desk, field: Field) -> None:
        self._field = field
        self.form = ServiceAccountForm(desk, self._take)
        self._button = ipywidgets.Button(
            description="New service account", tooltip="Make a log-in for schedules, or update one"
        )
        self._button.on_click(lambda _: self.form.show())
        self.widget = ipywidgets.VBox([field.widget, self._button])

    def begin(self, alias: str) -> None:
        """Offer one alone, before the others have come; none when it is empty."""
        self._field.control.options = [NONE_YET, *([(alias, alias)] if alias else [])]
        self.form.hide()

    def offer(self, aliases: Sequence[str], *, is_new: bool) -> None:
        """Offer service accounts; what is chosen stays so, and for a new schedule the only one there is is chosen."""
        chosen = self._field.value or ""
        offered = list(dict.fromkeys([*aliases, *([chosen] if chosen else [])]))
        if not chosen and len(offered) == 1 and is_new:
            chosen = offered[0]
        self._field.control.options = [NONE_YET, *((alias, alias) for alias in offered)]
        self._field.value = chosen

    def _take(self, alias: str) -> None:
        known = [value for _, value in self._field.control.options if value]
        self.offer([*known, alias], is_new=False)
        self._field.value = alias
