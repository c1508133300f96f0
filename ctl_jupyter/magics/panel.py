"""``%ctl_panel``."""

from typing import Any

from IPython.core.magic import magics_class

from ctl_jupyter.magics.errors import MagicError
from ctl_jupyter.magics.running import Options, RunnerMagics, magic

__all__ = ["PanelMagics"]


@magics_class
class PanelMagics(RunnerMagics):
    """The panel."""

    @magic
    def ctl_panel(self, _options: Options, _cell: str | None) -> Any:
        from importlib.util import find_spec

        from ctl_jupyter.panel import panel

        if find_spec("ipywidgets") is None:
            raise MagicError("The panel needs ipywidgets, which is not installed here: pip install ipywidgets.")
        return panel()
