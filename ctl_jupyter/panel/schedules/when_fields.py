"""The fields that say when a schedule fires: once or again and again, in which zone; and the times that come of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import ipywidgets

from ctl_jupyter.documents import Schedule
from ctl_jupyter.markup import element
from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.schedules.entries import CRON, ScheduleEntries, trigger_of, wrong_times, zone_name_of
from ctl_jupyter.panel.schedules.rhythm import RhythmFields
from ctl_jupyter.panel.schedules.times import fires_html, fires_of, user_zone

__all__ = ["WhenFields"]

#: Their names in `ScheduleEntries`.
TIMES = ("kind", "timezone", "expression")
NOT_SHOWN = "This Runner does not show when its schedules fire, so say it again."


class WhenFields:
    """The fields of when a schedule fires; the next times follow what is typed.

    Parameters
    ----------
    fields
        Those of the form, by their names in `ScheduleEntries`.
    changed
        Told when somebody changed one of them.
    """

    def __init__(self, fields: dict[str, Field], changed: Callable[[], None]) -> None:
        self._fields = {name: fields[name] for name in TIMES}
        self._changed = changed
        self._known: Schedule | None = None
        self._is_filling = False
        #: What was typed for the one kind while the other is looked at.
        self._expressions: dict[str, str] = {}
        self.rhythm = RhythmFields(self._take_rhythm)
        self._fires = ipywidgets.HTML()
        self._fires.add_class("ctl-wide")
        self._expression.widget.add_class("ctl-wide")
        for name, field in self._fields.items():
            field.control.observe(self._looker(name), "value")
        kind, zone, expression = (self._fields[name].widget for name in TIMES)
        self.widgets = [kind, zone, self.rhythm.widget, expression, self._fires]

    def begin(self, entries: ScheduleEntries, known: Schedule | None) -> None:
        """Show when a schedule fires; `known` is what it is now, ``None`` for a new one."""
        self._known, self._expressions = known, {}
        self._is_filling = True
        for name, field in self._fields.items():
            field.value = getattr(entries, name)
        self._is_filling = False
        self.rhythm.show(entries.expression)
        self._show_kind()
        self._explain()

    @property
    def _expression(self) -> Field:
        return self._fields["expression"]

    def _looker(self, name: str) -> Callable[[Any], None]:
        def look(change: Any) -> None:
            if self._is_filling:
                return
            self._changed()
            if name == "kind":
                self._swap_expressions(change["old"], change["new"])
            if name == "expression":
                self.rhythm.show(self._expression.value)
            self._explain()

        return look

    def _take_rhythm(self, expression: str) -> None:
        self._changed()
        self._set_expression(expression)
        self._explain()

    def _explain(self) -> None:
        """Show when the job would be started, or beside the field why that cannot be told.

        Each is set once, so that a screen reader hears of what became different alone.
        """
        entries = ScheduleEntries(**{name: field.value or "" for name, field in self._fields.items()})
        sentences = wrong_times(entries, self._known, datetime.now(UTC))
        for name, field in self._fields.items():
            field.error = sentences.get(name, "")
        self._fires.value = "" if sentences else self._fires_html(entries)

    def _fires_html(self, entries: ScheduleEntries) -> str:
        if entries.expression.strip():
            fires = fires_of(trigger_of(entries), zone_name_of(entries), datetime.now(UTC))
            return element("div", fires_html(fires, user_zone()), aria_live="polite")
        if self._known is not None and self._known.trigger is None:
            return element("div", NOT_SHOWN, **{"class": "ctl-help"})
        return ""

    def _swap_expressions(self, old: str, new: str) -> None:
        self._expressions[old] = self._expression.value
        self._set_expression(self._expressions.get(new, ""))
        self.rhythm.show(self._expression.value)
        self._show_kind()

    def _set_expression(self, expression: str) -> None:
        self._is_filling = True
        self._expression.value = expression
        self._is_filling = False

    def _show_kind(self) -> None:
        kind = self._fields["kind"].value
        self.rhythm.widget.layout.display = "" if kind == CRON else "none"
        self._expression.control.placeholder = "30 2 * * *" if kind == CRON else "2030-12-31T23:59"
