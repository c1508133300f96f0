import pytest

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.panel.hosts import read_hosts, without_secrets


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
        ("web1, web2", "Line 1 of the hosts has a comma: write each host on a line of its own."),
        ("web1 web2", "Line 1 of the hosts: 'web2' is not a variable written as name=value."),
        ("web1 1st=x", "Line 1 of the hosts: '1st=x' is not a variable written as name=value."),
        ("# one\nweb1 note='open", "Line 2 of the hosts has a quote that is not closed."),
        ("web1\nweb1", "The host 'web1' is given twice."),
        (
            "web1 ansible_password=hunter2",
            "Line 1 of the hosts: ansible_password is a secret, and the panel takes none.",
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
