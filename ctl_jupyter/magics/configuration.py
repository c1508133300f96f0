"""``%config Ctl``: what magics do when their line does not say, with environment and config file beneath."""

from typing import Any

from traitlets import Bool, Enum, Float, Int, Unicode, default
from traitlets.config import Configurable

from ctl_jupyter.settings import SETTINGS, setting

__all__ = ["Ctl"]


class Ctl(Configurable):
    """Settings of ctl-jupyter's magics.

    Each comes from ``%config Ctl.NAME = …`` (or ``c.Ctl.NAME`` in IPython's configuration), else from the environment
    variable ``CTL_NAME``, else from ``[settings]`` in config.toml, else from the default that is shown here. What
    lies beneath ``%config`` is read when the setting is first used.
    """

    profile = Unicode(help="Where %ctl_login logs in to when its line does not say. Default: local").tag(config=True)
    wait = Bool(
        help="Whether cells wait for the end of what they start; --no-wait is for one that does not. Default: False"
    ).tag(config=True)
    timeout = Float(
        None, allow_none=True, min=0.001, help="Seconds that a waiting cell waits at most. Default: None, for ever"
    ).tag(config=True)
    on_interrupt = Enum(
        SETTINGS["on_interrupt"].choices,
        help="What interrupting a waiting cell does to the execution. Default: detach",
    ).tag(config=True)
    quiet = Bool(help="Whether no cards are shown; --no-quiet is for one that is. Default: False").tag(config=True)
    rows = Int(min=1, help="How many rows lists show at most. Default: 100").tag(config=True)
    completion = Bool(
        help="Whether names of jobs, executions and hosts are completed, from a cache that is filled in the "
        "background. Default: True"
    ).tag(config=True)
    keyring = Bool(help="Whether tokens and saved passwords are kept in this machine's keyring. Default: True").tag(
        config=True
    )

    @default("profile")
    def _profile(self) -> Any:
        return setting("profile")

    @default("wait")
    def _wait(self) -> Any:
        return setting("wait")

    @default("timeout")
    def _timeout(self) -> Any:
        return setting("timeout")

    @default("on_interrupt")
    def _on_interrupt(self) -> Any:
        return setting("on_interrupt")

    @default("quiet")
    def _quiet(self) -> Any:
        return setting("quiet")

    @default("rows")
    def _rows(self) -> Any:
        return setting("rows")

    @default("completion")
    def _completion(self) -> Any:
        return setting("completion")

    @default("keyring")
    def _keyring(self) -> Any:
        return setting("keyring")
