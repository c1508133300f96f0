"""Reading a magic's line by its row of the table: POSIX quoting, nothing expanded, errors in one sentence.

`shlex` splits it. Not `argparse`: it repeats in its errors what may be a secret, takes an option twice without a word,
and reads whole lines alone, while completion asks what stands at the cursor of a half one.
"""

import argparse
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ctl_jupyter.magics.errors import MagicError
from ctl_jupyter.magics.options import COMMON, HELP, MagicSpec, Option, signature
from ctl_jupyter.secrecy import SECRET_NAME

__all__ = ["Given", "HelpWanted", "is_flag", "options_of", "parse_line", "sort_words"]

#: Begins with a dash and is a value all the same.
NUMBER = re.compile(r"-\.?\d")
#: What word processors and chats make of two dashes, or of one.
DASHES = str.maketrans({"–": "--", "—": "--", "−": "-"})  # noqa: RUF001


class HelpWanted(Exception):
    """``-h`` was given."""


class Given(NamedTuple):
    """What a line holds at one place.

    Parameters
    ----------
    option
        The option that was named; ``None`` for an argument, and for a flag that the magic does not have.
    value
        The option's value, or the argument; ``None`` where there is none.
    flag
        As it was written; empty for an argument.
    """

    option: Option | None
    value: str | None
    flag: str = ""


def options_of(spec: MagicSpec) -> tuple[Option, ...]:
    """Return every option of a magic, those that all magics have included."""
    return (*spec.options, *COMMON)


def parse_line(spec: MagicSpec, line: str) -> argparse.Namespace:
    """Split a line as a POSIX shell would and read its options; those not given are ``None``, ``False`` or ``[]``.

    A switch that a setting stands behind is ``None`` when it is not given.

    Raises
    ------
    MagicError
        When a quote is not closed or an option cannot be read. Words that may be a secret in a wrong place are not
        repeated.
    HelpWanted
        When help was asked for, whatever else the line holds.
    """
    try:
        words = shlex.split(line)
    except ValueError:
        raise MagicError(
            "The line cannot be read: a quote is not closed, or the last backslash stands before nothing; a quote "
            "that belongs to a text is put between quotes of the other kind."
        ) from None
    given = list(sort_words(spec, words))
    if any(item.option is HELP for item in given):
        raise HelpWanted
    found = argparse.Namespace(**{option.name: _before_reading(option) for option in options_of(spec)})
    seen: set[str] = set()
    for item in given:
        if item.option is not None:
            _take(spec, found, item.option, item, seen)
        elif item.flag:
            raise _unknown_option(spec, item.flag)
    _take_arguments(spec, found, [item.value for item in given if not item.flag and item.value is not None])
    return found


def sort_words(spec: MagicSpec, words: Iterable[str]) -> Iterator[Given]:
    """Yield what each word of a line is: an option with its value, or an argument; after ``--`` arguments alone.

    A value follows its flag as a word of its own or behind ``=``. One that begins with a dash is taken behind ``=``
    alone, unless it is a negative number.
    """
    flags = {flag: option for option in options_of(spec) for flag in option.flags}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            yield from (Given(None, word) for word in rest)
            return
        if not is_flag(word):
            yield Given(None, word)
            continue
        flag, equals, value = word.partition("=")
        option = flags.get(flag)
        if option is None or equals:
            yield Given(option, value if equals else None, flag)
        elif option.is_switch or not rest or is_flag(rest[0]):
            yield Given(option, None, flag)
        else:
            yield Given(option, rest.pop(0), flag)


def is_flag(word: str) -> bool:
    """Return whether a word is read as an option's flag: it begins with a dash and is no negative number."""
    return word.startswith("-") and word != "-" and not NUMBER.match(word)


def _before_reading(option: Option) -> Any:
    """Return an option's value while it is not given; ``None`` where a setting may stand in."""
    if option.repeats:
        return []
    return False if option.is_switch and not option.setting else None


def _take(spec: MagicSpec, found: argparse.Namespace, option: Option, item: Given, seen: set[str]) -> None:
    if option.is_switch:
        if item.value is not None:
            raise MagicError(f"{item.flag} takes no value.")
        setattr(found, option.name, item.flag in (option.flag, option.short))
        return
    if item.value is None:
        raise _misused(
            spec, f"{item.flag} needs a value, {option.metavar} (one that begins with a dash: {option.flag}=-…)"
        )
    value = _read(option, item.flag, item.value)
    if option.repeats:
        getattr(found, option.name).append(value)
    elif option.name in seen:
        raise MagicError(f"{option.flag} is given twice, and is taken once: leave one of them out.")
    else:
        setattr(found, option.name, value)
    seen.add(option.name)


def _read(option: Option, flag: str, text: str) -> Any:
    try:
        value = option.read(text)
    except ValueError as error:
        raise MagicError(f"{flag}: {error}.") from None
    if option.choices and value not in option.choices:
        raise MagicError(f"{flag}: {text!r} is none of {', '.join(option.choices)}.")
    return value


def _take_arguments(spec: MagicSpec, found: argparse.Namespace, words: Sequence[str]) -> None:
    left = list(words)
    for argument in spec.arguments:
        if argument.how_many == "*":
            setattr(found, argument.name, left)
            return
        if not left and not argument.how_many:
            raise _misused(spec, f"{argument.name.upper()} is missing")
        setattr(found, argument.name, left.pop(0) if left else argument.default)
    if left:
        most = len(spec.arguments)
        flags = [flag for option in spec.options for flag in option.flags]
        meant = next((word for word in (word.translate(DASHES) for word in left) if word in flags), None)
        if meant:
            raise MagicError(f"An option begins with plain dashes: write {meant}.")
        takes = f"takes {_words(most)}" if most else "takes options alone"
        sentence = f"The line holds {_words(len(words))} and {takes} (a text with spaces stands in quotes)"
        raise _misused(spec, sentence)


def _words(number: int) -> str:
    return f"{number} word{'' if number == 1 else 's'}"


def _unknown_option(spec: MagicSpec, flag: str) -> MagicError:
    import difflib

    if flag.startswith("--") and SECRET_NAME.search(flag):
        return MagicError(
            f"{flag} is not taken: no magic takes a secret on its line, which IPython's history and the notebook keep. "
            "Take it out, and see -h for how to give it."
        )
    known = [name for option in options_of(spec) for name in option.flags]
    close = difflib.get_close_matches(flag, known, n=2, cutoff=0.7)
    if close:
        return MagicError(f"There is no option {flag}; did you mean {' or '.join(map(repr, close))}?")
    if flag.startswith("--"):
        return _misused(spec, f"There is no option {flag}")
    # Not repeated: in other tools a password is attached to one letter.
    short = [option.short for option in options_of(spec) if option.short]
    return _misused(spec, f"With one dash there is {' and '.join(short)} alone, its value a word of its own")


def _misused(spec: MagicSpec, sentence: str) -> MagicError:
    return MagicError(f"{sentence}. Usage: {signature(spec)}; -h shows the options.")
