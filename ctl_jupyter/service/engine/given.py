"""What a run was given, by names alone: its tags, its variables, its hosts and their variables; never a value.

The first event of a run tells it, so that a later look can say what differs from another run.
"""

from typing import Any

__all__ = ["given_to"]

#: Characters that the names of hosts and of their variables may take of an event (64 KiB); more are left out.
MOST_OF_HOSTS = 40_000


def given_to(order: dict[str, Any]) -> dict[str, Any]:
    """Return the names in an order.

    Parameters
    ----------
    order
        See `ctl_jupyter.service.engine.launch.order_for`.

    Returns
    -------
    dict
        ``tags`` and ``variables`` (of the job's ``properties``), and ``hosts``: groups of those that the run is for,
        each with their ``names`` and the names of their ``variables``; without ``hosts`` where these are too many.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for host in order["hosts"]:
        if not order["limit"] or host["id"] in order["limit"]:
            groups.setdefault(tuple(sorted(host["vars"] or ())), []).append(host["id"])
    given = {"tags": list(order["tags"] or ()), "variables": sorted(order["properties"] or ())}
    if sum(len(word) + 3 for names in groups.items() for words in names for word in words) > MOST_OF_HOSTS:
        return given
    return {**given, "hosts": [{"names": hosts, "variables": list(names)} for names, hosts in groups.items()]}
