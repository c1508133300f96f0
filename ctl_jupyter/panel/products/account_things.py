"""What an account has to choose from: data centers, groups, servers and networks; asks the cloud, knows no widget."""

from collections.abc import Iterator, Sequence

from ctl_jupyter.client import RunnerCalls

__all__ = ["Choices", "things_of"]

#: Pairs of what is shown and what is passed.
Choices = list[tuple[str, str]]


def things_of(calls: RunnerCalls, kind: str, parents: Sequence[str], parent_kind: str) -> Choices:
    """Return what can be chosen of a kind, in the order of what is shown.

    ``GET /v2/datacenters/{alias}``, ``…/{dataCenter}?groupLinks=true``, ``GET /v2/groups/{alias}/{groupId}``,
    ``GET /v2-experimental/networks/{alias}/{dataCenter}``.

    Parameters
    ----------
    kind
        ``datacenters``, ``groups``, ``servers`` or ``networks``.
    parents
        The ids of what narrows it; none where all there is can be chosen.
    parent_kind
        What the parents are: ``datacenters`` or ``groups``.

    Raises
    ------
    RunnerError
        When the cloud does not answer.
    """
    if kind == "datacenters":
        return sorted((_shown(center.name, center.id), center.id) for center in calls.data_centers())
    if kind == "servers" and parents and parent_kind == "groups":
        return _servers(calls, parents)
    centers = list(parents) or [center.id for center in calls.data_centers()]
    if kind == "networks":
        found = [network for center in centers for network in calls.networks(center)]
        return sorted((_shown(network.name, network.id), network.id) for network in found)
    roots = [root for center in centers if (root := calls.data_center(center).group_id)]
    if kind == "servers":
        return _servers(calls, roots)
    return [choice for root in roots for choice in _groups(calls, root)]


def _servers(calls: RunnerCalls, groups: Sequence[str]) -> Choices:
    ids = {server for group in groups for each in calls.group(group).walk() for server in each.server_ids}
    return [(server, server) for server in sorted(ids)]


def _groups(calls: RunnerCalls, root: str) -> Iterator[tuple[str, str]]:
    """Yield the groups below a data center's root group, which is none that anything is put into."""
    for group in calls.group(root).walk():
        if group.id != root:
            yield _shown(group.name, group.id), group.id


def _shown(name: str, identity: str) -> str:
    return f"{name} ({identity})" if name and name != identity else identity
