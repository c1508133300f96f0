"""What the service is told before it starts: ``config.toml`` in its directory, and options that win over it."""

import difflib
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ctl_jupyter.service.engine.inventory import InventoryUnreadable, check_is_there

__all__ = ["OWN_ACCOUNT", "Configuration", "ConfigurationError", "check_configuration", "read_configuration"]

#: The account of the user whom the service belongs to.
OWN_ACCOUNT = "LOCAL"
ENGINES = ("auto", "warm", "cold")


class ConfigurationError(ValueError):
    """Why a configuration cannot be used, in one sentence."""


@dataclass(frozen=True)
class Configuration:
    """What the service is told.

    Parameters
    ----------
    inventory
        The Ansible inventory with all hosts of the user's own account: a file, a directory, a script or the YAML of
        an inventory plugin. Jobs with ``useDynamicInventory`` run on it, and the calls that product forms make are
        answered from it.
    inventories
        Alias → inventory, of other accounts.
    public
        Whether others than the user of this machine give it jobs. Callbacks to loopback, private and link-local
        addresses are refused then.
    engine
        How runs start: ``auto``, ``warm`` or ``cold``; see `ctl_jupyter.service.engine.starter`.
    """

    inventory: Path | None = None
    inventories: dict[str, Path] = field(default_factory=dict)
    public: bool = False
    engine: str = "auto"

    def inventory_of(self, alias: str) -> Path | None:
        """Return the inventory of an account, ``None`` when it has none."""
        own = self.inventory if alias == OWN_ACCOUNT else None
        return own or self.inventories.get(alias)


def read_configuration(directory: Path, **options: Any) -> Configuration:
    """Read ``config.toml``, which need not be there.

    Parameters
    ----------
    directory
        Where it is; relative paths in it begin there, and ``~`` is the home directory.
    options
        Members that were given otherwise and win; ``None`` for those that were not.

    Raises
    ------
    ConfigurationError
        Naming the first member that is unknown or of a wrong type, or saying why the file cannot be read.
    """
    path = directory / "config.toml"
    members = {name: _reader_of(name, path)(value, name, path) for name, value in _document(path).items()}
    return Configuration(**{**members, **{name: value for name, value in options.items() if value is not None}})


def check_configuration(configuration: Configuration) -> None:
    """Check that what is configured is there.

    Raises
    ------
    ConfigurationError
        When there is no such inventory, or it may not be read.
    """
    for path in [configuration.inventory, *configuration.inventories.values()]:
        try:
            if path is not None:
                check_is_there(str(path))
        except InventoryUnreadable as error:
            raise ConfigurationError(str(error)) from None


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not TOML: {error}.") from None


def _reader_of(name: str, path: Path) -> Callable[[Any, str, Path], Any]:
    if name in _READERS:
        return _READERS[name]
    close = difflib.get_close_matches(name, _READERS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are: {', '.join(sorted(_READERS))}."
    raise ConfigurationError(f"{path} has an unknown member {name!r}; {hint}")


def _path(value: Any, name: str, path: Path) -> Path:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f'{path}: {name!r} must be a path, as in {name} = "/etc/ansible/hosts".')
    try:
        return path.parent / Path(value).expanduser()
    except RuntimeError as error:
        raise ConfigurationError(f"{path}: {name!r} cannot be used: {error}") from None


def _paths(value: Any, name: str, path: Path) -> dict[str, Path]:
    if not isinstance(value, dict):
        raise ConfigurationError(f'{path}: {name!r} must be a table, as in {name} = {{OPS = "/etc/ansible/hosts"}}.')
    for alias in value:
        if re.fullmatch(r"[A-Z0-9]{1,20}", alias) is None:
            raise ConfigurationError(f"{path}: {name!r} names accounts by alias, capitals and digits, not {alias!r}.")
    return {alias: _path(given, f"{name}.{alias}", path) for alias, given in value.items()}


def _truth(value: Any, name: str, path: Path) -> bool:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{path}: {name!r} must be true or false.")
    return value


def _engine(value: Any, name: str, path: Path) -> str:
    if value not in ENGINES:
        raise ConfigurationError(f"{path}: {name!r} must be one of {', '.join(ENGINES)}.")
    return str(value)


#: Member → what reads its value.
_READERS: dict[str, Callable[[Any, str, Path], Any]] = {
    "inventory": _path,
    "inventories": _paths,
    "public": _truth,
    "engine": _engine,
}
