"""The spool: a file of JSON lines that supervisor and callback plugin append to and the recorder reads.

Each line is one `os.write` to a file opened for appending, so the lines of two writers never mix.
"""

import contextlib
import json
import math
import os
import socket
import threading
import time
from typing import Any

__all__ = ["SpoolWriter", "encode", "now_ms"]


def now_ms() -> int:
    """Return the time now: epoch milliseconds UTC."""
    return time.time_ns() // 1_000_000


class SpoolWriter:
    """Appends lines to a spool and wakes the recorder, which may or may not run just now.

    Parameters
    ----------
    path
        The spool file.
    wake_address
        The recorder's datagram socket.
    """

    def __init__(self, path: str, wake_address: str) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._wake_address = wake_address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._lock = threading.Lock()

    def write(self, kind: str, **members: Any) -> None:
        """Append one line; a value that JSON has no form for becomes its text."""
        self._append(encode({"kind": kind, "timestamp": now_ms(), **members}))

    def write_event(self, event_type: str, message: bytes) -> None:
        """Append the line of an event whose message is JSON already."""
        self._append(
            b'{"kind":"event","timestamp":%d,"event_type":"%b","message":%b}' % (now_ms(), event_type.encode(), message)
        )

    def _append(self, line: bytes) -> None:
        data = line + b"\n"
        with self._lock:
            while data:
                data = data[os.write(self._file, data) :]
        # A full or absent socket is no loss: the recorder reads every spool whenever it wakes or starts.
        with contextlib.suppress(OSError):
            self._socket.sendto(b"w", self._wake_address)

    def begin_line(self) -> None:
        """End the last line, should its writer have been killed in the middle of it."""
        with open(self._path, "rb") as file:  # noqa: PTH123 -- as everywhere in the supervisor
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            whole = file.read(1) in (b"", b"\n")
        if not whole:
            os.write(self._file, b"\n")

    def close(self) -> None:
        """Close the file and the socket."""
        os.close(self._file)
        self._socket.close()


def encode(document: dict[str, Any]) -> bytes:
    """Return a document as JSON; a value that JSON has no form for becomes its text."""
    # A lone surrogate (a file name that is not UTF-8, say) must not cost the event.
    return _json(document).encode("utf-8", "replace")


def _json(document: dict[str, Any]) -> str:
    try:
        return json.dumps(document, default=str, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return _json(_with_finite_numbers(document))


def _with_finite_numbers(value: Any) -> Any:
    """Return a copy in which NaN and infinity, which JSON has no form for, are their names."""
    if isinstance(value, dict):
        return {name: _with_finite_numbers(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_finite_numbers(part) for part in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
