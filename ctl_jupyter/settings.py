"""The user's own settings: environment variables, and ``config.toml`` in the user's configuration directory.

::

    [settings]
    profile = "prod"            # what %config Ctl shows, beneath it and the environment (CTL_PROFILE)

    [profiles.prod]             # what belongs to a log-in; never a secret
    username = "ada"

Magics and client both read it; nothing here is heavy.
"""

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["SETTINGS", "Setting", "SettingsError", "closest", "config_path", "did_you_mean", "read_config", "setting"]

TRUTHS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class SettingsError(ValueError):
    """A setting that cannot be used; says which and where, in one sentence that repeats no value."""

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to show in place of a traceback, also where it reads a setting itself (``%config Ctl``)."""
        return [str(self)]


@dataclass(frozen=True)
class Setting:
    """What a setting may be.

    Parameters
    ----------
    kind
        `str`, `bool`, `int` or `float`; numbers are positive.
    default
        Its value when nobody says otherwise.
    choices
        The only values it takes.
    """

    kind: type
    default: Any
    choices: tuple[str, ...] = ()

    @property
    def wanted(self) -> str:
        """What it must be, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        kinds = {bool: "true or false", int: "a whole number, 1 or more", float: "a number greater than 0"}
        return kinds.get(self.kind, "a text")

    def read(self, value: Any) -> Any:
        """Return what a text of the environment, or a value of the config file, says.

        Raises
        ------
        ValueError
            When it is something else.
        """
        if self.kind is bool:
            found: Any = TRUTHS.get(str(value).lower())
        elif self.kind is str:
            found = value if isinstance(value, str) and value in (self.choices or (value,)) else None
        else:
            found = self._number(value)
        if found is None:
            raise ValueError(f"must be {self.wanted}")
        return found

    def _number(self, value: Any) -> Any:
        if isinstance(value, bool):
            return None
        try:
            number = self.kind(value if self.kind is float else str(value))
        except (TypeError, ValueError):
            return None
        return number if 0 < number < math.inf else None


#: Every setting: the traits of ``%config Ctl``.
SETTINGS = {
    "profile": Setting(str, "local"),
    "wait": Setting(bool, default=False),
    "timeout": Setting(float, None),
    "on_interrupt": Setting(str, "detach", ("detach", "stop", "kill")),
    "quiet": Setting(bool, default=False),
    "rows": Setting(int, 100),
    "completion": Setting(bool, default=True),
    "keyring": Setting(bool, default=True),
}
SECTIONS = ("settings", "profiles")


def config_path() -> Path:
    """Return the path of the config file, which need not be there; ``CTL_CONFIG`` names another one."""
    named = os.environ.get("CTL_CONFIG")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("ctl-jupyter")) / "config.toml"


def read_config() -> Mapping[str, Mapping[str, Any]]:
    """Return the sections of the config file, empty ones when there is no file.

    Raises
    ------
    SettingsError
        When it is not TOML, or holds something else than the sections that there are.
    """
    import tomllib

    path = config_path()
    document: dict[str, Any] = {}
    problem = ""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        pass
    except OSError as error:
        problem = (error.strerror or "it cannot be opened").lower()
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is not UTF-8"
    if problem:
        # Raised here, since the error that was caught may hold the whole file.
        raise SettingsError(f"{path} cannot be read: {problem.rstrip('.')}.")
    for name, section in document.items():
        if name not in SECTIONS:
            raise SettingsError(f"{path} holds {name!r}, which means nothing here{did_you_mean(name, SECTIONS)}")
        if not isinstance(section, dict):
            raise SettingsError(f"{name} in {path} must be a table: [{name}].")
    return {name: document.get(name, {}) for name in SECTIONS}


def setting(name: str) -> Any:
    """Return a setting: the variable ``CTL_NAME``, else ``[settings]`` of the config file, else its default.

    Parameters
    ----------
    name
        One of `SETTINGS`.

    Raises
    ------
    SettingsError
        When it is set to what it cannot be, or when the file holds a setting that does not exist.
    """
    known = SETTINGS[name]
    variable = f"CTL_{name.upper()}"
    if os.environ.get(variable):
        return _read(known, os.environ[variable], variable)
    section = read_config()["settings"]
    for other in section:
        if other not in SETTINGS:
            raise SettingsError(f"settings.{other} in {config_path()} is not a setting{did_you_mean(other, SETTINGS)}")
    if name in section:
        return _read(known, section[name], f"settings.{name} in {config_path()}")
    return known.default


def closest(name: str, names: Iterable[str]) -> str | None:
    """Return which of those that there are a misspelt name may mean, ``None`` when it is like none of them."""
    import difflib

    return next(iter(difflib.get_close_matches(name, list(names), n=1)), None)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return the end of a sentence about a name that is not among those that there are."""
    close = closest(name, names)
    return f"; did you mean {close!r}?" if close else f": there are {', '.join(names)}."


def _read(known: Setting, value: Any, where: str) -> Any:
    try:
        return known.read(value)
    except ValueError as error:
        raise SettingsError(f"{where} {error}.") from None
