"""An Ansible inventory as data centers, groups, servers and networks of the cloud.

* A **data center** is a value of the host variable ``datacenter``, or else ``location``; hosts with neither are in
  ``LOCAL``. Without any host there is ``LOCAL`` alone.
* A **group** is a group of the inventory, within its parents; one with several parents is within each, one without
  hosts is nowhere. As in the cloud each data center has one root group, ``all``, with the groups that have no parent
  and the servers that are in no group. A group lies in one data center: where the inventory's has hosts in several, it
  is one group in each, with ``@`` and the data center behind its id (``web@WA1``, which a group of one takes, too).
* A **server** is a host; its group is the first, by name, that holds it itself.
* A **network** is a value of the host variable ``network``: a name, or addresses as in ``10.0.0.0/24``.

A variable counts as absent when it is no text or number, or a template: nothing is templated here. No other variable
of a host is kept or answered, so none that is secret.
"""

import ipaddress
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ctl_jupyter.cloud import DataCenter, Group, Link, Network, Server
from ctl_jupyter.service.engine.inventory import Listing

__all__ = ["Cloud"]

LOCAL = "LOCAL"
ROOT = "all"


@dataclass(frozen=True)
class _Host:
    """What is kept of a host."""

    name: str
    location: str
    network: str | None
    address: str


class Cloud:
    """What one account has.

    Parameters
    ----------
    listing
        The account's inventory; ``None`` when there is none.
    """

    def __init__(self, listing: Listing | None = None) -> None:
        listing = listing or Listing({}, {}, {})
        self._hosts = {name: _host(name, variables) for name, variables in listing.hosts.items()}
        self._members = {group: set(hosts) for group, hosts in listing.members.items()}
        self._children = dict(listing.children)
        # The root: groups without a parent and hosts without a group.
        within = {child for children in self._children.values() for child in children}
        grouped = {host for hosts in self._members.values() for host in hosts}
        self._children[ROOT] = [group for group in listing.members if group not in within]
        self._members[ROOT] = self._hosts.keys() - grouped
        self._all: dict[str, frozenset[str]] = {}
        for group in list(self._members):
            self._collect(group)

    def _collect(self, group: str) -> frozenset[str]:
        """Return the hosts of a group and of those within it."""
        if group not in self._all:
            inner = (self._collect(child) for child in self._children.get(group, ()))
            self._all[group] = frozenset(self._members.get(group, set())).union(*inner)
        return self._all[group]

    # --- answers ---------------------------------------------------------------------------------------------

    def data_centers(self, alias: str) -> list[DataCenter]:
        """Return every data center, without its root group."""
        return [self._data_center(alias, location, with_group=False) for location in self._locations(ROOT) or [LOCAL]]

    def data_center(self, alias: str, location: str, *, with_group: bool) -> DataCenter | None:
        """Return a data center, with a link to its root group when asked for; ``None`` when there is none."""
        known = location in (self._locations(ROOT) or [LOCAL])
        return self._data_center(alias, location, with_group=with_group) if known else None

    def group(self, alias: str, group_id: str) -> Group | None:
        """Return a group with all within it, ``None`` when there is none of that id."""
        found = self._find(group_id)
        return self._group(alias, *found) if found else None

    def server(self, alias: str, server_id: str) -> Server | None:
        """Return a server, ``None`` when there is none of that id."""
        host = self._hosts.get(server_id)
        if host is None:
            return None
        group = next((group for group in sorted(self._members) if host.name in self._members[group]), ROOT)
        group_id = self._id(group, host.location)
        is_address = _address_of(host.address) is not None
        return Server(
            id=host.name,
            name=host.name,
            group_id=group_id,
            location_id=host.location,
            status="active",
            details={
                "ipAddresses": [{"internal": host.address}] if is_address else [],
                "hostName": host.name if is_address else host.address,
            },
            type="standard",
            storage_type="standard",
            links=[
                Link(rel="self", href=_path("servers", alias, host.name), id=host.name, verbs=["GET"]),
                Link(rel="group", href=_path("groups", alias, group_id), id=group_id),
            ],
        )

    def networks(self, alias: str, location: str) -> list[Network] | None:
        """Return the networks of a data center, ``None`` when there is no such data center."""
        if self.data_center(alias, location, with_group=False) is None:
            return None
        names = {host.network for host in self._hosts.values() if host.location == location and host.network}
        return [_network(name) for name in sorted(names)]

    # --- parts of answers ------------------------------------------------------------------------------------

    def _data_center(self, alias: str, location: str, *, with_group: bool) -> DataCenter:
        links = [Link(rel="self", href=_path("datacenters", alias, location))]
        if with_group and self._hosts:
            root = self._id(ROOT, location)
            links.append(Link(rel="group", href=_path("groups", alias, root), id=root, name=f"{location} Hardware"))
        return DataCenter(id=location, name=location, links=links)

    def _group(self, alias: str, group: str, location: str, parent: str | None = None) -> Group:
        parent = parent or self._parent(group)
        group_id = self._id(group, location)
        links = [Link(rel="self", href=_path("groups", alias, group_id), id=group_id, verbs=["GET"])]
        if parent is not None:
            parent_id = self._id(parent, location)
            links.append(Link(rel="parentGroup", href=_path("groups", alias, parent_id), id=parent_id))
        links += [
            Link(rel="server", href=_path("servers", alias, host), id=host)
            for host in self._at(self._members[group], location)
        ]
        return Group(
            id=group_id,
            name=f"{location} Hardware" if group == ROOT else group,
            location_id=location,
            servers_count=len(self._at(self._all[group], location)),
            groups=[
                self._group(alias, child, location, group)
                for child in self._children.get(group, ())
                if location in self._locations(child)
            ],
            links=links,
        )

    def _parent(self, group: str) -> str | None:
        if group == ROOT:
            return None
        return next((parent for parent, children in self._children.items() if group in children), ROOT)

    def _at(self, hosts: Iterable[str], location: str) -> list[str]:
        return sorted(host for host in hosts if self._hosts[host].location == location)

    def _locations(self, group: str) -> list[str]:
        return sorted({self._hosts[host].location for host in self._all.get(group, ())})

    def _id(self, group: str, location: str) -> str:
        return group if len(self._locations(group)) == 1 else f"{group}@{location}"

    def _find(self, group_id: str) -> tuple[str, str] | None:
        """Return group and data center that an id stands for."""
        locations = self._locations(group_id)
        if len(locations) == 1:
            return group_id, locations[0]
        group, _, location = group_id.rpartition("@")
        return (group, location) if location in self._locations(group) else None


def _host(name: str, variables: dict[str, Any]) -> _Host:
    said = {variable: _text(value) for variable, value in variables.items()}
    return _Host(
        name,
        said.get("datacenter") or said.get("location") or LOCAL,
        said.get("network"),
        said.get("ansible_host") or said.get("ansible_ssh_host") or name,
    )


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or "{{" in str(value):
        return None
    return str(value).strip() or None


def _address_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    with suppress(ValueError):
        return ipaddress.ip_address(text)
    return None


def _network(name: str) -> Network:
    if "/" in name:
        with suppress(ValueError):
            addresses = ipaddress.ip_network(name, strict=False)
            return Network(id=name, name=name, cidr=str(addresses), netmask=str(addresses.netmask))
    return Network(id=name, name=name)


def _path(kind: str, alias: str, name: str) -> str:
    return f"/v2/{kind}/{quote(alias, safe='')}/{quote(name, safe='')}"
