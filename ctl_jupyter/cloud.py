"""The nouns of the cloud's v2 API that product forms choose from: data centers, groups, servers, networks.

Client and embedded service both use them. Members that nobody knows are ``None`` here and absent on the wire.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.secrecy import masked

__all__ = [
    "DataCenter",
    "Group",
    "Link",
    "Network",
    "Server",
    "read_all",
    "read_data_center",
    "read_group",
    "read_network",
    "read_server",
    "wire",
]

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)


class Link(msgspec.Struct, kw_only=True):
    """Where something that belongs to a document is found; ``rel`` says what it is."""

    rel: str
    href: str = ""
    id: str | None = None
    name: str | None = None
    verbs: list[str] | None = None


class DataCenter(msgspec.Struct, rename="camel", kw_only=True):
    """A data center: ``GET /v2/datacenters/{alias}`` lists them."""

    id: str
    name: str = ""
    links: list[Link] = []

    @property
    def group_id(self) -> str | None:
        """The root group, which holds all others; ``None`` when there is none or the links were not asked for."""
        return next((link.id for link in self.links if link.rel == "group"), None)


class Group(msgspec.Struct, rename="camel", kw_only=True):
    """A group of servers and of further groups: ``GET /v2/groups/{alias}/{groupId}``.

    Parameters
    ----------
    location_id
        Its data center.
    servers_count
        Servers in it and in the groups within it.
    """

    id: str
    name: str = ""
    description: str = ""
    location_id: str = ""
    type: str = "default"
    status: str = "active"
    servers_count: int = 0
    groups: list["Group"] = []
    links: list[Link] = []

    @property
    def server_ids(self) -> list[str]:
        """The servers that the group holds itself."""
        return [link.id for link in self.links if link.rel == "server" and link.id]

    def walk(self) -> Iterator["Group"]:
        """Yield this group and every group within it, outer ones first."""
        yield self
        for group in self.groups:
            yield from group.walk()


class Server(msgspec.Struct, rename="camel", kw_only=True):
    """A server: ``GET /v2/servers/{alias}/{serverId}``.

    Parameters
    ----------
    group_id, location_id
        Its group and its data center.
    details
        ``ipAddresses``, ``hostName`` and, from the hosted cloud, much more.
    """

    id: str
    name: str = ""
    description: str = ""
    group_id: str = ""
    is_template: bool = False
    location_id: str = ""
    os_type: str | None = None
    status: str = ""
    details: dict[str, Any] = {}
    type: str | None = None
    storage_type: str | None = None
    links: list[Link] = []

    @property
    def addresses(self) -> list[str]:
        """The addresses within the cloud, or without it where there is no other."""
        pairs = [pair for pair in self.details.get("ipAddresses") or [] if isinstance(pair, Mapping)]
        return [str(pair.get("internal") or pair.get("public")) for pair in pairs]

    def __repr__(self) -> str:
        return f"Server({masked(msgspec.to_builtins(self))})"


class Network(msgspec.Struct, rename="camel", kw_only=True):
    """A network of a data center: ``GET /v2-experimental/networks/{alias}/{dataCenter}`` lists them."""

    id: str
    name: str = ""
    cidr: str | None = None
    description: str = ""
    gateway: str | None = None
    netmask: str | None = None
    type: str = "private"
    vlan: int | None = None
    links: list[Link] = []


def wire(document: Any) -> Any:
    """Return a document, or a list of them, as the API writes it: what is unknown is left out."""
    return _without_nulls(msgspec.to_builtins(document))


def read_data_center(document: Any) -> DataCenter:
    """Read a data center.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    return _read(document, DataCenter, "data center")


def read_group(document: Any) -> Group:
    """Read a group with the groups within it.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    return _read(document, Group, "group")


def read_server(document: Any) -> Server:
    """Read a server.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    return _read(document, Server, "server")


def read_network(document: Any) -> Network:
    """Read a network.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    return _read(document, Network, "network")


def read_all(document: Any, item: Callable[[Any], T]) -> list[T]:
    """Read a bare array.

    Raises
    ------
    DocumentError
        When it is none.
    """
    if not isinstance(document, list):
        raise DocumentError("The answer is not an array.")
    return [item(part) for part in document]


def _read(document: Any, kind: type[S], what: str) -> S:
    try:
        return msgspec.convert(_without_nulls(document), kind, strict=False)
    except msgspec.ValidationError as error:
        raise DocumentError(f"The {what} cannot be used: {str(error).replace('`', chr(39))}.") from None


def _without_nulls(value: Any) -> Any:
    """Leave out members that are null, which means the same as absent."""
    if isinstance(value, Mapping):
        return {name: _without_nulls(part) for name, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_without_nulls(part) for part in value]
    return value
