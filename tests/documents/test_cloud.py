"""The cloud's documents: every member that its documentation shows, and the untidiness of real answers."""

from typing import Any

import pytest

from ctl_jupyter.cloud import (
    DataCenter,
    Network,
    read_all,
    read_data_center,
    read_group,
    read_network,
    read_server,
    wire,
)
from ctl_jupyter.documents import DocumentError

GROUP: dict[str, Any] = {
    "id": "g1",
    "name": "Web Applications",
    "description": None,
    "locationId": "WA1",
    "type": "default",
    "status": "active",
    "serversCount": "2",
    "groups": [{"id": "g2", "name": "Training", "serversCount": 0, "groups": [], "links": None}],
    "links": [
        {"rel": "createGroup", "href": "/v2/groups/acct", "verbs": ["POST"]},
        {"rel": "server", "href": "/v2/servers/acct/wa1acct01", "id": "WA1ACCT01"},
        {"rel": "billing", "href": "/v2/groups/acct/g1/billing"},
    ],
    "changeInfo": {"createdDate": "2012-12-17T01:17:17Z"},
    "customFields": [],
}


def test_group() -> None:
    group = read_group(GROUP)

    assert (group.name, group.description, group.location_id, group.servers_count) == ("Web Applications", "", "WA1", 2)
    assert group.server_ids == ["WA1ACCT01"]
    assert [inner.id for inner in group.walk()] == ["g1", "g2"]


def test_server() -> None:
    server = read_server(
        {
            "id": "WA1ACCT01",
            "groupId": "g1",
            "isTemplate": False,
            "locationId": "WA1",
            "osType": "Windows 2008 64-bit",
            "details": {"ipAddresses": [{"internal": "10.0.0.1", "public": "91.1.1.1"}, {"public": "91.1.1.2"}, None]},
            "storageType": "standard",
        }
    )

    assert (server.group_id, server.location_id, server.os_type) == ("g1", "WA1", "Windows 2008 64-bit")
    assert server.addresses == ["10.0.0.1", "91.1.1.2"]
    assert read_server({"id": "x", "details": {"ipAddresses": None}}).addresses == []


def test_a_server_does_not_show_its_secrets() -> None:
    assert "canary" not in repr(read_server({"id": "x", "details": {"adminPassword": "canary"}}))


def test_data_centers() -> None:
    links = [
        {"rel": "self", "href": "/v2/datacenters/ACCT/DC1"},
        {"rel": "group", "href": "…", "id": "g1", "name": "DC1"},
    ]
    first, second = read_all([{"id": "DC1", "name": "Far", "links": links}, {"id": "DC2"}], read_data_center)

    assert (first.name, first.group_id) == ("Far", "g1")
    assert second.group_id is None


def test_network() -> None:
    network = read_network(
        {"id": "n1", "cidr": "12.34.0.0/24", "gateway": "12.34.0.1", "vlan": 9998, "type": "private"}
    )

    assert network == Network(id="n1", cidr="12.34.0.0/24", gateway="12.34.0.1", vlan=9998)


def test_what_is_unknown_is_absent_on_the_wire() -> None:
    assert wire([Network(id="n1")]) == [
        {"id": "n1", "name": "", "description": "", "type": "private", "links": []},
    ]
    assert wire(DataCenter(id="DC1")) == {"id": "DC1", "name": "", "links": []}


@pytest.mark.parametrize(
    "document", [None, [], "text", {}, {"id": "x", "groups": {}}, {"id": "x", "serversCount": "many"}]
)
def test_what_is_no_group(document: Any) -> None:
    with pytest.raises(DocumentError, match="The group cannot be used: "):
        read_group(document)


def test_what_is_no_array() -> None:
    with pytest.raises(DocumentError, match="not an array"):
        read_all({"results": []}, read_network)
