"""A list of hosts to choose several from, with a search that keeps what was chosen before."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from ctl_jupyter.markup import element

__all__ = ["HostPicker", "matching_names"]

#: Names that are listed at a time; the search finds the others.
MOST_LISTED = 400
#: Below this many hosts, there is nothing to search.
WORTH_A_SEARCH = 8


def matching_names(names: Sequence[str], search: str, most: int = MOST_LISTED) -> tuple[list[str], int]:
    """Return the first names that hold every word of a search, whatever their case, and how many there are in all."""
    words = search.casefold().split()
    found = [name for name in names if all(word in name.casefold() for word in words)]
    return found[:most], len(found)


class HostPicker:
    """Several of many hosts.

    Parameters
    ----------
    label
        What the list is called.
    on_change
        Called when others are chosen.
    """

    def __init__(self, label: str, on_change: Callable[[], None]) -> None:
        self._names: list[str] = []
        self._chosen: set[str] = set()
        self._on_change = on_change
        self._is_filling = False
        self._search = ipywidgets.Text(description="Search hosts", placeholder="Part of a name")
        self._list = ipywidgets.SelectMultiple(description=label, rows=5)
        for control in (self._search, self._list):
            control.style.description_width = "auto"
            control.layout.width = "auto"
        self._all = ipywidgets.Button(description="Choose all found", tooltip="Choose every host that the search finds")
        self._none = ipywidgets.Button(description="Choose none", tooltip="Let go of every chosen host")
        self._note = ipywidgets.HTML()
        self._search.observe(lambda _: self._fill(), "value")
        self._list.observe(self._take, "value")
        self._all.on_click(lambda _: self._choose(self._chosen | set(self._found())))
        self._none.on_click(lambda _: self._choose(set()))
        boxes = [ipywidgets.VBox([control]) for control in (self._search, self._list)]
        for box in boxes:
            box.add_class("ctl-field")
        self._search_box = boxes[0]
        buttons = ipywidgets.HBox([self._all, self._none])
        buttons.add_class("ctl-row")
        self.widget = ipywidgets.VBox([*boxes, self._note, buttons])
        self.widget.add_class("ctl-picker")

    @property
    def names(self) -> Sequence[str]:
        """What there is to choose from; nothing is chosen after a change."""
        return self._names

    @names.setter
    def names(self, names: Sequence[str]) -> None:
        self._offer(names, set())

    def offer_again(self, names: Sequence[str]) -> None:
        """Have the names as they are by now; what is chosen of them stays chosen."""
        if list(names) != self._names:
            self._offer(names, self._chosen & set(names))

    def _offer(self, names: Sequence[str], chosen: set[str]) -> None:
        self._names, self._chosen = list(names), chosen
        self._search.value = ""
        self._search_box.layout.display = "" if len(self._names) > WORTH_A_SEARCH else "none"
        self._list.rows = min(max(len(self._names), 2), 8)
        self._fill()

    @property
    def chosen(self) -> list[str]:
        """The chosen names, in the order of `names`."""
        return [name for name in self._names if name in self._chosen]

    @chosen.setter
    def chosen(self, names: Sequence[str]) -> None:
        self._choose(set(names) & set(self._names))

    def search(self, text: str) -> None:
        """Search, as if it were typed."""
        self._search.value = text

    def _found(self) -> list[str]:
        return matching_names(self._names, self._search.value, len(self._names))[0]

    def _fill(self) -> None:
        listed, count = matching_names(self._names, self._search.value)
        self._is_filling = True
        self._list.options = listed
        self._list.value = [name for name in listed if name in self._chosen]
        self._is_filling = False
        note = "" if count == len(listed) else f"{len(listed)} of {count} hosts are listed: search for the others."
        self._note.value = element(
            "div", note or ("" if listed else "No host fits the search."), **{"class": "ctl-help"}
        )

    def _take(self, change: Any) -> None:
        if self._is_filling:
            return
        self._chosen = (self._chosen - set(self._list.options)) | set(change["new"])
        self._on_change()

    def _choose(self, names: set[str]) -> None:
        self._chosen = names
        self._fill()
        self._on_change()
