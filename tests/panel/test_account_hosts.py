"""The servers of an account as hosts."""

from typing import Any

import httpx
import pytest

from ctl_jupyter.client import RunnerCalls, Session
from ctl_jupyter.client.auth import BearerAuth
from ctl_jupyter.client.profiles import Profile
from ctl_jupyter.documents import Host
from ctl_jupyter.panel.jobs import account_hosts as module
from ctl_jupyter.panel.jobs.account_hosts import account_hosts

URL = "https://cloud.example.org"


def link(rel: str, linked: str) -> dict[str, str]:
    return {"rel": rel, "href": "", "id": linked}


ANSWERS: dict[str, Any] = {
    "/v2/datacenters/ACCT": [{"id": "WA1"}, {"id": "CA1"}],
    "/v2/datacenters/ACCT/WA1": {"id": "WA1", "links": [link("group", "g1")]},
    "/v2/datacenters/ACCT/CA1": {"id": "CA1", "links": []},
    "/v2/groups/ACCT/g1": {
        "id": "g1",
        "links": [link("server", "web2"), link("server", "gone")],
        "groups": [{"id": "g2", "links": [link("server", "db1"), link("server", "golden")]}],
    },
    "/v2/servers/ACCT/web2": {"id": "web2", "name": "web2", "details": {"ipAddresses": [{"internal": "10.0.0.2"}]}},
    "/v2/servers/ACCT/db1": {"id": "db1", "name": "db1", "details": {"hostName": "db1.example.org"}},
    "/v2/servers/ACCT/golden": {"id": "golden", "isTemplate": True},
}


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def session(asked: list[str]) -> Session:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path not in ANSWERS:
            return httpx.Response(404, json={"message": "It is gone."})
        return httpx.Response(200, json=ANSWERS[request.url.path])

    auth = BearerAuth(URL, token="t")
    calls = RunnerCalls(URL, auth, "ACCT", httpx.MockTransport(answer))
    return Session(Profile("cloud", URL, URL), calls, auth)


def test_every_group_is_looked_into_and_addresses_are_known(session: Session) -> None:
    assert account_hosts(session) == [
        Host(id="db1", host_vars={"ansible_host": "db1.example.org"}),
        Host(id="web2", host_vars={"ansible_host": "10.0.0.2"}),
    ]


def test_of_very_many_servers_the_names_are_enough(
    session: Session, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ASKED", 3)

    assert account_hosts(session) == [Host(id=name) for name in ("db1", "golden", "gone", "web2")]
    assert not [path for path in asked if "/servers/" in path]
