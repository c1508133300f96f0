"""``%ctl_…`` and ``%%ctl_…``: thin; they parse, call what Python users call, and display."""

from typing import Any

__all__ = ["load", "unload"]


def load(shell: Any) -> None:
    """Register the magics with an IPython shell."""
    from ctl_jupyter.magics.runner_magics import RunnerMagics

    shell.register_magics(RunnerMagics)


def unload(shell: Any) -> None:
    """Take the magics away from an IPython shell."""
    from ctl_jupyter.magics.runner_magics import RunnerMagics

    manager = shell.magics_manager
    for kind, names in RunnerMagics.magics.items():
        for name in names:
            manager.magics[kind].pop(name, None)
    manager.registry.pop(RunnerMagics.__name__, None)
