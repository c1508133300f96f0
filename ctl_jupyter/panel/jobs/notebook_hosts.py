"""Hosts in the notebook's Python variables: which variables may hold some, and what one holds."""

import sys
from collections.abc import Mapping
from typing import Any

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.inputs.python_values import hosts_of

__all__ = ["hosts_in", "namespace_of_notebook", "variables_with_hosts"]

MOST_SUGGESTED = 50


def namespace_of_notebook() -> Mapping[str, Any]:
    """Return the notebook's variables; none outside of one."""
    from IPython import get_ipython

    shell = get_ipython()
    return {} if shell is None else shell.user_ns


def hosts_in(namespace: Mapping[str, Any], path: str) -> list[str | dict[str, Any]]:
    """Return the hosts that a variable, or a DataFrame's column, holds.

    Raises
    ------
    DocumentError
        When it holds none, or is not there.
    """
    name, dot, column = path.partition(".")
    if not name.isidentifier() or (dot and not column):
        raise DocumentError("Write the name of a Python variable, or DATAFRAME.COLUMN.")
    return hosts_of(namespace, path, "The variable")


def variables_with_hosts(namespace: Mapping[str, Any]) -> list[str]:
    """Return the names of variables that may hold hosts: lists of texts or dicts, and text columns of DataFrames."""
    pandas = sys.modules.get("pandas")
    found: list[str] = []
    for name, value in list(namespace.items()):
        if name.startswith("_") or name in ("In", "Out"):
            continue
        if isinstance(value, (list, tuple)) and value and all(isinstance(part, (str, dict)) for part in value[:20]):
            found.append(name)
        elif pandas is not None and isinstance(value, pandas.DataFrame):
            texts = [str(label) for label, kind in value.dtypes.items() if pandas.api.types.is_string_dtype(kind)]
            found += [f"{name}.{label}" for label in texts]
    return found[:MOST_SUGGESTED]
