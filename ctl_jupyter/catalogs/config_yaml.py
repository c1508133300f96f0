"""``config.yml`` read as YAML, each value with the text it was written as.

``version: 1.10`` is a number to YAML, and its last digit would be lost; ``name: on`` would become a truth. So a
number or a truth is kept together with its text, and what a member means is judged where it is used.
"""

from dataclasses import dataclass
from typing import Any, cast

import yaml

__all__ = ["ConfigUnreadable", "Plain", "read_yaml"]


class ConfigUnreadable(Exception):
    """Why a text is no YAML, without a full stop: ``line 3, column 7: mapping values are not allowed here``."""


@dataclass(frozen=True)
class Plain:
    """A value that was written without quotes and that YAML takes for a number or a truth."""

    text: str
    value: bool | float


def read_yaml(text: str) -> Any:
    """Read YAML whose numbers and truths are `Plain`; dates stay texts, and tags are ignored.

    Raises
    ------
    ConfigUnreadable
        When it is not YAML.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 -- derived from the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ConfigUnreadable(f"{where}{error.problem or error.context}") from None
    except RecursionError:
        raise ConfigUnreadable("it is nested too deep") from None
    except (yaml.YAMLError, ValueError, AttributeError, LookupError, TypeError) as error:
        # PyYAML lets what does not fit its tag escape as any of these.
        raise ConfigUnreadable((str(error).splitlines() or ["a value does not fit its tag"])[0]) from None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, with what `Plain` says of numbers and truths."""


def _text(loader: yaml.Loader, node: yaml.Node) -> str:
    return loader.construct_scalar(cast("yaml.ScalarNode", node))


def _whole(loader: Any, node: yaml.Node) -> Any:
    return _plain(loader, node, loader.construct_yaml_int)


def _fraction(loader: Any, node: yaml.Node) -> Any:
    return _plain(loader, node, loader.construct_yaml_float)


def _truth(loader: Any, node: yaml.Node) -> Any:
    return _plain(loader, node, loader.construct_yaml_bool)


def _plain(loader: yaml.Loader, node: yaml.Node, construct: Any) -> Any:
    text = _text(loader, node)
    try:
        return Plain(text, construct(node))
    except (ValueError, LookupError, OverflowError):
        return text  # a number of thousands of digits, or a tag that the text does not fit


def _untagged(loader: yaml.Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return _text(loader, node)


_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _fraction)
_Loader.add_constructor("tag:yaml.org,2002:bool", _truth)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _text)
_Loader.add_constructor(None, _untagged)
