"""The servers of an account as hosts of a start; asks the service and knows no widgets."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from ctl_jupyter.client import Session
from ctl_jupyter.client.errors import NotFound
from ctl_jupyter.cloud import Server
from ctl_jupyter.documents import Host

__all__ = ["MOST_ASKED", "account_hosts", "host_of"]

#: Servers whose addresses are asked for, one call each; of more, the names alone are used.
MOST_ASKED = 500
ASKING_AT_A_TIME = 8


def account_hosts(session: Session) -> list[Host]:
    """Return every server of the account, by name: of each data center's root group and the groups within it.

    ``GET /v2/datacenters/{alias}``, ``…/{dataCenter}?groupLinks=true``, ``GET /v2/groups/{alias}/{groupId}`` and, for
    `MOST_ASKED` servers at most, ``GET /v2/servers/{alias}/{serverId}``.
    """
    calls = session.calls
    ids: dict[str, None] = {}
    for center in calls.data_centers():
        root = calls.data_center(center.id).group_id
        if root is not None:
            for group in calls.group(root).walk():
                ids.update(dict.fromkeys(group.server_ids))
    if len(ids) > MOST_ASKED:
        return _in_order(Host(id=server_id) for server_id in ids)

    def ask(server_id: str) -> Server | None:
        try:
            return calls.server(server_id)
        except NotFound:
            return None  # gone since it was listed

    with ThreadPoolExecutor(ASKING_AT_A_TIME, thread_name_prefix="ctl-jupyter-servers") as workers:
        servers = [server for server in workers.map(ask, ids) if server is not None and not server.is_template]
    return _in_order({host.id: host for host in map(host_of, servers)}.values())


def host_of(server: Server) -> Host:
    """Return a server as a host; ``ansible_host`` says where it is reached, when that is not its name."""
    name = server.name or server.id
    address = next(iter(server.addresses), "") or str(server.details.get("hostName") or "")
    return Host(id=name, host_vars={"ansible_host": address} if address not in ("", name) else {})


def _in_order(hosts: Iterable[Host]) -> list[Host]:
    return sorted(hosts, key=lambda host: host.id)
