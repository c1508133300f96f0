"""Reading the body of a start, as users write it."""

import base64
from typing import Any

import pytest

from ctl_jupyter.documents import DocumentError, Host, StartRequest, read_start_request


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----\n"
KEY = encoded(PEM)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (None, StartRequest()),
        ({}, StartRequest()),
        ({"hosts": None}, StartRequest()),
        ({"hosts": []}, StartRequest()),
        ({"hosts": ["web1"]}, StartRequest(hosts=[Host(id="web1")])),
        ({"hosts": ["web1", {"id": "web2"}]}, StartRequest(hosts=[Host(id="web1"), Host(id="web2")])),
        ({"hosts": [{"id": "10.0.0.1"}]}, StartRequest(hosts=[Host(id="10.0.0.1")])),
        ({"hosts": ["été"]}, StartRequest(hosts=[Host(id="été")])),
        (
            {"hosts": [{"id": "web1", "hostVars": {"ansible_user": "ops", "n": 0}}]},
            StartRequest(hosts=[Host(id="web1", host_vars={"ansible_user": "ops", "n": 0})]),
        ),
        (
            {"hosts": [{"id": "web1", "hostVars": [{"a": 1}, {"b": 2}]}]},
            StartRequest(hosts=[Host(id="web1", host_vars={"a": 1, "b": 2})]),
        ),
        ({"hosts": [{"id": "web1", "hostVars": None}]}, StartRequest(hosts=[Host(id="web1")])),
        (
            {"hosts": [{"id": "web1", "hostVars": {"motd": "{{ x }} $5"}}]},
            StartRequest(hosts=[Host(id="web1", host_vars={"motd": "{{ x }} $5"})]),
        ),
        (
            {"hosts": [{"id": "web1", "sshPrivateKey": KEY}]},
            StartRequest(hosts=[Host(id="web1", ssh_private_key=KEY)]),
        ),
        ({"sshPrivateKey": KEY}, StartRequest(ssh_private_key=KEY)),
        ({"sshPrivateKey": KEY[:40] + "\n" + KEY[40:]}, StartRequest(ssh_private_key=KEY[:40] + "\n" + KEY[40:])),
        ({"sshPrivateKey": None}, StartRequest()),
    ],
)
def test_what_can_be_used(document: Any, expected: StartRequest) -> None:
    assert read_start_request(document) == expected


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (
            [],
            "A start is an object with members such as 'hosts', and this is a list.",
        ),
        (
            "web1",
            "A start is an object with members such as 'hosts', and this is a text.",
        ),
        (
            5,
            "A start is an object with members such as 'hosts', and this is a number.",
        ),
        (
            {"host": ["web1"]},
            "A start has the members 'hosts', 'sshPrivateKey', 'properties' and 'playbookTags' alone, not 'host'.",
        ),
        ({"hosts": [], "ssh_private_key": KEY}, "alone, not 'ssh_private_key'."),
        ({5: 1}, "alone, not '5'."),
        ({"tags": ["a"]}, "alone, not 'tags'."),
        ({"properties": ["a"]}, "properties must be an object, not a list."),
        ({"playbookTags": "a"}, "playbookTags must be a list, not a text."),
        ({"hosts": "web1"}, "'hosts' must be a list of hosts, and this is a text."),
        ({"hosts": 5}, "'hosts' must be a list of hosts, and this is a number."),
        ({"hosts": {"id": "web1"}}, "'hosts' must be a list of hosts, and this is"),
        ({"hosts": [5]}, "hosts[0] must be an object, not a whole number."),
        ({"hosts": ["web1", None]}, "hosts[1] must be an object, not null."),
        ({"hosts": [["web1"]]}, "hosts[0] must be an object, not a list."),
        ({"hosts": [{}]}, "hosts[0] has no id: a host needs its name, as in 'id: web1'."),
        ({"hosts": ["web1", {"name": "web2"}]}, "hosts[1] has no id"),
        ({"hosts": [{"id": "web1", "hostVar": {"a": 1}}]}, "'hostVar' is no member of the host 'web1' that Runner"),
        ({"hosts": ["web0", {"id": "web1", "hostvars": {"a": 1}}]}, "write 'hostVars'."),
        ({"hosts": [{"id": None}]}, "hosts[0].id must be a text, not null."),
        ({"hosts": [{"id": 5}]}, "hosts[0].id must be a text, not a whole number."),
        ({"hosts": [""]}, "hosts[0] has no id"),
        ({"hosts": ["web1", "  "]}, "hosts[1] has no id"),
        ({"hosts": ["web1\nweb2"]}, "hosts[0] has a line break or a control character in its id."),
        ({"hosts": ["web1\x00"]}, "hosts[0] has a line break or a control character in its id."),
        ({"hosts": ["web1", "web1"]}, "The host 'web1' is given twice."),
        ({"hosts": ["web1", {"id": "web1", "hostVars": {"a": 1}}]}, "The host 'web1' is given twice."),
        ({"hosts": [{"id": "web1", "hostVars": 5}]}, "hostVars of 'web1' must be an object of variables."),
        ({"hosts": [{"id": "web1", "hostVars": "a=1"}]}, "hostVars of 'web1' must be an object of variables."),
        ({"hosts": [{"id": "web1", "hostVars": [1]}]}, "hostVars of 'web1' must be an object of variables."),
        ({"hosts": [{"id": "web1", "sshPrivateKey": "%%%"}]}, "sshPrivateKey of the host 'web1' is not base64."),
        ({"hosts": [{"id": "web1", "sshPrivateKey": encoded("x")}]}, "sshPrivateKey of the host 'web1' holds no"),
        ({"sshPrivateKey": "%%%"}, "sshPrivateKey is not base64."),
        ({"sshPrivateKey": "été"}, "sshPrivateKey is not base64."),
        ({"sshPrivateKey": PEM}, "sshPrivateKey is not base64."),
        ({"sshPrivateKey": ""}, "sshPrivateKey holds no private key"),
        ({"sshPrivateKey": encoded("ssh-ed25519 AAAA public")}, "sshPrivateKey holds no private key"),
        ({"sshPrivateKey": encoded("-----BEGIN PUBLIC KEY-----")}, "sshPrivateKey holds no private key"),
        ({"sshPrivateKey": base64.b64encode(b"\xff\xfe").decode()}, "sshPrivateKey holds no private key"),
        ({"sshPrivateKey": 5}, "sshPrivateKey must be a text, not a whole number."),
        ({"sshPrivateKey": [KEY]}, "sshPrivateKey must be a text, not a list."),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(document: Any, sentence: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_start_request(document)

    said = str(caught.value)
    assert sentence in said
    assert "\n" not in said
    assert "`" not in said
    assert said.endswith((".", ")."))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (None, {}),
        ({"hosts": []}, {}),
        ({"hosts": ["web1"], "sshPrivateKey": KEY}, {"hosts": [{"id": "web1"}], "sshPrivateKey": KEY}),
        ({"hosts": [{"id": "a", "hostVars": [{"b": 1}]}]}, {"hosts": [{"id": "a", "hostVars": {"b": 1}}]}),
        ({"properties": None, "playbookTags": None}, {}),
        ({"properties": {}, "playbookTags": []}, {}),
        (
            {"properties": {"motd": "{{ x }}"}, "playbookTags": ["web"]},
            {"properties": {"motd": "{{ x }}"}, "playbookTags": ["web"]},
        ),
    ],
)
def test_the_form_on_the_wire(document: Any, expected: dict[str, Any]) -> None:
    assert read_start_request(document).to_wire() == expected


@pytest.mark.parametrize("value", [{True: 1}, {None: 1}, object(), "\ud800"])
def test_a_variable_that_json_has_no_form_for(value: Any) -> None:
    with pytest.raises(DocumentError):
        read_start_request({"hosts": [{"id": "web1", "hostVars": {"a": value}}]})


def test_what_was_given_is_not_changed() -> None:
    document = {"hosts": ["web1", {"id": "web2", "hostVars": [{"a": 1}]}]}

    read_start_request(document)

    assert document == {"hosts": ["web1", {"id": "web2", "hostVars": [{"a": 1}]}]}
