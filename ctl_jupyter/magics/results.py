"""Magics that show what came of executions."""

from typing import Any

from IPython.core.magic import magics_class

from ctl_jupyter.magics.running import Options, RunnerMagics, magic

__all__ = ["ResultMagics"]


@magics_class
class ResultMagics(RunnerMagics):
    """Executions, their events, and why they ended as they did."""

    @magic
    def ctl_executions(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.history import history

        frame = history(options.job).executions
        if options.out:
            self.bind(options.out, frame)
            return None
        return frame
