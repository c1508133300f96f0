"""The search for secrets finds them."""

import base64
import json
from pathlib import Path

from tests.secret_search import holders


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    secret = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"
    hidden = {
        "plain": secret,
        "escaped": json.dumps({"text": f"\n{secret}\n"}),
        "base64": base64.b64encode(f"-{secret}".encode()).decode(),
        "base64 in lines": base64.encodebytes(f"--{secret}".encode()).decode(),
    }
    files = {tmp_path / name: text.encode() for name, text in hidden.items()}

    assert holders(files | {tmp_path / "innocent": b"nothing"}, [secret]) == sorted(files)
