"""The cloud's calls: with the hosted Runner they go to where one logs in."""

import httpx
import pytest

from ctl_jupyter.client import AnswerNotUnderstood, RunnerCalls, connect
from ctl_jupyter.client.auth import BearerAuth

ANSWERS = {
    "/v2/datacenters/ACCT": [{"id": "WA1", "name": "Seattle"}],
    "/v2/datacenters/ACCT/WA1": {"id": "WA1", "links": [{"rel": "group", "href": "/v2/groups/ACCT/g1", "id": "g1"}]},
    "/v2/groups/ACCT/g1": {"id": "g1", "groups": [{"id": "g2"}]},
    "/v2/servers/ACCT/a%2Fb": {"id": "a/b", "locationId": "WA1"},
    "/v2-experimental/networks/ACCT/WA1": [{"id": "n1", "vlan": 7}],
    "/jobs/ACCT": {"totalSize": 0, "page": 0, "size": 1, "results": []},
}


class Cloud:
    """Answers the cloud's calls and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json=ANSWERS[request.url.raw_path.decode().partition("?")[0]])


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def calls(cloud: Cloud) -> RunnerCalls:
    auth = BearerAuth("https://login.example.org", token="t")
    return RunnerCalls("https://runner.example.org", auth, "ACCT", httpx.MockTransport(cloud.answer))


def test_each_call(calls: RunnerCalls, cloud: Cloud) -> None:
    assert [center.name for center in calls.data_centers()] == ["Seattle"]
    assert calls.data_center("WA1").group_id == "g1"
    assert [group.id for group in calls.group("g1").walk()] == ["g1", "g2"]
    assert calls.server("a/b").location_id == "WA1"
    assert [network.vlan for network in calls.networks("WA1")] == [7]

    assert {request.url.host for request in cloud.requests} == {"login.example.org"}
    assert {request.headers["Authorization"] for request in cloud.requests} == {"Bearer t"}
    assert [dict(request.url.params) for request in cloud.requests] == [{}, {"groupLinks": "true"}, {}, {}, {}]


def test_an_answer_that_is_not_the_clouds(calls: RunnerCalls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANSWERS, "/v2/datacenters/ACCT", {"results": []})

    with pytest.raises(AnswerNotUnderstood, match=r"https://login\.example\.org gave an answer"):
        calls.data_centers()


def test_a_session_closes_both_connections(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLC_V2_API_TOKEN", "t")
    monkeypatch.setenv("CLC_ACCT_ALIAS", "ACCT")
    session = connect("qa", transport=httpx.MockTransport(cloud.answer))
    session.calls.data_centers()

    session.close()

    assert session.calls.http._client.is_closed
    assert session.calls._cloud._client.is_closed
