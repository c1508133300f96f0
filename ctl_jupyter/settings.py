"""The user's own settings: environment variables, and ``config.toml`` in the user's configuration directory.

::

    [settings]
    profile = "prod"            # what %config Ctl shows, beneath it and the environment (CTL_PROFILE)

    [profiles.prod]             # what belongs to a log-in; never a secret
    username = "ada"

Magics and client both read it; nothing here is heavy.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["SettingsError", "config_path", "read_config", "setting"]

T = TypeVar("T")

TRUTHS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class SettingsError(ValueError):
    """A setting that cannot be used; says which and where."""


def config_path() -> Path:
    """Return the path of the config file, which need not be there; ``CTL_CONFIG`` names another one."""
    named = os.environ.get("CTL_CONFIG")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("ctl-jupyter")) / "config.toml"


def read_config() -> Mapping[str, Any]:
    """Return the config file's content, empty when there is none.

    Raises
    ------
    SettingsError
        When it is not TOML.
    """
    import tomllib

    path = config_path()
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.") from None


def setting(name: str, kind: Any, otherwise: Any) -> Any:
    """Return a setting: the variable ``CTL_NAME``, else ``[settings]`` of the config file, else `otherwise`.

    Parameters
    ----------
    kind
        `str`, `bool`, `int` or `float`.

    Raises
    ------
    SettingsError
        When it is set to something else.
    """
    variable = f"CTL_{name.upper()}"
    if os.environ.get(variable):
        return _converted(os.environ[variable], kind, variable)
    section = read_config().get("settings", {})
    if isinstance(section, Mapping) and name in section:
        return _converted(section[name], kind, f"settings.{name} in {config_path()}")
    return otherwise


def _converted(value: Any, kind: Any, where: str) -> Any:
    if kind is bool and str(value).lower() in TRUTHS:
        return TRUTHS[str(value).lower()]
    if kind is not bool and not isinstance(value, bool):
        try:
            return kind(value)
        except (TypeError, ValueError):
            pass
    raise SettingsError(f"{where} must be {'true or false' if kind is bool else f'of type {kind.__name__}'}.")
