"""The live card of an execution, shared by magics and panel."""

from ctl_jupyter.live.blocking import Detached, show_executions
from ctl_jupyter.live.card import show
from ctl_jupyter.live.html import card_html
from ctl_jupyter.live.interrupts import Interrupted, Interrupts
from ctl_jupyter.live.text import progress_line, summary_text
from ctl_jupyter.live.why_report import WhyReport, why

__all__ = [
    "Detached",
    "Interrupted",
    "Interrupts",
    "WhyReport",
    "card_html",
    "progress_line",
    "show",
    "show_executions",
    "summary_text",
    "why",
]
