"""What `%ctl_why` shows: the reasons as text, as HTML and as a DataFrame."""

from typing import TYPE_CHECKING, Self

from ctl_jupyter.client import ExecutionHandle, Why

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WhyReport", "why"]


class WhyReport(Why):
    """Why an execution ended as it did; everything of `Why`, and its HTML form and its DataFrame."""

    @classmethod
    def of(cls, found: Why) -> Self:
        """Return a report of what was found."""
        return cls(**vars(found))

    @property
    def frame(self) -> "pd.DataFrame":
        """One row per failed host; `ctl_jupyter.history.causes` describes the columns."""
        from ctl_jupyter.history import causes_frame

        return causes_frame(self)

    def _repr_html_(self) -> str:
        from ctl_jupyter.live.why_html import why_html

        return why_html(self)


def why(handle: ExecutionHandle) -> WhyReport:
    """Return why an execution ended as it did, ready to be shown: `ExecutionHandle.why` says what is asked for."""
    return WhyReport.of(handle.why())
