from typing import Any

import pytest

from ctl_jupyter.documents import MASK, DocumentError
from ctl_jupyter.panel.variables import read_variables, variables_without_secrets, write_variables


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("", {}),
        ("# nothing\n\n", {}),
        ("version: 1.10.2\nreplicas: 3", {"version": "1.10.2", "replicas": 3}),
        ("version=1.10\nnote='two words'\nempty=", {"version": "1.10", "note": "two words", "empty": ""}),
        ('{"a": {"b": [1, null]}}', {"a": {"b": [1, None]}}),
        ('template: "{{ x }}"', {"template": "{{ x }}"}),
        (f"db_password: '{MASK}'", {"db_password": MASK}),
    ],
)
def test_variables_are_read(text: str, variables: dict[str, Any]) -> None:
    assert read_variables(text) == variables


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [1", "The text is neither YAML nor JSON at line"),
        ("- a", "Variables are written 'name: value' (YAML) or 'name=value', each on a line of its own."),
        ("two words: 1", "'two words' is no name of a variable: letters, digits and underscores."),
        ("1: a", "'1' is no name of a variable"),
        ("db_password: hunter2", "db_password is a secret: give it as a secret variable, which is not kept."),
        ("db_password=hunter2", "db_password is a secret"),
        ("db:\n  password: hunter2", "db.password is a secret"),
        ("repository: https://ada:hunter2@example.org/x", "repository is a secret"),
    ],
)
def test_what_cannot_be_used_is_said_without_its_value(text: str, sentence: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_variables(text)

    assert str(caught.value).startswith(sentence)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "db_password: hunter2\nport: 5432",
        "db_password=hunter2\nport=5432",
        'port: 5432\ndb_password: "hunter2 hunter2"',
        "port: 5432\ndb_password: |\n  hunter2\n  hunter2 again\n",
        "port: 5432\npasswords:\n  - hunter2\n",
        '{"db_password": "hunter2", "port": 5432}',
        "port: 5432\nurl: https://ada:hunter2@example.org",
    ],
)
def test_secrets_are_taken_out_of_the_text(text: str) -> None:
    clean, removed = variables_without_secrets(text)

    assert "hunter2" not in clean
    assert "5432" in clean
    assert removed


def test_what_is_no_secret_stays() -> None:
    text = f"version: 1\nkey_file: /keys/id\ndb_password: '{MASK}'"

    assert variables_without_secrets(text) == (text, [])


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {
            "a": "1",
            "b": 1,
            "c": None,
            "d": ["x", {"y": "yes"}],
            "g": "zwei Wörter",
            "h": "two\nlines",
            "e": "{{ x }}",
            "f": MASK,
        },
    ],
)
def test_variables_are_read_as_they_were_written(variables: dict[str, Any]) -> None:
    assert read_variables(write_variables(variables)) == variables
