"""What every document is read with: JSON and base64 decoded, types checked, members that are not known kept.

What cannot be used is a `DocumentError`, whose one sentence never holds a secret.
"""

import base64
import binascii
import re
from collections.abc import Hashable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

__all__ = [
    "OTHER",
    "DocumentError",
    "check_json",
    "convert",
    "decode_base64",
    "decode_utf8",
    "keep_unknown",
    "kind_of",
    "members_of",
    "out_of_array",
    "read_json",
    "whole_times",
    "without_nulls",
]


S = TypeVar("S", bound=msgspec.Struct)

#: Under which name a struct keeps the members it does not know; no document has a member of that name.
OTHER = "*other"


class DocumentError(ValueError):
    """A document that Runner could not use; the text says what is wrong and what to write instead."""


def read_json(content: bytes, what: str) -> Any:
    """Decode JSON.

    Raises
    ------
    DocumentError
        When `content` is not JSON; it names `what`, never the content.
    """
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(content)
    # Raised out here: the error above may hold the content.
    raise DocumentError(f"{what} is not JSON.")


def check_json(document: Any, what: str) -> None:
    """Check that a document can be written as JSON.

    Raises
    ------
    DocumentError
        When it holds a value or a name that JSON has no form for.
    """
    with suppress(TypeError, ValueError, OverflowError, RecursionError):
        msgspec.json.encode(document)
        return
    raise DocumentError(f"{what} cannot be used: it holds a value or a name that JSON has no form for.")


def decode_base64(text: str, what: str) -> bytes:
    """Decode base64, line breaks allowed.

    Raises
    ------
    DocumentError
        When `text` is not base64; it names `what`, never the text.
    """
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise DocumentError(f"{what} is not base64.") from None


def decode_utf8(content: bytes, what: str) -> str:
    """Decode a text.

    Raises
    ------
    DocumentError
        When it is not UTF-8; it names `what`, never the content.
    """
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8")
    # Raised out here: the error above holds the content.
    raise DocumentError(f"{what} is not UTF-8 text.")


def members_of(struct: msgspec.Struct) -> dict[str, Any]:
    """Return a struct's members, and those that it does not know, as the API writes them."""
    wire = cast("dict[str, Any]", msgspec.to_builtins(struct))
    return {**wire.pop(OTHER, {}), **wire}


def keep_unknown(struct: Any, document: Mapping[str, Any]) -> None:
    """Keep in a struct the members of its document that it does not know."""
    known = _names_of_members(type(struct))  # type: ignore[arg-type]
    if not known.issuperset(document):
        struct.other = {name: value for name, value in document.items() if name not in known and name != OTHER}


@cache
def _names_of_members(kind: Hashable) -> frozenset[str]:
    # Not by msgspec's fields() for each document: working out the types took 9 parts of 10 of reading a page of jobs.
    return frozenset(kind.__struct_encode_fields__) - {OTHER}  # type: ignore[attr-defined]


def without_nulls(document: Any) -> Any:
    """Leave out members that are null, which means the same as absent in every document of Runner's."""
    if not isinstance(document, Mapping):
        return document
    return {name: value for name, value in document.items() if value is not None}


def out_of_array(document: Any) -> Any:
    """Return the document of an array that holds it alone, as some answers do; any other as it is."""
    return document[0] if isinstance(document, list) and len(document) == 1 else document


def whole_times(document: Any, *names: str) -> Any:
    """Cut times that were written between two milliseconds."""
    if not isinstance(document, Mapping):
        return document
    cut = {name: int(document[name]) for name in names if isinstance(document.get(name), float)}
    return {**document, **cut} if cut else document


def convert(document: Any, kind: type[S], what: str) -> S:
    """Read a document into a struct.

    Raises
    ------
    DocumentError
        When it is not an object, or a member has the wrong type; it names `what` and the member.
    """
    if not isinstance(document, Mapping):
        raise DocumentError(f"{what} must be an object with named members, and this is {kind_of(document)}.")
    try:
        return msgspec.convert(document, kind, strict=False)
    except msgspec.ValidationError as error:
        raise DocumentError(f"{what} cannot be used: {_sentence(str(error))}") from None
    except (TypeError, ValueError):
        raise DocumentError(f"{what} cannot be used: it holds a value that JSON has no form for.") from None


def kind_of(value: Any) -> str:
    """Return what a value is, in words."""
    names: dict[type, str] = {
        list: "a list",
        str: "a text",
        int: "a number",
        float: "a number",
        type(None): "empty",
    }
    return names.get(type(value), "something else")


def _sentence(problem: str) -> str:
    """Turn msgspec's ``Expected `str`, got `int` - at `$.hosts[0].id``` into words."""
    found = re.fullmatch(r"Expected `(.+?)`, got `(.+?)`(?: - at `\$\.?(.*)`)?", problem)
    if found:
        expected, got, where = found.groups()
        plain = {
            "str": "a text",
            "int": "a whole number",
            "float": "a number",
            "array": "a list",
            "object": "an object",
            "bool": "true or false",
        }

        def words(types: str) -> str:
            names = [name.strip() for name in types.split("|") if name.strip() != "null"]
            # A whole number is a number.
            wanted = [name for name in names if name != "int" or "float" not in names]
            return " or ".join(plain.get(name, name) for name in wanted)

        return f"{where or 'the document'} must be {words(expected)}, not {words(got) or 'null'}."
    found = re.fullmatch(r"Object missing required field `(.+?)`(?: - at `\$\.?(.*)`)?", problem)
    if found:
        member, where = found.groups()
        if member == "id" and where and where.startswith("hosts"):
            return f"{where} has no id: a host needs its name, as in 'id: web1'."
        return f"{where + ' has' if where else 'it has'} no {member}."
    return problem.replace("`", "'").rstrip(".") + "."
