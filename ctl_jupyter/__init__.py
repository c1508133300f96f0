"""ctl-jupyter: Runner, CenturyLink Cloud's job service, in Jupyter.

What is heavy is imported where it is used: ``import ctl_jupyter`` and ``%load_ext ctl_jupyter`` cost next to nothing.
"""

from typing import TYPE_CHECKING, Any

from ctl_jupyter.version import __version__

if TYPE_CHECKING:
    from ctl_jupyter.client import connect
    from ctl_jupyter.history import history
    from ctl_jupyter.panel import panel

__all__ = ["__version__", "connect", "history", "load_ipython_extension", "panel", "unload_ipython_extension"]


_HOMES = {"connect": "ctl_jupyter.client", "history": "ctl_jupyter.history", "panel": "ctl_jupyter.panel"}


def __getattr__(name: str) -> Any:
    """Import the public functions when they are first used."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(_HOMES[name])
    # A room named like its function is itself callable: `import ctl_jupyter.history` must not take it away.
    return home if name in ("history", "panel") else getattr(home, name)


def load_ipython_extension(shell: Any) -> None:
    """Register the magics; IPython calls this at ``%load_ext ctl_jupyter``."""
    from ctl_jupyter.magics import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Take the magics away again; IPython calls this at ``%unload_ext ctl_jupyter``."""
    from ctl_jupyter.magics import unload

    unload(shell)
