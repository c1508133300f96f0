"""Keeps one event from being larger than a reader wants: long texts are cut, and say so."""

from typing import Any

from ctl_jupyter.service.engine.spool import encode

__all__ = ["LARGEST_EVENT", "encode_cut"]

#: Bytes of JSON that one event's message may have.
LARGEST_EVENT = 64 * 1024
#: What repeats ``stdout`` and ``stderr``, as lists.
LINES = frozenset({"stdout_lines", "stderr_lines"})


def encode_cut(message: dict[str, Any]) -> bytes:
    """Return a message as JSON of at most `LARGEST_EVENT` bytes; a larger one has its longest texts cut.

    A cut text keeps its beginning and its end, where commands say why they failed, around ``… [cut: N characters] …``;
    the lists of lines that repeat output are left out; and the message has ``cut``, its whole size in bytes.
    """
    whole = encode(message)
    if len(whole) <= LARGEST_EVENT:
        return whole
    message = _without_lines(message)
    allowed = LARGEST_EVENT // 4
    while allowed > 16:
        smaller = encode({**_with_short_texts(message, allowed), "cut": len(whole)})
        if len(smaller) <= LARGEST_EVENT:
            return smaller
        allowed //= 2
    # Not the length of the texts but their number: of the result nothing can stay.
    rest = {name: part for name, part in message.items() if name != "res"}
    return encode({**_with_short_texts(rest, 1024), "cut": len(whole)})


def _with_short_texts(value: Any, longest: int) -> Any:
    if isinstance(value, str) and len(value) > longest:
        half = longest // 2
        return f"{value[:half]}… [cut: {len(value)} characters] …{value[-half:]}"
    if isinstance(value, dict):
        return {name: _with_short_texts(part, longest) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_short_texts(part, longest) for part in value]
    return value


def _without_lines(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_lines(part) for name, part in value.items() if name not in LINES}
    if isinstance(value, list):
        return [_without_lines(part) for part in value]
    return value
