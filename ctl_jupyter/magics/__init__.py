"""``%ctl_…`` and ``%%ctl_…``: thin; they parse, call what Python users call, and display."""

import weakref
from typing import Any

__all__ = ["load", "unload"]

#: What IPython knows the matcher of completion by, and its place: before IPython's own, of which jedi may take
#: seconds for a line that is not Python.
MATCHER, PRIORITY = "ctl_jupyter", 1000

_memories: "weakref.WeakKeyDictionary[Any, Any]" = weakref.WeakKeyDictionary()


def load(shell: Any) -> None:
    """Register the magics, their completion and ``%config Ctl`` with an IPython shell."""
    from ctl_jupyter.magics.configuration import Ctl
    from ctl_jupyter.magics.groups import GROUPS
    from ctl_jupyter.magics.running import Memory

    unload(shell)
    settings = Ctl(parent=shell)
    # Kept when the extension is loaded anew: what a cell has started, it has started.
    memory = _memories.setdefault(shell, Memory())
    shell.configurables.append(settings)
    shell.register_magics(*(group(shell, memory, settings) for group in GROUPS))
    shell.input_transformers_cleanup.append(_empty_cell_to_line)
    shell.Completer.custom_matchers.append(_matcher(shell, memory, settings))


def unload(shell: Any) -> None:
    """Take them away from an IPython shell; without effect when they are not there."""
    from ctl_jupyter.magics.configuration import Ctl
    from ctl_jupyter.magics.groups import GROUPS

    manager = shell.magics_manager
    for group in GROUPS:
        for kind, names in group.magics.items():
            for name in names:
                manager.magics[kind].pop(name, None)
        manager.registry.pop(group.__name__, None)
    shell.configurables[:] = [known for known in shell.configurables if not isinstance(known, Ctl)]
    if _empty_cell_to_line in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(_empty_cell_to_line)
    shell.Completer.custom_matchers[:] = [
        known for known in shell.Completer.custom_matchers if getattr(known, "matcher_identifier", "") != MATCHER
    ]


def _matcher(shell: Any, memory: Any, settings: Any) -> Any:
    """Return what completes lines of ours, for a shell's ``Completer.custom_matchers``."""
    from IPython.core.completer import context_matcher

    @context_matcher(identifier=MATCHER, priority=PRIORITY)
    def match(context: Any) -> Any:
        if "ctl_" not in context.full_text:
            return {"completions": []}
        from ctl_jupyter.magics.completion import complete

        return complete(context, shell, memory.names, settings)

    return match


def _empty_cell_to_line(lines: list[str]) -> list[str]:
    """Read ``%%ctl_start hello`` above an empty body as ``%ctl_start hello``; IPython refuses empty bodies."""
    from ctl_jupyter.magics.options import Kind
    from ctl_jupyter.magics.table import MAGICS

    word = lines[0].split(maxsplit=1)[:1] if lines else []
    spec = MAGICS.get(word[0].removeprefix("%%")) if word and word[0].startswith("%%") else None
    if spec is not None and spec.kind == Kind.BOTH and not "".join(lines[1:]).strip():
        return [lines[0].lstrip()[1:]]
    return lines
