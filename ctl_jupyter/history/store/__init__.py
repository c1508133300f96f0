"""The histories that this machine keeps, so that they are pulled once."""

from ctl_jupyter.history.store.account import SizeReport, Store, histories_directory
from ctl_jupyter.history.store.errors import StoreFull, StoreUnusable
from ctl_jupyter.history.store.lists import Known

__all__ = ["Known", "SizeReport", "Store", "StoreFull", "StoreUnusable", "histories_directory"]
