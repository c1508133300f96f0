"""``%ctl_…`` and ``%%ctl_…``: thin; they parse, call what Python users call, and display."""

from typing import Any

__all__ = ["load", "unload"]

#: Cell magics that mean something without a body, too.
BODY_IS_OPTIONAL = ("%%ctl_start", "%%ctl_job")


def load(shell: Any) -> None:
    """Register the magics with an IPython shell."""
    from ctl_jupyter.magics.runner_magics import RunnerMagics

    shell.register_magics(RunnerMagics)
    if _empty_cell_to_line not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(_empty_cell_to_line)


def unload(shell: Any) -> None:
    """Take the magics away from an IPython shell."""
    from ctl_jupyter.magics.runner_magics import RunnerMagics

    manager = shell.magics_manager
    for kind, names in RunnerMagics.magics.items():
        for name in names:
            manager.magics[kind].pop(name, None)
    manager.registry.pop(RunnerMagics.__name__, None)
    shell.input_transformers_cleanup.remove(_empty_cell_to_line)


def _empty_cell_to_line(lines: list[str]) -> list[str]:
    """Read ``%%ctl_start hello`` above an empty body as ``%ctl_start hello``; IPython refuses empty bodies."""
    if (
        lines
        and lines[0].split(maxsplit=1)[:1] in ([name] for name in BODY_IS_OPTIONAL)
        and not "".join(lines[1:]).strip()
    ):
        return [lines[0].lstrip()[1:]]
    return lines
