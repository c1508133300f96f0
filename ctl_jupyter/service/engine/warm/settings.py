"""Ansible's settings: which of them its import captured, and how a forked process comes by its own.

Settings come from the environment, from the ``ansible.cfg`` of the directory, the user or the machine, and from
defaults. ``ansible.constants`` works all of them out when it is imported; modules read them then and later.
"""

import os
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ansible.constants

__all__ = ["Captured", "settle", "watch_import"]

#: Each run has its own, made when it is worked out.
LOCAL_TEMP = "DEFAULT_LOCAL_TMP"


@dataclass(frozen=True)
class Captured:
    """What the zygote's import of Ansible took in."""

    #: The settings that were read while Ansible was imported.
    settings: frozenset[str]
    environment: Mapping[str, str]
    config_file: str | None
    config: bytes


@contextmanager
def watch_import() -> Iterator[set[str]]:
    """Note every setting that is read meanwhile."""
    config, read = ansible.constants.config, set[str]()
    value_and_origin = config.get_config_value_and_origin

    class Watched(types.ModuleType):
        def __getattribute__(self, name: str) -> Any:
            read.add(name)
            return super().__getattribute__(name)

    def watched(name: str, *arguments: Any, **options: Any) -> Any:
        read.add(name)
        return value_and_origin(name, *arguments, **options)

    ansible.constants.__class__ = Watched
    config.get_config_value_and_origin = watched
    try:
        yield read
    finally:
        del config.get_config_value_and_origin
        ansible.constants.__class__ = types.ModuleType


def captured(read: set[str]) -> Captured:
    """Return what was captured, given every name that was read."""
    config = ansible.constants.config
    path = config.get_config_value("CONFIG_FILE")
    names = frozenset(read & config.get_configuration_definitions().keys()) - {LOCAL_TEMP, "CONFIG_FILE"}
    return Captured(names, dict(os.environ), path, _content(path))


def settle(known: Captured, ours: frozenset[str]) -> str | None:
    """Work out the settings of this process, by its environment and directory as they are now.

    Parameters
    ----------
    known
        What the zygote took in.
    ours
        Names of variables that are set by the supervisor alone, to values without relative paths.

    Returns
    -------
    str or None
        Why this process cannot run Ansible warm; ``None`` when its settings are right now.
    """
    from ansible.config.manager import ConfigManager, find_ini_config_file

    config = ansible.constants.config
    ConfigManager.DEPRECATED.clear()
    ConfigManager.WARNINGS.clear()
    path = find_ini_config_file(ConfigManager.WARNINGS)
    content = _content(path)
    changed = {
        name
        for name in os.environ.keys() | known.environment.keys()
        if os.environ.get(name) != known.environment.get(name)
    }
    config._errors.clear()
    if (path, content) != (known.config_file, known.config):
        config._parsers.clear()
        config._get_ini_config_value.cache_clear()
        config._config_file = path
        if path:
            config._parse_config_file()
    elif not _depends_on_directory(content, ours):
        names = [name for name, entry in _definitions() if changed & {env["name"] for env in entry.get("env", [])}]
        return _renew(names, known)
    return _renew([name for name, _ in _definitions()], known)


def _depends_on_directory(content: bytes, ours: frozenset[str]) -> bool:
    """Whether a setting may mean another thing in another directory, or has said something that must be said again."""
    return bool(content) or any(name.startswith("ANSIBLE_") and name not in ours for name in os.environ)


def _renew(names: list[str], known: Captured) -> str | None:
    constants = vars(ansible.constants)
    # As the import does: a default may refer to the settings before it, not to those after it.
    renewed = {name: value for name, value in constants.items() if name not in names}
    for name in names:
        if name == LOCAL_TEMP:
            continue
        renewed[name] = ansible.constants.config.get_config_value(name, variables=renewed)
        if name in known.settings and renewed[name] != constants[name]:
            return f"{name} differs"
    if LOCAL_TEMP in names:
        renewed[LOCAL_TEMP] = ansible.constants.config.get_config_value(LOCAL_TEMP, variables=renewed)
    for name in names:
        ansible.constants.set_constant(name, renewed[name])
    return None


def _definitions() -> list[tuple[str, dict[str, Any]]]:
    return list(ansible.constants.config.get_configuration_definitions().items())


def _content(path: str | None) -> bytes:
    return Path(path).read_bytes() if path else b""
