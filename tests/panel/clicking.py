"""What the page does with the panel's forms, without a page."""

import threading
from collections.abc import Callable
from typing import Any

from ctl_jupyter.panel.secret_field import SecretField

__all__ = ["give", "upload", "wait_until"]


def give(field: SecretField, secret: str) -> None:
    """Give a secret as the page sends it."""
    field.widget._handle_custom_msg({"kind": "given", "text": secret}, [])


def upload(field: SecretField, content: str, name: str = "id_ed25519") -> None:
    """Choose a file, as the page sends it."""
    field.widget._handle_custom_msg({"kind": "file", "name": name}, [content.encode()])


def wait_until(holds: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until a condition holds: what a button began is done by a thread of its own."""
    never = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if holds():
            return
        never.wait(0.01)
    raise AssertionError("it did not come true")
