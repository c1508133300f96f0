"""Keeps one event from being larger than a reader wants: long texts are cut, and say so."""

import json
from typing import Any

__all__ = ["LARGEST_EVENT", "cut_to_size"]

#: Bytes of JSON that one event's message may have.
LARGEST_EVENT = 64 * 1024


def cut_to_size(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message of at most `LARGEST_EVENT` bytes; a larger one has its longest texts cut.

    A cut text ends in ``… [cut: N characters]``, and the message has ``cut``, its whole size in bytes.
    """
    size = _size(message)
    if size <= LARGEST_EVENT:
        return message
    allowed = LARGEST_EVENT // 4
    smaller = message
    while allowed > 16:
        smaller = {**_with_short_texts(message, allowed), "cut": size}
        if _size(smaller) <= LARGEST_EVENT:
            return smaller
        allowed //= 2
    # Not the length of the texts but their number: of the result nothing can stay.
    return {**_with_short_texts({name: part for name, part in message.items() if name != "res"}, 1024), "cut": size}


def _size(message: dict[str, Any]) -> int:
    return len(json.dumps(message, default=str, separators=(",", ":")))


def _with_short_texts(value: Any, longest: int) -> Any:
    if isinstance(value, str) and len(value) > longest:
        return f"{value[:longest]}… [cut: {len(value)} characters]"
    if isinstance(value, dict):
        return {name: _with_short_texts(part, longest) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_short_texts(part, longest) for part in value]
    return value
