"""What the service was told when it was started."""

from dataclasses import dataclass

__all__ = ["Configuration"]


@dataclass(frozen=True)
class Configuration:
    """The options of ``ctl-runner serve`` that change what the service does.

    Parameters
    ----------
    public
        Whether others than the user of this machine give it jobs. Callbacks to loopback, private and link-local
        addresses are refused then.
    """

    public: bool = False
