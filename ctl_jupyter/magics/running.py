"""What every magic has in common: its line is read by the table, and its errors are short."""

import argparse
import functools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, cell_magic, line_cell_magic, line_magic, no_var_expand

from ctl_jupyter.magics.arguments import HelpWanted, parse_line
from ctl_jupyter.magics.errors import MagicError, hide_values
from ctl_jupyter.magics.known_names import KnownNames, session_in_use
from ctl_jupyter.magics.options import Kind, MagicSpec, help_text
from ctl_jupyter.magics.table import MAGICS

if TYPE_CHECKING:
    from ctl_jupyter.client import ExecutionHandle
    from ctl_jupyter.magics.configuration import Ctl

__all__ = ["Memory", "Options", "RunnerMagics", "magic"]

#: The values of a line by the names of its options and arguments.
Options = argparse.Namespace

_REGISTER: dict[Kind, Callable[..., Any]] = {Kind.LINE: line_magic, Kind.CELL: cell_magic, Kind.BOTH: line_cell_magic}


@dataclass
class Memory:
    """What the magics of one notebook session remember between cells.

    Parameters
    ----------
    last
        The execution that was started, restarted or watched last.
    """

    last: "ExecutionHandle | None" = None
    #: What a guarded cell (``--once``) started, by the cell and its content.
    started: dict[tuple[str, ...], Any] = field(default_factory=dict)
    #: What completion knows of the account.
    names: KnownNames = field(default_factory=KnownNames)


class RunnerMagics(Magics):  # type: ignore[misc]
    """The base of each group of magics.

    Parameters
    ----------
    shell
        IPython's shell.
    memory
        Shared by all groups of a shell.
    settings
        What ``%config Ctl`` shows.
    """

    def __init__(self, shell: Any, memory: Memory, settings: "Ctl") -> None:
        super().__init__(shell)
        self.memory = memory
        self.settings = settings

    def bind(self, name: str | None, value: Any) -> None:
        """Put a value into a variable of the notebook, where ``-o`` names one."""
        if name:
            self.shell.user_ns[name] = value


def magic(method: Callable[..., Any]) -> Any:
    """Make the magic of its name of a method that takes the options read from the line, and the cell."""
    spec = MAGICS[method.__name__]

    @functools.wraps(method)
    def run(self: RunnerMagics, line: str, cell: str | None = None) -> Any:
        try:
            options = parse_line(spec, line)
        except HelpWanted:
            print(help_text(spec))  # noqa: T201 -- help is what was asked for
            return None
        # As it was typed, for what the same cell is known by.
        options.line = line

        def work() -> Any:
            _fill_in(spec, options, self.settings)
            return method(self, options, cell)

        try:
            return work() if options.debug else shortened(work)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and not (options.debug or hasattr(error, "_render_traceback_")):
                from ctl_jupyter.live import Interrupted

                # Whatever changes something says itself what became of it.
                raise Interrupted("Interrupted before anything was changed.") from None
            hide_values(self.shell, error)
            raise
        finally:
            if spec.changes and not getattr(options, "dry_run", False):
                _look_again(self)

    run.__doc__ = help_text(spec)
    return no_var_expand(_REGISTER[spec.kind](run))


def _look_again(magics: RunnerMagics) -> None:
    """Have completion know of what a magic may have made or changed, whatever became of it."""
    # A setting that cannot be read is no reason to hide how the magic ended.
    with suppress(Exception):
        session = session_in_use()
        if session is not None and magics.settings.completion:
            magics.memory.names.glance(session, changed=True)


def _fill_in(spec: MagicSpec, options: Options, settings: "Ctl") -> None:
    """Let ``%config Ctl`` stand in for what was not given."""
    for option in spec.options:
        if option.implies and getattr(options, option.name) is not None:
            if getattr(options, option.implies) is False:
                raise MagicError(f"{option.flag} and --no-{option.implies} exclude each other: give one of them.")
            setattr(options, option.implies, True)
    for option in spec.options:
        # The table has what is implied before what implies it.
        applies = not option.implies or getattr(options, option.implies)
        if option.setting and applies and getattr(options, option.name) is None:
            setattr(options, option.name, getattr(settings, option.setting))


def shortened(call: Callable[[], Any]) -> Any:
    """Call, and raise what is ours as a `MagicError`; what is not ours keeps its traceback."""
    from ctl_jupyter.client import RunnerError
    from ctl_jupyter.documents import DocumentError
    from ctl_jupyter.settings import SettingsError

    try:
        return call()
    except (RunnerError, DocumentError, SettingsError) as error:
        raise MagicError(str(error), getattr(error, "handle", None)) from error
