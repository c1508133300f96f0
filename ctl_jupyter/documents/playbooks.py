"""Playbooks and other texts in YAML."""

import base64
from typing import Any, cast

import yaml

from ctl_jupyter.documents.reading import DocumentError, decode_base64

__all__ = [
    "encode_playbook",
    "parse_playbook",
    "parse_yaml",
]


def parse_yaml(text: str, what: str) -> Any:
    """Read YAML or JSON text, ignoring tags such as Ansible's ``!vault``.

    Raises
    ------
    DocumentError
        Naming `what`, the line and the column where reading stopped.
    """
    try:
        return yaml.load(text, Loader=_TagBlindLoader)  # noqa: S506 -- derived from the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = error.problem or error.context
        raise DocumentError(f"{what} is neither YAML nor JSON{where}: {problem}.") from None
    except yaml.YAMLError as error:
        raise DocumentError(f"{what} is neither YAML nor JSON: {str(error).splitlines()[0]}.") from None
    except (ValueError, RecursionError) as error:
        # PyYAML lets a timestamp such as 2024-99-99, or nesting without end, escape as these.
        raise DocumentError(f"{what} cannot be read: {str(error).splitlines()[0]}.") from None
    except (AttributeError, LookupError, TypeError):
        # And these for a tag that its value does not fit, such as !!bool maybe.
        raise DocumentError(f"{what} cannot be read: a value does not fit its tag.") from None


class _TagBlindLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, reading a tagged value as if it had no tag: the tags are Ansible's to judge."""


def _untagged(loader: yaml.Loader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(cast("yaml.ScalarNode", node))


_TagBlindLoader.add_multi_constructor("!", _untagged)


def parse_playbook(text: str) -> list[Any]:
    """Check that a text is a playbook: YAML, and a list of plays.

    Raises
    ------
    DocumentError
        When it is not.
    """
    plays = parse_yaml(text, "The playbook")
    if not isinstance(plays, list) or not plays or not all(isinstance(play, dict) for play in plays):
        kind = {dict: "one mapping", type(None): "empty", str: "plain text"}.get(type(plays), "something else")
        raise DocumentError(
            f"A playbook is a list of plays, and this is {kind}: start each play with '- hosts: …'."
            if not isinstance(plays, list) or not plays
            else "A playbook is a list of plays, and one of these is not a mapping: start each with '- hosts: …'."
        )
    return plays


def encode_playbook(text: str) -> str:
    """Return a playbook as the API takes it: base64 as it is, plain YAML made base64.

    No text is both: a play begins with ``-`` or ``[``, and base64 has neither.

    Raises
    ------
    DocumentError
        When it is neither base64 nor YAML of a playbook.
    """
    try:
        decode_base64(text, "The playbook")
    except DocumentError:
        parse_playbook(text)
        return base64.b64encode(text.encode()).decode("ascii")
    return text
