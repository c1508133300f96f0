"""The calls of the cloud's v2 API that product forms make: shapes, who may make them, what they never tell."""

import threading
from collections.abc import Iterator

import httpx
import pytest

from ctl_jupyter.client import NotFound, ServiceFailed, Session, connect
from tests.service.api import RunnerApi
from tests.service.embedded import EmbeddedRunner
from tests.service.inventories import CANARY, write_inventory
from tests.service.processes import all_processes
from tests.service.waiting import Gate

PATHS = [
    "/v2/datacenters/{alias}",
    "/v2/datacenters/{alias}/WA1?groupLinks=true",
    "/v2/groups/{alias}/all@WA1",
    "/v2/groups/{alias}/web",
    "/v2/servers/{alias}/web1",
    "/v2-experimental/networks/{alias}/WA1",
]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRunner]:
    """A service with an inventory."""
    inventory = write_inventory("directory", tmp_path_factory.mktemp("inventory"))
    with EmbeddedRunner(tmp_path_factory.mktemp("service")) as service:
        service.command("start", "--inventory", str(inventory))
        yield service
        service.stop()


@pytest.fixture(scope="module")
def account(cloud: EmbeddedRunner) -> Iterator[RunnerApi]:
    with cloud.log_in() as api:
        yield api


@pytest.fixture
def cloud_session(cloud: EmbeddedRunner, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("CTL_RUNNER_HOME", str(cloud.home))
    return connect()


def test_data_centers(account: RunnerApi) -> None:
    alias = account.account

    assert account.call("GET", "/v2/datacenters/{alias}") == [
        {"id": name, "name": name, "links": [{"rel": "self", "href": f"/v2/datacenters/{alias}/{name}"}]}
        for name in ("CA1", "LOCAL", "WA1")
    ]
    own = {"rel": "self", "href": f"/v2/datacenters/{alias}/WA1"}
    root = {"rel": "group", "href": f"/v2/groups/{alias}/all%40WA1", "id": "all@WA1", "name": "WA1 Hardware"}
    path = "/v2/datacenters/{alias}/WA1"
    assert account.call("GET", path) == {"id": "WA1", "name": "WA1", "links": [own]}
    assert account.call("GET", path, groupLinks="true") == {"id": "WA1", "name": "WA1", "links": [own, root]}


def test_group(account: RunnerApi) -> None:
    alias = account.account
    web = {
        "id": "web",
        "name": "web",
        "description": "",
        "locationId": "WA1",
        "type": "default",
        "status": "active",
        "serversCount": 2,
        "groups": [],
        "links": [
            {"rel": "self", "href": f"/v2/groups/{alias}/web", "id": "web", "verbs": ["GET"]},
            {"rel": "parentGroup", "href": f"/v2/groups/{alias}/prod%40WA1", "id": "prod@WA1"},
            {"rel": "server", "href": f"/v2/servers/{alias}/web1", "id": "web1"},
            {"rel": "server", "href": f"/v2/servers/{alias}/web2", "id": "web2"},
        ],
    }

    assert account.call("GET", "/v2/groups/{alias}/web") == web
    root = account.call("GET", "/v2/groups/{alias}/all@WA1")
    assert (root["name"], root["serversCount"]) == ("WA1 Hardware", 2)
    (prod,) = root["groups"]
    assert (prod["id"], prod["serversCount"], prod["groups"]) == ("prod@WA1", 2, [web])


def test_server(account: RunnerApi) -> None:
    alias = account.account

    assert account.call("GET", "/v2/servers/{alias}/web1") == {
        "id": "web1",
        "name": "web1",
        "description": "",
        "groupId": "web",
        "isTemplate": False,
        "locationId": "WA1",
        "status": "active",
        "details": {"ipAddresses": [{"internal": "10.1.0.11"}], "hostName": "web1"},
        "type": "standard",
        "storageType": "standard",
        "links": [
            {"rel": "self", "href": f"/v2/servers/{alias}/web1", "id": "web1", "verbs": ["GET"]},
            {"rel": "group", "href": f"/v2/groups/{alias}/web", "id": "web"},
        ],
    }
    lonely = account.call("GET", "/v2/servers/{alias}/lonely")
    assert (lonely["groupId"], lonely["locationId"]) == ("all@LOCAL", "LOCAL")
    assert account.call("GET", "/v2/servers/{alias}/db1")["details"] == {
        "ipAddresses": [],
        "hostName": "db1.example.org",
    }


def test_networks(account: RunnerApi) -> None:
    assert account.call("GET", "/v2-experimental/networks/{alias}/WA1") == [
        {
            "id": "10.1.0.0/24",
            "name": "10.1.0.0/24",
            "cidr": "10.1.0.0/24",
            "description": "",
            "netmask": "255.255.255.0",
            "type": "private",
            "links": [],
        },
        {"id": "front", "name": "front", "description": "", "type": "private", "links": []},
    ]
    assert account.call("GET", "/v2-experimental/networks/{alias}/CA1") == []


@pytest.mark.parametrize("path", PATHS)
def test_token_and_account_are_checked(account: RunnerApi, path: str) -> None:
    anonymous = httpx.get(f"{account.http.base_url}{path.format(alias=account.account)}", trust_env=False)

    assert (anonymous.status_code, anonymous.headers["Content-Type"]) == (401, "application/json")
    assert account.http.get(path.format(alias="OTHER")).status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_no_variable_but_those_of_the_mapping_is_answered(account: RunnerApi, path: str) -> None:
    answer = account.http.get(path.format(alias=account.account))

    assert answer.status_code == 200
    assert CANARY not in answer.text
    assert "greeting" not in answer.text
    again = account.http.get(path.format(alias=account.account), headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("path", "status_code", "sentence"),
    [
        ("/v2/datacenters/{alias}/XX9", 404, "There is no data center 'XX9'."),
        ("/v2/datacenters/{alias}/WA1?groupLinks=maybe", 400, "'groupLinks' must be true or false, not 'maybe'."),
        ("/v2/groups/{alias}/none", 404, "There is no group 'none'."),
        ("/v2/groups/{alias}/prod", 404, "There is no group 'prod'."),
        ("/v2/servers/{alias}/none", 404, "There is no server 'none'."),
        ("/v2-experimental/networks/{alias}/XX9", 404, "There is no data center 'XX9'."),
    ],
)
def test_what_is_not_there(account: RunnerApi, path: str, status_code: int, sentence: str) -> None:
    answer = account.http.get(path.format(alias=account.account))

    assert (answer.status_code, answer.json()) == (status_code, {"message": sentence})


def test_the_client_makes_every_call(cloud_session: Session) -> None:
    calls = cloud_session.calls

    assert [center.id for center in calls.data_centers()] == ["CA1", "LOCAL", "WA1"]
    root = calls.data_center("WA1").group_id
    assert root == "all@WA1"
    assert [group.id for group in calls.group(root).walk()] == ["all@WA1", "prod@WA1", "web"]
    (server,) = calls.group("db").server_ids
    assert calls.server(server).details["hostName"] == "db1.example.org"
    assert [network.netmask for network in calls.networks("WA1")] == ["255.255.255.0", None]
    with pytest.raises(NotFound, match="There is no server 'web9'"):
        calls.server("web9")


def test_without_an_inventory(session: Session) -> None:
    assert [center.id for center in session.calls.data_centers()] == ["LOCAL"]
    assert session.calls.data_center("LOCAL").group_id is None
    assert session.calls.networks("LOCAL") == []


def test_an_inventory_that_cannot_be_read_stops_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One service meets an inventory that breaks, and one that never ends while the service is told to."""
    base = tmp_path_factory.mktemp("inventory")
    script = base / "hosts.sh"
    script.write_text("#!/bin/sh\nexit 3\n")
    script.chmod(0o700)
    with Gate(base / "gate") as gate, EmbeddedRunner(tmp_path_factory.mktemp("service")) as service:
        service.command("start", "--inventory", str(script))
        monkeypatch.setenv("CTL_RUNNER_HOME", str(service.home))
        session = connect()
        with pytest.raises(ServiceFailed, match=r"hosts\.sh ended with exit code 3"):
            session.calls.data_centers()

        script.write_text(f"#!/bin/sh\n{gate.task.partition(': ')[2]}\n")
        with service.log_in() as api:
            waiting = threading.Thread(target=_ask, args=(api,))
            waiting.start()
            gate.await_task()
            assert list(session.calls.jobs()) == []
            service.stop()
            waiting.join()
        left = [process for process in all_processes() if str(script).encode() in process.arguments]
        assert left == []


def _ask(api: RunnerApi) -> None:
    try:
        answer = api.http.get(f"/v2/datacenters/{api.account}")
    except httpx.TransportError:
        return
    assert answer.status_code >= 500
