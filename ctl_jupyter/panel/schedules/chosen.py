"""The chosen schedule: what it starts and when, and the buttons that edit and delete it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import ipywidgets

from ctl_jupyter.cleaning import one_line
from ctl_jupyter.client import Session
from ctl_jupyter.documents import Job, Schedule
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.schedules.listing import when_text
from ctl_jupyter.panel.schedules.times import fires_html, next_fires_of, user_zone

__all__ = ["ChosenSchedule"]

#: Seconds in which the second click on Delete counts.
DOUBT = 8.0
DELETE, REALLY = "Delete", "Really delete?"


class ChosenSchedule:
    """What is shown of the chosen schedule.

    Parameters
    ----------
    desk
        The middle of the panel.
    edit
        Opens the form of a schedule.
    deleted
        Told the job and the schedule when it was deleted.
    """

    def __init__(
        self, desk: Desk, edit: Callable[[Job, Schedule], None], deleted: Callable[[Job, Schedule], None]
    ) -> None:
        self._desk = desk
        self._edit = edit
        self._deleted = deleted
        self._pair: tuple[Job, Schedule] | None = None
        self._doubted = -DOUBT
        self._title = ipywidgets.HTML()
        self._note = ipywidgets.HTML()
        self._edit_button = ipywidgets.Button(
            description="Edit", icon="pencil", tooltip="Change the schedule in a form"
        )
        self._delete_button = ipywidgets.Button(description=DELETE, icon="trash", tooltip="Delete the schedule")
        self._deleting = desk.work(self._edit_button, self._delete_button)
        self._edit_button.on_click(lambda _: self.edit())
        self._delete_button.on_click(lambda _: self._click_delete())
        head = ipywidgets.HBox([self._title, self._edit_button, self._delete_button])
        head.add_class("ctl-tools")
        self.widget = ipywidgets.VBox([head, self._note], layout={"display": "none"})

    def use(self, pair: tuple[Job, Schedule] | None) -> None:
        """Show a schedule of a job, or nothing."""
        self._pair = pair
        self._show_delete(is_doubted=False)
        self.widget.layout.display = "none" if pair is None else ""
        if pair is None:
            return
        job, schedule = pair
        title = schedule.description or f"A schedule of {job.name or job.id}"
        self._title.value = element("h3", one_line(title, 100))
        fires = next_fires_of(schedule, datetime.now(UTC))
        times = "Runner does not show when it fires." if fires is None else fires_html(fires, user_zone())
        starts = f"Starts {job.name or job.id} at {when_text(schedule)}. Schedule "
        head = element("div", starts, element("code", str(schedule.id)))
        self._note.value = element("div", head, times)

    def edit(self) -> None:
        """Open the form of the schedule."""
        if self._pair is not None:
            self._edit(*self._pair)

    def _click_delete(self) -> None:
        """Ask whether to delete at the first click; delete at the second."""
        pair = self._pair
        if pair is None:
            return
        if time.monotonic() - self._doubted > DOUBT:
            self._show_delete(is_doubted=True)
            self._doubted = time.monotonic()
            self._desk.report("Click again to delete this schedule; what it started stays.")
            return
        self._show_delete(is_doubted=False)
        self._deleting.send("Deleting the schedule …", lambda session: self._delete(session, *pair))

    def _show_delete(self, *, is_doubted: bool) -> None:
        if not is_doubted:
            self._doubted = -DOUBT
        self._delete_button.description = REALLY if is_doubted else DELETE
        self._delete_button.button_style = "danger" if is_doubted else ""

    def _delete(self, session: Session, job: Job, schedule: Schedule) -> str:
        session.delete_schedule(job, schedule)
        if self._desk.session_now() is session:
            self._deleted(job, schedule)
        return f"Schedule {schedule.id} of {one_line(job.name or '', 100)} deleted."
