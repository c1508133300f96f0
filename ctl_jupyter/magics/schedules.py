"""Magics of schedules and the service accounts they log in with."""

from IPython.core.magic import magics_class

from ctl_jupyter.magics.running import RunnerMagics

__all__ = ["ScheduleMagics"]


@magics_class
class ScheduleMagics(RunnerMagics):
    """Schedules and service accounts."""
