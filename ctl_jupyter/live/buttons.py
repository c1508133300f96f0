"""The Stop and Kill buttons of a live card; imported where widgets are."""

from typing import Any

import ipywidgets

from ctl_jupyter.live.orders import Orders

__all__ = ["Buttons"]

STOP = "Let the running task end on every host, and start no other"
KILL = "End every process of it at once; asks once more"
REALLY_KILL = "Click again to end every process of it at once"
WIDTH = {"width": "auto", "min_width": "88px"}


class Buttons:
    """Two buttons that give orders.

    A callback runs on the kernel's main thread (ipykernel 6.31 and 7.4) or on another (7.0 to 7.3); it only has the
    order sent and returns at once.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._stop = ipywidgets.Button(description="Stop", icon="stop", tooltip=STOP, layout=WIDTH)
        self._kill = ipywidgets.Button(description="Kill", icon="times", tooltip=KILL, layout=WIDTH)
        self._stop.on_click(lambda _: orders.click_stop())
        self._kill.on_click(lambda _: orders.click_kill())
        self.row = ipywidgets.HBox([self._stop, self._kill], layout={"margin": "0 0 4px", "overflow": "hidden"})
        self.draw()

    def draw(self) -> None:
        """Show what may be ordered now; only what has changed is sent to the page."""
        is_doubted = self._orders.is_kill_doubted
        self._set(self._stop, disabled=not self._orders.may_stop)
        self._set(
            self._kill,
            disabled=not self._orders.may_kill or self._orders.is_kill_too_early,
            description="Really kill?" if is_doubted else "Kill",
            tooltip=REALLY_KILL if is_doubted else KILL,
            button_style="danger" if is_doubted else "",
        )

    @staticmethod
    def _set(button: Any, **traits: Any) -> None:
        for name, value in traits.items():
            setattr(button, name, value)
