"""A field for something of the account: chosen from what there is, or typed where that cannot be read."""

from collections.abc import Callable
from typing import Any

import ipywidgets

from ctl_jupyter.catalogs import ProductField
from ctl_jupyter.live.work import attempt
from ctl_jupyter.markup import Markup, element
from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.latest import Latest
from ctl_jupyter.panel.products.account_things import Choices

__all__ = ["PlaceField"]

NOTHING = ("Choose…", "")


class PlaceField:
    """A data center, group, server or network, or several.

    Parameters
    ----------
    field
        Whose value it is.
    start
        What is chosen at first, once it is among what there is.
    ask
        Returns what there is to choose from; called in a thread of its own.
    on_change
        Called when another one was chosen or typed.
    """

    def __init__(
        self, field: ProductField, start: Any, ask: Callable[[], Choices], on_change: Callable[[], None]
    ) -> None:
        self._field = field
        self._start = [str(each) for each in start] if isinstance(start, list) else [str(start)] if start else []
        self._ask = ask
        self._on_change = on_change
        self._latest = Latest(lambda _sentence, _is_well: None)
        chooser: Any = ipywidgets.SelectMultiple(rows=5) if field.is_multiple else ipywidgets.Dropdown()
        self._chooser = Field(field.label, chooser, field.help_text, is_required=field.is_required)
        how = "Type their ids, with commas between them." if field.is_multiple else "Type its id."
        typed = ipywidgets.Text(value=", ".join(self._start), continuous_update=False)
        help_text = Markup(field.help_text + element("div", how))
        self._typed = Field(field.label, typed, help_text, is_required=field.is_required)
        self._shown = self._typed
        self._note = ipywidgets.HTML()
        self.widget = ipywidgets.VBox([self._typed.widget, self._note])
        for control in (chooser, typed):
            control.observe(lambda _: self._on_change(), "value")

    @property
    def value(self) -> Any:
        """The chosen id, or the list of them; empty for nothing."""
        if self._shown is self._typed:
            ids = [each.strip() for each in self._typed.value.split(",") if each.strip()]
            return ids if self._field.is_multiple else ", ".join(ids)
        return list(self._chooser.value) if self._field.is_multiple else self._chooser.value or ""

    @property
    def error(self) -> str:
        """What is wrong with the value, empty when nothing is."""
        return self._shown.error

    @error.setter
    def error(self, sentence: str) -> None:
        self._chooser.error = self._typed.error = sentence

    def load(self) -> None:
        """Ask what there is to choose from; what is chosen stays chosen while it is there."""
        self._say("Asking what there is …")
        self._latest.begin(self._read)

    def _read(self) -> None:
        found: Choices = []

        def ask() -> str:
            found.extend(self._ask())
            return ""

        sentence, is_well = attempt(ask)
        if is_well:
            self._offer(found)
            self._say("" if found else "There is none to choose from.")
        else:
            self._show(self._typed)
            self._say(f"What there is cannot be read: {sentence}")

    def _offer(self, found: Choices) -> None:
        before = self.value
        wanted = [*(before if isinstance(before, list) else [before] if before else []), *self._start]
        known = {value for _, value in found}
        chosen = list(dict.fromkeys(each for each in wanted if each in known))
        control = self._chooser.control
        control.options = found if self._field.is_multiple else [NOTHING, *found]
        control.value = tuple(chosen) if self._field.is_multiple else chosen[0] if chosen else ""
        self._show(self._chooser)
        if self.value != before:
            self._on_change()

    def _show(self, field: Field) -> None:
        if self._shown is not field:
            self._shown = field
            self.widget.children = (field.widget, self._note)

    def _say(self, sentence: str) -> None:
        self._note.value = element("div", sentence, **{"class": "ctl-help"}) if sentence else ""
