"""The fields of a schedule's form, and those of the rhythms that fill its expression."""

from functools import cache
from zoneinfo import available_timezones

import ipywidgets

from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.schedules.entries import CRON, DATE
from ctl_jupyter.panel.schedules.presets import DAYS, PRESETS

__all__ = ["preset_fields", "schedule_fields"]

EXPRESSION_HELP = (
    "Five fields: minute, hour, day of month, month, day of week; for once, a date and time as in 2030-12-31T23:59."
)
ZONE_HELP = "The zone of the expression's clock: type to search. The hosted Runner reads all times in UTC."


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def schedule_fields() -> dict[str, Field]:
    """Return the fields by their names in `ScheduleEntries`."""
    kinds = [("again and again (cron)", CRON), ("once (date)", DATE)]
    return {
        "job": Field("Job", ipywidgets.Combobox(placeholder="name or id"), is_required=True),
        "description": Field("What it is for", ipywidgets.Text()),
        "kind": Field("Starts the job", ipywidgets.Dropdown(options=kinds)),
        "timezone": Field("Time zone", ipywidgets.Combobox(options=_zones()), ZONE_HELP),
        "expression": Field("When", ipywidgets.Text(), EXPRESSION_HELP, is_required=True),
        "service_account": Field(
            "Service account", ipywidgets.Dropdown(options=[("choose one", "")]), is_required=True
        ),
    }


def preset_fields() -> dict[str, Field]:
    """Return the fields of a rhythm by their names in `Preset`."""
    days = [(str(day), day) for day in range(1, 32)]
    return {
        "kind": Field("Rhythm", ipywidgets.Dropdown(options=PRESETS), "Fills the expression."),
        "time": Field("At", ipywidgets.Text(value="02:30"), "Hour and minute; of 'every hour' the minute."),
        "weekday": Field("On", ipywidgets.Dropdown(options=DAYS, value=1)),
        "day": Field("On day", ipywidgets.Dropdown(options=days, value=1)),
    }
