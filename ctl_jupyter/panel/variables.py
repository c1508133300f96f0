"""The panel's field of variables: YAML, or ``name=value`` on each line; pure."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from ctl_jupyter.documents import DocumentError, check_json, parse_yaml, secret_values
from ctl_jupyter.inputs.typed_secrets import secret_member
from ctl_jupyter.panel.hosts import without_secrets

__all__ = ["WAY", "read_variables", "variables_without_secrets", "write_variables"]

LINE = re.compile(r"\s*([A-Za-z_]\w*)=(.*)")
NAME = re.compile(r"[A-Za-z_]\w*")
#: Shorter values stand in many a text by chance.
SHORTEST = 4
#: How a secret is given.
WAY = "give it as a secret variable, which is not kept"


def read_variables(text: str) -> dict[str, Any]:
    """Read the field.

    Parameters
    ----------
    text
        A YAML mapping, or ``name=value`` on each line; then values are texts, as those of ``--var`` are.

    Raises
    ------
    DocumentError
        When it is neither, or holds a secret.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    pairs = [LINE.fullmatch(line) for line in lines]
    if not lines:
        return {}
    if all(pairs):
        variables: Any = {found[1]: _unquoted(found[2].strip()) for found in pairs if found}
    else:
        variables = parse_yaml(text, "The text")
    if not isinstance(variables, Mapping):
        raise DocumentError("Variables are written 'name: value' (YAML) or 'name=value', each on a line of its own.")
    for name in variables:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise DocumentError(f"{str(name)[:50]!r} is no name of a variable: letters, digits and underscores.")
    member = secret_member(variables)
    if member is not None:
        raise DocumentError(f"{member} is a secret: {WAY}.")
    check_json(variables, "The variables")
    return dict(variables)


def write_variables(variables: Mapping[str, Any]) -> str:
    """Return variables as YAML, which `read_variables` reads back as they are."""
    if not variables:
        return ""
    written: str = yaml.safe_dump(dict(variables), sort_keys=False, allow_unicode=True, default_flow_style=False)
    return written.rstrip("\n")


def variables_without_secrets(text: str) -> tuple[str, list[str]]:
    """Return the field's text without its secrets, and the names of the variables that they were.

    What stands in a widget can end in the saved notebook.
    """
    clean, removed = without_secrets(text)
    try:
        document = parse_yaml(text, "The variables")
    except DocumentError:
        return clean, removed
    # A secret of several lines, or within a list.
    for secret in secret_values(document):
        for line in filter(None, (line.strip() for line in secret.splitlines())):
            if len(line) >= SHORTEST and line.strip("*") and line in clean:
                clean = clean.replace(line, "")
                removed = removed or [secret_member(document) or "a value"]
    return clean, removed


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
