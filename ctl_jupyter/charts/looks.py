"""How statuses, outcomes and rates look: a colour and a shape, so that each can be told without the colour."""

from dataclasses import dataclass

from ctl_jupyter.documents import Status

__all__ = [
    "BLUE",
    "GREY",
    "LOOKS",
    "NO_RATE",
    "OUTCOME_LOOKS",
    "PURPLE",
    "RATES",
    "RED",
    "UNKNOWN",
    "Look",
    "Rate",
    "look_of",
]

#: Text and lines that read on a white page (4.5:1) and on a dark one (4.2:1 on #111).
GREY = "#777777"


@dataclass(frozen=True)
class Look:
    """A colour, and a shape as an SVG path within -1 and 1."""

    color: str
    shape: str


CIRCLE = "M0.8,0A0.8,0.8,0,1,1,-0.8,0A0.8,0.8,0,1,1,0.8,0Z"
CROSS = "M-1,-0.55L-0.55,-1L0,-0.45L0.55,-1L1,-0.55L0.45,0L1,0.55L0.55,1L0,0.45L-0.55,1L-1,0.55L-0.45,0Z"
EXCLAMATION = "M-0.5,-1.2L0.5,-1.2L0.3,0.25L-0.3,0.25ZM-0.4,0.5L0.4,0.5L0.4,1.2L-0.4,1.2Z"
SQUARE = "M-0.75,-0.75L0.75,-0.75L0.75,0.75L-0.75,0.75Z"
DIAMOND = "M0,-1.1L1,0L0,1.1L-1,0Z"
PAUSE = "M-0.8,-0.9L-0.2,-0.9L-0.2,0.9L-0.8,0.9ZM0.2,-0.9L0.8,-0.9L0.8,0.9L0.2,0.9Z"
TRIANGLE = "M-0.7,-1L1,0L-0.7,1Z"
CHEVRON = "M-0.8,-1L-0.1,-1L0.9,0L-0.1,1L-0.8,1L0.2,0Z"
HALF_SQUARE = "M-0.75,-0.75L0.75,-0.75L-0.75,0.75Z"
HALF_DIAMOND = "M0,-1.1L0,1.1L-1,0Z"
TICK = "M-0.2,-1L0.2,-1L0.2,1L-0.2,1Z"

#: Okabe and Ito's colours, moved in lightness until any two kinds of end stay apart for protan, deutan and tritan
#: eyes (Machado's simulation; least CIE 1976 distances 17, 21 and 12) on white and on dark pages.
GREEN, RED, PINK, BLUE, AMBER, PURPLE = "#009E73", "#C84800", "#D080B8", "#3A9BE0", "#D4A017", "#6747B8"

LOOKS: dict[str, Look] = {
    Status.PENDING: Look(BLUE, PAUSE),
    Status.INITIALIZING: Look(BLUE, CHEVRON),
    Status.RUNNING: Look(BLUE, TRIANGLE),
    Status.SUCCESS: Look(GREEN, CIRCLE),
    Status.FAILURE: Look(RED, CROSS),
    Status.INIT_FAILURE: Look(PINK, EXCLAMATION),
    Status.STOPPING: Look(AMBER, HALF_SQUARE),
    Status.STOPPED: Look(AMBER, SQUARE),
    Status.KILLING: Look(PURPLE, HALF_DIAMOND),
    Status.KILLED: Look(PURPLE, DIAMOND),
}

#: The look of a status that Runner does not document.
UNKNOWN = Look("#7A7A7A", TICK)

#: How a task ended on a host, from best to worst: of several results in one place the last of these is shown.
OUTCOME_LOOKS: dict[str, Look] = {
    "skipped": Look("#8A8A8A", TICK),
    "ok": Look(GREEN, CIRCLE),
    "changed": Look(BLUE, SQUARE),
    "ignored": Look(PURPLE, DIAMOND),
    "unreachable": Look(PINK, EXCLAMATION),
    "failed": Look(RED, CROSS),
}


@dataclass(frozen=True)
class Rate:
    """A range of success rates: its name, the least rate that is in it, its colour and its shape."""

    name: str
    least: float
    color: str
    shape: str


#: From light to dark towards the middle and with a shape each, so that they can be told in grey, too.
RATES = (
    Rate("all succeeded", 1.0, "#009E73", CIRCLE),
    Rate("95 % and more", 0.95, "#74C9A8", CHEVRON),
    Rate("80 to 95 %", 0.8, "#E3C34B", DIAMOND),
    Rate("50 to 80 %", 0.5, "#E58A3C", EXCLAMATION),
    Rate("under 50 %", 0.0, "#B23A00", CROSS),
)
#: Where nothing was decided: all were stopped, killed, could not begin, or still live.
NO_RATE = Rate("none decided", -1.0, "#8A8A8A", TICK)


def look_of(status: str) -> Look:
    """Return how a status looks."""
    return LOOKS.get(status, UNKNOWN)
