"""The fields of a rhythm, every day at half past two say, which fill a schedule's expression."""

from collections.abc import Callable

import ipywidgets

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.panel.schedules.fields import preset_fields
from ctl_jupyter.panel.schedules.presets import DAILY, HOURLY, MONTHLY, OWN, WEEKLY, Preset, expression_of, preset_of

__all__ = ["RhythmFields"]

#: The rhythms that a field is of.
SHOWN = {"time": (HOURLY, DAILY, WEEKLY, MONTHLY), "weekday": (WEEKLY,), "day": (MONTHLY,)}


class RhythmFields:
    """The fields of a rhythm.

    Parameters
    ----------
    fill
        Told the expression whenever another rhythm is chosen.
    """

    def __init__(self, fill: Callable[[str], None]) -> None:
        self._fill = fill
        self._is_filling = False
        self.fields = preset_fields()
        for field in self.fields.values():
            field.control.observe(lambda _: self._take(), "value")
        self.widget = ipywidgets.Box([field.widget for field in self.fields.values()])
        self.widget.add_class("ctl-pair")
        self.widget.add_class("ctl-wide")

    def show(self, expression: str) -> None:
        """Show the rhythm that an expression is; nobody is told."""
        preset = preset_of(expression)
        self._is_filling = True
        try:
            self.fields["kind"].value = preset.kind
            if preset.kind != OWN:
                self.fields["time"].value = preset.time
                self.fields["weekday"].value = preset.weekday
                self.fields["day"].value = preset.day
        finally:
            self._is_filling = False
        self.fields["time"].error = ""
        self._show_fields(preset.kind)

    def _take(self) -> None:
        if self._is_filling:
            return
        preset = Preset(**{name: field.value for name, field in self.fields.items()})
        self._show_fields(preset.kind)
        try:
            expression = None if preset.kind == OWN else expression_of(preset)
        except DocumentError as error:
            self.fields["time"].error = str(error)
            return
        self.fields["time"].error = ""
        if expression is not None:
            self._fill(expression)

    def _show_fields(self, kind: str) -> None:
        for name, kinds in SHOWN.items():
            self.fields[name].widget.layout.display = "" if kind in kinds else "none"
