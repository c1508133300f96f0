from typing import Any

import pytest

from ctl_jupyter.documents import MASK, DocumentError, Host
from ctl_jupyter.panel.hosts import read_hosts, read_pasted, without_secrets, write_hosts


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("", {}),
        ("\n  \n# all of them later\n", {}),
        ("web1", {"web1": {}}),
        ("  web1  \n\nweb2\n", {"web1": {}, "web2": {}}),
        ("web1 ansible_port=2222 ansible_user=ops", {"web1": {"ansible_port": "2222", "ansible_user": "ops"}}),
        ('web1 note="two words" other=\'a "b"\'', {"web1": {"note": "two words", "other": 'a "b"'}}),
        ("web1 equation=a=b empty=", {"web1": {"equation": "a=b", "empty": ""}}),
        (r"win1 path=C:\tools\new", {"win1": {"path": r"C:\tools\new"}}),
        ("web1 template={{x}} price=$5 mark=#1", {"web1": {"template": "{{x}}", "price": "$5", "mark": "#1"}}),
        ("web1, web2,web3,", {"web1": {}, "web2": {}, "web3": {}}),
        ("['web1', \"web2\"]", {"web1": {}, "web2": {}}),
        ('["web1"]', {"web1": {}}),
        ("- web1\n- web2 port=22", {"web1": {}, "web2": {"port": "22"}}),
        ("web1 note='a, b'", {"web1": {"note": "a, b"}}),
        ("; a comment\nweb1", {"web1": {}}),
        ("שרת.דוגמה ort=Köln", {"שרת.דוגמה": {"ort": "Köln"}}),
        ("db1 key_file=/keys/id ansible_ssh_private_key_file=/k", None),
    ],
)
def test_hosts_are_read_one_on_a_line(text: str, hosts: dict[str, dict[str, str]] | None) -> None:
    expected = hosts or {}
    if hosts is None:
        expected = {"db1": {"key_file": "/keys/id", "ansible_ssh_private_key_file": "/k"}}

    assert {host.id: host.host_vars for host in read_hosts(text)} == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("web1\nansible_host=10.0.0.1", "Line 2 of the hosts begins with a variable: put the host's name before it."),
        (
            "web1,web2 port=22",
            "Line 1 of the hosts has a comma and variables: write each host on its own line.",
        ),
        ("web1, web2 web3", "Line 1 of the hosts: 'web3' is not a variable written as name=value."),
        ("web[01:03]", "Line 1 of the hosts: 'web[01:03]' is a range; write each host by itself."),
        ("web1 ansible_password:hunter2", "Line 1 of the hosts: a variable is written name=value."),
        ("web1, web1", "The host 'web1' is given twice."),
        (
            f"web1 ansible_password={MASK}",
            (
                f"Line 1 of the hosts: ansible_password is written as {MASK}, which stands for a secret that the job "
                "has, and this is none: give it as a secret variable."
            ),
        ),
        ("web1 web2", "Line 1 of the hosts: 'web2' is not a variable written as name=value."),
        ("web1 1st=x", "Line 1 of the hosts: '1st=x' is not a variable written as name=value."),
        ("# one\nweb1 note='open", "Line 2 of the hosts has a quote that is not closed."),
        ("web1\nweb1", "The host 'web1' is given twice."),
        (
            "web1 ansible_password=hunter2",
            "Line 1 of the hosts: ansible_password is a secret: give it as a secret variable.",
        ),
    ],
)
def test_a_line_that_cannot_be_used_is_named(text: str, sentence: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_hosts(text)

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "assignment",
    [
        "ansible_password=hunter2",
        'ansible_become_pass="hunter2 and hunter2"',
        "ansible_ssh_pass='hunter2 hunter2",
        'api_key=abc"hunter2 hunter2"def',
        "ansible_password = hunter2",
        "ansible-password: hunter2",
        "TOKEN=hunter2",
    ],
)
def test_secrets_are_taken_out_however_they_are_written(assignment: str) -> None:
    text, names = without_secrets(f"web1 port=22 {assignment}\nweb2 user=ops")

    assert "hunter2" not in text
    assert len(names) == 1
    assert text.startswith("web1 port=22 ")
    assert text.endswith("\nweb2 user=ops")


def test_what_is_no_secret_stays() -> None:
    text = "web1 key_file=/k note='it is: fine'\n# direction=north"

    assert without_secrets(text) == (text, [])


INVENTORY = """
lonely
[web]
web1 ansible_host=10.0.0.1
web2
[web:vars]
http_port=80
[all:children]
web
[db] # the databases
db1
"""


def test_an_inventory_is_read_and_what_is_passed_over_is_said() -> None:
    pasted = read_pasted(INVENTORY)

    assert [host.id for host in pasted.hosts] == ["lonely", "web1", "web2", "db1"]
    assert pasted.note == (
        "Headings of groups were passed over: [web], [web:vars], [all:children], [db]. "
        "So were the lines below those of variables and of children."
    )
    assert read_pasted("[web]\nweb1").note == "Headings of groups were passed over: [web]."
    assert read_pasted("web1").note == ""


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"port": 22, "on": True, "share": 0.5, "none": None, "text": "22"},
        {"list": [1, "two words"], "nested": {"a": {"b": "c"}}},
        {"spaces": "two words", "quotes": "both ' and \" of them", "empty": "", "mark": "#1", "hash": "a;b"},
        {"ansible_password": MASK, "path": r"C:\tools"},
    ],
)
def test_what_is_written_and_read_again_is_what_it_was(variables: dict[str, Any]) -> None:
    known = Host(id="web 1", host_vars=variables, other={"unknown": 1})

    (host,) = read_hosts(write_hosts([known]), [known])

    assert host.host_vars == variables
    assert host.other == {"unknown": 1}


def test_what_is_changed_is_a_text_and_the_rest_stays() -> None:
    known = Host(id="web1", host_vars={"port": 22, "on": True})

    (host,) = read_hosts("web1 port=23 on=true", [known])

    assert host.host_vars == {"port": "23", "on": True}
    assert known.host_vars == {"port": 22, "on": True}


def test_a_masked_secret_is_not_taken_out() -> None:
    text = f"web1 ansible_password={MASK}"

    assert without_secrets(text) == (text, [])
