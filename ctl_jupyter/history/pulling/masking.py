"""Passwords in what Ansible wrote, which nobody meant to keep.

What an execution says is text of strangers: a module prints the URL that it could not open, a command the line that it
was called with. The embedded Runner hides the values that it was given before it stores an event; of the hosted one
nobody knows. So what looks like a secret by its form alone is hidden before events are kept and shown:

* a password or a token within a URL, and secret parameters of its query, as in every document
  (`ctl_jupyter.secrecy.masked`);
* the value behind a command's option, ``--password x`` or ``--api-key=x``, behind ``db_password=x`` and behind
  ``"db_password": "x"``, where the name says that it is secret (`ctl_jupyter.secrecy.SECRET_NAME`).

That is no promise: a secret that stands alone looks like any other word. What is not to be known belongs under
Ansible's own ``no_log``.
"""

import re
from typing import TYPE_CHECKING

from ctl_jupyter.history.schema import LONGEST_MESSAGE
from ctl_jupyter.secrecy import MASK, SECRET_NAME, masked

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["masked_events", "masked_messages", "masked_text"]

#: What a text must hold for anything in it to be hidden; RE2, which takes time in proportion to the text.
SUSPICIOUS = r"(?i)://|(pass|pwd|passphrase|secret|token|key)s?(=|[\"']\s*[:,]|\s)|passw(or)?ds?(=|[\"']\s*[:,]|\s)"
#: One of these stands in whatever is suspicious.
MARKS = ("://", "pass", "pwd", "secret", "token", "key")
VALUE = r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|[^\s,;&\"']+"
OPTION = re.compile(rf"(?<![\w-])(--?(?P<name>[A-Za-z][\w-]*)(?:=|\s+|[\"']\s*,\s*))(?P<value>(?!-)(?:{VALUE}))")
ASSIGNED = re.compile(rf"(?<![\w-])((?P<name>[A-Za-z_][\w-]*)=)(?P<value>{VALUE})")
#: A password within a URL whose rest is beyond the characters that are kept of a message.
CUT_OFF = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*$")
MEMBER = re.compile(rf"((?P<quote>[\"'])(?P<name>[\w-]+)(?P=quote)\s*:\s*)(?P<value>{VALUE})")


def masked_text(text: str) -> str:
    """Return a text with what looks like a secret replaced by asterisks."""
    lowered = text.lower()
    if not any(mark in lowered for mark in MARKS):
        return text
    hidden: str = masked(text)
    if len(text) >= LONGEST_MESSAGE:
        hidden = CUT_OFF.sub(MASK, hidden)
    for pattern in (OPTION, ASSIGNED, MEMBER):
        hidden = pattern.sub(_without_value, hidden)
    return hidden


def masked_messages(messages: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Return messages as `masked_text` does; those that cannot hold anything cost next to nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # Most are said again and again.
    distinct = pc.dictionary_encode(messages.combine_chunks())
    suspicious = pc.match_substring_regex(distinct.dictionary, SUSPICIOUS)
    found = distinct.dictionary.filter(suspicious).to_pylist()
    hidden = [masked_text(text) for text in found]
    if hidden == found:
        return messages
    texts = pc.replace_with_mask(distinct.dictionary, suspicious, pa.array(hidden, messages.type))
    return pa.chunked_array([texts.take(distinct.indices)])


def _without_value(found: re.Match[str]) -> str:
    if not SECRET_NAME.search(found["name"]):
        return found[0]
    value = found["value"]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{found[1]}{quote}{MASK}{quote}"


def masked_events(events: "pa.Table") -> "pa.Table":
    """Return events whose messages are as `masked_messages` returns them."""
    place = events.schema.get_field_index("message")
    return events.set_column(place, events.schema.field(place), masked_messages(events.column(place)))
