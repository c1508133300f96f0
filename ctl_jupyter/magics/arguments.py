"""Reading a magic's line: POSIX quoting, nothing expanded, errors in one sentence."""

import argparse
import shlex
from collections.abc import Callable
from typing import Any, NoReturn

from ctl_jupyter.magics.errors import MagicError

__all__ = ["HelpShown", "LineParser", "output_option", "parse_line", "seconds"]


class HelpShown(Exception):
    """``-h`` was given; the text is the help."""


class _HelpAction(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        raise HelpShown(parser.format_help())


class LineParser(argparse.ArgumentParser):
    """An argument parser that raises where argparse prints and exits.

    Parameters
    ----------
    magic
        The magic's name, with its percent signs.
    description
        What it does.
    """

    def __init__(self, magic: str, description: str) -> None:
        super().__init__(prog=magic, description=description, add_help=False, allow_abbrev=False, exit_on_error=False)
        self.add_argument("-h", "--help", action=_HelpAction, nargs=0, help="show this and do nothing")
        self.add_argument("--debug", action="store_true", help="show the whole traceback of an error")

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the line, and what it should look like."""
        usage = " ".join(self.format_usage().split()).removeprefix("usage: ")
        raise MagicError(f"{message[0].upper()}{message[1:]}. Usage: {usage}")


def parse_line(parser: argparse.ArgumentParser, line: str) -> argparse.Namespace:
    """Split a line as a POSIX shell would and read its options.

    Raises
    ------
    MagicError
        When a quote is not closed or an option cannot be read.
    HelpShown
        When help was asked for.
    """
    try:
        words = shlex.split(line, posix=True)
    except ValueError as error:
        raise MagicError(
            f"The line cannot be read: {str(error).lower()}; put a quote character in the other kind."
        ) from None
    try:
        return parser.parse_args(words)
    except argparse.ArgumentError as error:
        parser.error(str(error))


def seconds(text: str) -> float:
    """Read a positive number of seconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of seconds")
    return value


def python_name(text: str) -> str:
    """Read the name of a Python variable."""
    if not text.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a Python variable")
    return text


def output_option(what: str) -> Callable[[argparse.ArgumentParser], None]:
    """Return what adds ``-o NAME`` to a parser."""

    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("-o", "--out", metavar="NAME", type=python_name, help=f"put {what} into the variable NAME")

    return add
