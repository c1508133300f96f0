"""Reading playbooks and other YAML that people write."""

import pytest

from ctl_jupyter.documents import DocumentError, parse_playbook, parse_yaml


@pytest.mark.parametrize(
    "text",
    [
        "- hosts: all\n",
        "---\n- hosts: all\n  tasks:\n  - debug: {msg: '{{ x }} $5'}\n",
        '[{"hosts": "all"}]',
        "- import_playbook: other.yml\n",
        "- hosts: all\n  vars:\n    password: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n",
        "- hosts: all\n  vars: {a: !unsafe '{{ b }}', c: !x [1], d: !x {e: 1}}\n",
        "- hosts: all\n  name: été\n",
    ],
)
def test_a_playbook(text: str) -> None:
    assert all(isinstance(play, dict) for play in parse_playbook(text))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "this is empty"),
        ("# nothing\n", "this is empty"),
        ("hosts: all", "this is one mapping"),
        ("restart nginx", "this is plain text"),
        ("5", "A playbook is a list of plays"),
        ("[]", "A playbook is a list of plays"),
        ("- restart nginx", "one of these is not a mapping"),
        ("- hosts: all\n-\n", "one of these is not a mapping"),
        ("- hosts: all\n  tasks: [", "neither YAML nor JSON at line "),
        ("- hosts: all\n\ttasks: []", "neither YAML nor JSON at line 2, column "),
        ("- hosts: {{ hosts }}", "neither YAML nor JSON at line 1"),
        ("- hosts: all\n---\n- hosts: all\n", "neither YAML nor JSON at line 2"),
        ("- hosts: *all", "neither YAML nor JSON at line 1"),
        ("- hosts: \x00", "neither YAML nor JSON"),
        ("- hosts: 2024-99-99", "cannot be read"),
        ("- hosts: !!int soon", "cannot be read"),
        ("- hosts: !!int ''", "cannot be read"),
        ("- hosts: !!float ''", "cannot be read"),
        ("- hosts: !!bool maybe", "cannot be read"),
        ("- hosts: !!timestamp soon", "cannot be read"),
        ("- hosts: !!python/object:os.system x", "neither YAML nor JSON at line 1"),
        ("[" * 5000, "playbook"),
        ("[" * 5000 + "]" * 5000, "playbook"),
    ],
    ids=lambda text: repr(text)[:40],
)
def test_what_is_no_playbook_is_said_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_playbook(text)

    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_was_read_is_named() -> None:
    with pytest.raises(DocumentError, match=r"^The cell is neither YAML nor JSON at line 1, column 4"):
        parse_yaml("a: ]", "The cell")


@pytest.mark.parametrize("text", ['{"a": [1, null, true]}', "a: [1, null, true]", "a:\n- 1\n-\n- true\n"])
def test_yaml_and_json(text: str) -> None:
    assert parse_yaml(text, "It") == {"a": [1, None, True]}


def test_tags_do_not_make_objects() -> None:
    assert parse_yaml("!x [!y 1, !z {a: 1}]", "It") == ["1", {"a": 1}]
