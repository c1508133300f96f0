"""Reading a magic's line by its row of the table: POSIX quoting, nothing expanded, errors in one sentence."""

import argparse
import shlex
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn

from ctl_jupyter.magics.errors import MagicError
from ctl_jupyter.magics.options import MagicSpec, Option, signature
from ctl_jupyter.magics.table import COMMON

__all__ = ["HelpWanted", "parse_line"]


class HelpWanted(Exception):
    """``-h`` was given."""


class _HelpAction(argparse.Action):
    def __call__(self, *_: Any) -> NoReturn:
        raise HelpWanted


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises where argparse prints and exits.

    Parameters
    ----------
    usage
        How the line should look.
    """

    def __init__(self, usage: str) -> None:
        super().__init__(add_help=False, allow_abbrev=False, exit_on_error=False)
        self._signature = usage

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the line, and what it should look like."""
        raise MagicError(f"{message[0].upper()}{message[1:]}. Usage: {self._signature}; -h shows the options.")


def parse_line(spec: MagicSpec, line: str) -> argparse.Namespace:
    """Split a line as a POSIX shell would and read its options; those not given are ``None``, ``False`` or ``[]``.

    Raises
    ------
    MagicError
        When a quote is not closed or an option cannot be read.
    HelpWanted
        When help was asked for.
    """
    try:
        words = shlex.split(line, posix=True)
    except ValueError as error:
        raise MagicError(
            f"The line cannot be read: {str(error).lower()}; put a quote character in the other kind."
        ) from None
    parser = _parser_of(spec)
    try:
        return parser.parse_intermixed_args(words)
    except argparse.ArgumentError as error:
        parser.error(str(error))


@cache
def _parser_of(spec: MagicSpec) -> _Parser:
    parser = _Parser(signature(spec))
    for argument in spec.arguments:
        parser.add_argument(
            argument.name, nargs=argument.how_many or None, default=[] if argument.how_many == "*" else argument.default
        )
    for option in (*spec.options, *COMMON):
        _add_option(parser, option)
    return parser


def _add_option(parser: _Parser, option: Option) -> None:
    flags = [flag for flag in (option.short, option.flag) if flag]
    if option.name == "help":
        parser.add_argument(*flags, action=_HelpAction, nargs=0)
    elif option.is_switch:
        parser.add_argument(*flags, dest=option.name, action="store_true")
    elif option.repeats:
        parser.add_argument(*flags, dest=option.name, type=_reader(option), action="append", default=[])
    else:
        parser.add_argument(*flags, dest=option.name, type=_reader(option))


def _reader(option: Option) -> Callable[[str], Any]:
    """Return what reads a value; argparse shows the words of its own error alone."""

    def read(text: str) -> Any:
        try:
            value = option.read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        if option.choices and value not in option.choices:
            raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(option.choices)}")
        return value

    return read
