"""Secrets in the messages of status events that can be told by their form."""

import pyarrow as pa
import pytest

from ctl_jupyter.history.pulling.masking import masked_messages, masked_text

HIDDEN = [
    ("could not read https://bob:hunter2@example.org/a.git", "could not read https://bob:********@example.org/a.git"),
    ("get https://example.org/a?token=abc&page=2", "get https://example.org/a?token=********&page=2"),
    ("mysql --password hunter2 -e x", "mysql --password ******** -e x"),
    ("mysql --Password=hunter2 -e x", "mysql --Password=******** -e x"),
    ("curl --api-key 'a b c' -v", "curl --api-key '********' -v"),
    ('curl --api-key "a \\" b" -v', 'curl --api-key "********" -v'),
    ("['mysql', '--password', 'hunter2', '-v']", "['mysql', '--password', '********', '-v']"),
    ('["mysql","--password","hunter2"]', '["mysql","--password","********"]'),
    ("DB_PASSWORD=hunter2 make", "DB_PASSWORD=******** make"),
    ('{"db_password": "hun\\"ter2", "x": 1}', '{"db_password": "********", "x": 1}'),
    ("{'auth_token': 'x y', 'b': 2}", "{'auth_token': '********', 'b': 2}"),
    # Cut off where messages are.
    ('{"secret": "hunt', '{"secret": "********"'),
]
SHOWN = [
    "",
    "non-zero return code",
    "Invalid password: too short",
    "mysql --password --user ada",
    "--password",
    "password=",
    "monkey=1 turkey=2 sort_key=3",
    "see https://example.org/docs?page=2",
    "ssh_key_file=/home/ada/.ssh/id",
    "the key file is missing",
]


@pytest.mark.parametrize(("text", "hidden"), HIDDEN)
def test_what_is_hidden(text: str, hidden: str) -> None:
    assert masked_text(text) == hidden
    assert masked_text(hidden) == hidden


def test_a_url_that_is_cut_off_with_the_message() -> None:
    words = "x" * 1_970
    assert masked_text(f"{words} https://ada:{'hunter2' * 9}"[:2_000]) == f"{words} https://********"
    assert masked_text("see http://localhost:8080") == "see http://localhost:8080"


@pytest.mark.parametrize("text", SHOWN)
def test_what_is_shown(text: str) -> None:
    assert masked_text(text) == text


def test_many_at_a_time_are_the_same() -> None:
    texts = [*(text for text, _ in HIDDEN), None, *SHOWN] * 3
    expected = [None if text is None else masked_text(text) for text in texts]
    forms: list[list[list[str | None]]] = [[texts], [texts[:5], texts[5:]], [[]]]
    for chunks in forms:
        column = pa.chunked_array([pa.array(chunk, pa.large_string()) for chunk in chunks])
        found = masked_messages(column)
        assert found.type == column.type
        assert found.to_pylist() == expected[: len(column)]
