"""Hosts and variables that a line takes from the notebook's Python variables, by name; their values are never shown."""

import math
import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.inputs.names import did_you_mean, listed

if TYPE_CHECKING:
    from ctl_jupyter.documents import Host

__all__ = ["hosts_of", "look_up", "variables_of"]

HOSTS_ARE = "hosts are a list of names or of host entities, or DATAFRAME.COLUMN"


def look_up(namespace: Mapping[str, Any], name: str) -> Any:
    """Return the value of a variable of the notebook.

    Raises
    ------
    DocumentError
        When there is no such variable.
    """
    if name not in namespace:
        own = [known for known in namespace if not known.startswith("_")]
        raise DocumentError(f"There is no Python variable {name!r}{did_you_mean(name, own) or '.'}")
    return namespace[name]


def variables_of(namespace: Mapping[str, Any], name: str, option: str = "--vars") -> dict[str, Any]:
    """Return the variables of a playbook that a dict holds.

    Raises
    ------
    DocumentError
        When it is no dict, or holds what JSON has no form for.
    """
    value = look_up(namespace, name)
    if not isinstance(value, Mapping):
        raise DocumentError(f"{option} {name}: variables are a dict, and this is {_kind(value)}.")
    plain: dict[str, Any] = _plain(value, f"{option} {name}")
    return plain


def hosts_of(namespace: Mapping[str, Any], path: str, option: str = "--hosts") -> list[str | dict[str, Any]]:
    """Return the hosts that a variable, or a DataFrame's column (``df.host``), holds: names and host entities.

    A name that comes again, as it does in a DataFrame of results, is taken once.

    Raises
    ------
    DocumentError
        When it holds anything else, or nothing.
    """
    name, _, column = path.partition(".")
    value = look_up(namespace, name)
    where = f"{option} {path}"
    if _is_frame(value):
        value = _column(value, name, column, where)
    elif column:
        raise DocumentError(f"{where}: {name!r} is {_kind(value)}, and only a DataFrame has columns.")
    if callable(getattr(value, "tolist", None)):
        value = value.tolist()
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Collection):
        raise DocumentError(f"{where}: {HOSTS_ARE}, and this is {_kind(value)}.")
    hosts = [_host(part, f"{where}: item {place}") for place, part in enumerate(value)]
    if not hosts:
        # Without hosts a start would run on all of the job's.
        raise DocumentError(f"{where} holds no hosts.")
    names = dict.fromkeys(host for host in hosts if isinstance(host, str))
    return [*names, *(host for host in hosts if not isinstance(host, str))]


def _is_frame(value: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _column(frame: Any, name: str, column: str, where: str) -> Any:
    columns = {str(label): label for label in frame.columns}
    if column in columns:
        return frame[columns[column]]
    if column:
        close = did_you_mean(column, columns)
        raise DocumentError(f"{where}: {name!r} has no column {column!r}{close or f'; it has {listed(columns)}.'}")
    example = next(iter(columns), "host")
    raise DocumentError(
        f"{where}: {name!r} is a DataFrame; name a column, as in {name}.{example} (of {listed(columns)})."
    )


def _host(part: Any, where: str) -> str | dict[str, Any]:
    from ctl_jupyter.documents import Host

    if isinstance(part, str):
        return str.__str__(part)
    if isinstance(part, Host):
        return _entity(part)
    if isinstance(part, Mapping):
        entity: dict[str, Any] = _plain(part, where)
        return entity
    raise DocumentError(f"{where} is {_kind(part)}; a host is a name or an entity such as {{'id': 'web1'}}.")


def _entity(host: "Host") -> dict[str, Any]:
    from ctl_jupyter.documents import StartRequest

    entity: dict[str, Any] = StartRequest(hosts=[host]).to_wire()["hosts"][0]
    return entity


def _plain(value: Any, where: str) -> Any:
    """Return a value as JSON has it, with numpy's and pandas' numbers and texts as plain ones.

    Raises
    ------
    DocumentError
        Naming the place of the first value that JSON has no form for, never the value.
    """
    if hasattr(value, "dtype") and callable(getattr(value, "item", None)) and not getattr(value, "shape", ()):
        value = value.item()
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise DocumentError(f"{where}: a name in it is {_kind(name)}, and names are texts.")
        return {str.__str__(name): _plain(part, f"{where}[{name!r}]") for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, f"{where}[{place}]") for place, part in enumerate(value)]
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise DocumentError(f"{where} is {_kind(value)}, which JSON has no form for: make it a text or a number.")


def _kind(value: Any) -> str:
    """Return what a value is, in words."""
    if value is None:
        return "None"
    if isinstance(value, float) and not math.isfinite(value):
        return "missing (nan)" if math.isnan(value) else "infinite"
    kinds: dict[type, str] = {str: "a text", int: "a number", float: "a number", dict: "a dict", list: "a list"}
    return kinds.get(type(value)) or f"of type {type(value).__name__}"
