"""A progress bar that shows itself after a second, in a notebook as in a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["progress_bar"]

#: Seconds: what is quicker shows no bar.
DELAY = 1.0


@contextmanager
def progress_bar(what: str, unit: str, is_shown: bool = True) -> Iterator["tqdm[NoReturn]"]:
    """Show how far something is, as a line that is gone at the end; text, so that no saved notebook keeps a widget.

    Parameters
    ----------
    what, unit
        What is done, and what is counted.
    is_shown
        Whether to show anything at all.
    """
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]
        # No thread of its own that looks after bars: these are told of all that comes.
        monitor_interval = 0

    with Bar(
        desc=what, unit=f" {unit}", delay=DELAY, leave=False, disable=not is_shown, file=sys.stderr, dynamic_ncols=True
    ) as bar:
        yield bar
