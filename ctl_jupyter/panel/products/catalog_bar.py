"""Where a catalog is named and opened: its address, its branch, and what lets in."""

import threading
from collections.abc import Callable, Mapping
from functools import partial

import ipywidgets

from ctl_jupyter.catalogs import Catalog, open_catalog, without_log_in
from ctl_jupyter.client import Session
from ctl_jupyter.documents import DocumentError
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.folded import Folded
from ctl_jupyter.panel.secret_field import SecretField

__all__ = ["CatalogBar"]

#: Sources that were opened from this kernel, newest first.
opened_sources: list[str] = []


class CatalogBar:
    """Opens the catalog that is named, in the background.

    Parameters
    ----------
    desk
        The middle of the panel.
    on_open
        Given the catalog and what let git in (empty where nothing was needed, never to be shown), in the thread that
        opened it.
    """

    def __init__(self, desk: Desk, on_open: Callable[[Catalog, Mapping[str, str]], None]) -> None:
        self._desk = desk
        self._on_open = on_open
        self._stop = threading.Event()
        combobox = ipywidgets.Combobox(placeholder="https://… or a folder", options=opened_sources)
        self.source = Field("Catalog", combobox, "A git repository's address, or a folder of the kernel.")
        branch = ipywidgets.Text(placeholder="its own", continuous_update=False)
        self.branch = Field("Branch or tag", branch, "Of a repository.")
        self.user = Field("User name", ipywidgets.Text(continuous_update=False), "Empty for a token alone.")
        self.password = SecretField(
            "Password or token",
            help_text="Given to git here, and to Runner with a job that a product creates; saved in no notebook.",
        )
        self.open_button = ipywidgets.Button(
            description="Open catalog", icon="folder-open", tooltip="Read the catalog's products"
        )
        self.cancel_button = ipywidgets.Button(
            description="Cancel", tooltip="Stop opening the catalog", layout={"display": "none"}
        )
        self._work = desk.work(self.open_button)
        self.open_button.on_click(lambda _: self.open())
        self.cancel_button.on_click(lambda _: self._stop.set())
        desk.session_changed.listen(lambda _: self._forget())
        self.source.widget.layout.flex = "3 1 260px"
        self.branch.widget.layout.flex = "1 1 110px"
        head = ipywidgets.HBox([self.source.widget, self.branch.widget, self.open_button, self.cancel_button])
        log_in = ipywidgets.HBox([self.user.widget, self.password.widget])
        head.add_class("ctl-tools")
        log_in.add_class("ctl-pair")
        folded = Folded("Log in to a repository that is not public", log_in)
        self.widget = ipywidgets.VBox([head, folded.widget])

    def open(self) -> None:
        """Open the catalog that is named; a log-in within its address is taken out of the field first."""
        source, branch = self.source.value.strip(), self.branch.value.strip()
        bare = without_log_in(source)
        if bare != source:
            # What stands in the field can end in the saved notebook.
            self.source.value = bare
            self._refuse("The address had a log-in in it, which was removed: give it in the fields for it below.")
            return
        if not source:
            self._refuse("Name a catalog: a git repository's address, or a folder.")
            return
        given = {"username": self.user.value.strip(), "password": self.password.peek()}
        credentials = {name: text for name, text in given.items() if text} if given["password"] else {}
        self.source.error = ""
        self._stop.clear()
        self.cancel_button.layout.display = ""
        session = self._desk.session_now()
        opening = partial(self._open, source, branch, credentials, session)
        self._work.begin("The catalog is being opened …", opening)

    def _open(self, source: str, branch: str, credentials: dict[str, str], session: Session | None) -> str:
        try:
            catalog = open_catalog(source, branch, credentials=credentials, stop=self._stop)
        except DocumentError as error:
            self.source.error = str(error)
            raise
        finally:
            self.cancel_button.layout.display = "none"
        # The next catalog may be at another host.
        self.password.take()
        if source not in opened_sources:
            opened_sources.insert(0, source)
            self.source.control.options = list(opened_sources)
        # What was given for one account's jobs does not come into those of another.
        self._on_open(catalog, credentials if self._desk.session_now() is session else {})
        count = len(catalog.products)
        return f"{count:,} product{'' if count == 1 else 's'} in {catalog.source}."

    def _refuse(self, sentence: str) -> None:
        self.source.error = sentence
        self._desk.report(sentence, is_well=False)

    def _forget(self) -> None:
        self.password.take()
