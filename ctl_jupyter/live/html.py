"""The card as HTML: one static piece without script, style sheet or anything from elsewhere; pure.

Styles are inline, since a style sheet would reach the whole page and is dropped from notebooks that are not
trusted; colours are JupyterLab's variables with fallbacks, so that the card follows the theme.
"""

from ctl_jupyter.cleaning import clean, one_line
from ctl_jupyter.client import ExecutionHandle
from ctl_jupyter.live.glance import FailureGroup, Glance, HostRow, glance
from ctl_jupyter.live.orders import Note
from ctl_jupyter.live.text import clock, failing_hosts, host_counts, time_left, trouble_text
from ctl_jupyter.markup import Markup, element

__all__ = ["BAD", "BUSY", "QUIET", "STATUS_LOOKS", "card_html", "coloured"]

#: How many hosts have a row.
ROWS = 12
#: How many different failures are told.
FAILURES = 3
LONGEST_MESSAGE = 800
MESSAGE_LINES = 8
LONGEST_HOST = 60

GOOD = "var(--jp-success-color1, #3a9a4a)"
BAD = "var(--jp-error-color1, #d9453d)"
WARN = "var(--jp-warn-color1, #d9822b)"
BUSY = "var(--jp-brand-color1, #2f80d0)"
QUIET = "var(--jp-content-font-color2, #767676)"
RULE = "var(--jp-border-color2, rgba(128, 128, 128, 0.4))"
MONOSPACED = "font-family: var(--jp-code-font-family, monospace); font-size: 0.923em"

#: Symbol and colour of each status; the word always stands beside them.
STATUS_LOOKS = {
    "PENDING": ("○", QUIET),
    "INITIALIZING": ("◔", BUSY),
    "RUNNING": ("●", BUSY),
    "SUCCESS": ("✓", GOOD),
    "FAILURE": ("✗", BAD),
    "INIT_FAILURE": ("✗", BAD),
    "STOPPING": ("◧", WARN),
    "STOPPED": ("■", WARN),
    "KILLING": ("◧", WARN),
    "KILLED": ("■", WARN),
}
UNKNOWN_LOOK = ("?", WARN)

OUTCOME_LOOKS = {
    "failed": ("✗", BAD),
    "unreachable": ("✗", BAD),
    "done": ("✓", QUIET),
    "running": ("●", BUSY),
    "changed": ("✓", GOOD),
    "ok": ("✓", GOOD),
    "skipped": ("○", QUIET),
}

CARD = (
    "box-sizing: border-box; max-width: 720px; margin: 2px 0; padding: 8px 14px 10px 12px; "
    f"border: 1px solid {RULE}; border-radius: 3px; line-height: 1.5; "
    "font-family: var(--jp-ui-font-family, sans-serif); font-size: var(--jp-ui-font-size1, 13px); "
    "color: var(--jp-content-font-color1, inherit)"
)
#: Lab's own style for tables in outputs stripes rows and pads cells; a row and a cell say otherwise.
ROW = f"background: none; border: 0; border-bottom: 1px solid {RULE}"
WORDS = "padding: 1px 20px 1px 0; text-align: left; vertical-align: baseline; line-height: 1.5"
NUMBER = "padding: 1px 0 1px 16px; text-align: right; vertical-align: baseline; line-height: 1.5"
WRAPPING = "min-width: 0; overflow-wrap: anywhere"
TABULAR = "font-variant-numeric: tabular-nums; white-space: nowrap"
MESSAGE = (
    f"{MONOSPACED}; white-space: pre-wrap; {WRAPPING}; margin: 2px 0 4px; padding: 2px 0 2px 10px; "
    f"border-left: 2px solid {BAD}"
)
HEADING = f"font-weight: normal; color: {QUIET}"
COLUMNS = ("ok", "changed", "failed", "skipped")


def card_html(
    handle: ExecutionHandle,
    now: float | None = None,
    *,
    note: Note | None = None,
    hint: str = "",
    is_explained: bool = False,
) -> str:
    """Return the card of an execution as it is known by now; asks the service nothing.

    Parameters
    ----------
    now
        Epoch seconds; the clock's when absent.
    note
        What came of an order that was given on the card.
    hint
        What the reader can do.
    is_explained
        Whether failures and their reason stand elsewhere, so that the card need not tell them.
    """
    seen = glance(handle, now)
    _, colour = STATUS_LOOKS.get(seen.status, UNKNOWN_LOOK)
    parts = [
        _head(seen),
        _execution(seen),
        _now(seen),
        _trouble(seen),
        _note(note, seen),
        "" if is_explained else _failures(seen),
        "" if is_explained else _reason(seen),
        _hosts(seen),
        element("div", hint, style=f"color: {QUIET}; margin-top: 6px") if hint else "",
    ]
    return str(element("div", *filter(None, parts), style=f"{CARD}; border-left: 3px solid {colour}"))


def coloured(symbol: str, words: str, colour: str) -> Markup:
    """Return words behind a coloured symbol; the words alone say it, too."""
    return element("span", element("span", symbol, style=f"color: {colour}", aria_hidden="true"), " ", words)


def _head(seen: Glance) -> Markup:
    symbol, colour = STATUS_LOOKS.get(seen.status, UNKNOWN_LOOK)
    status = element("b", coloured(symbol, one_line(seen.status, 40), colour))
    job = _isolated(one_line(seen.job_name))
    # The elapsed time stands outside: a screen reader would tell it every second.
    line = element(
        "div",
        status,
        element("span", job, style="margin-left: 10px"),
        role="status",
        aria_live="polite",
        style=WRAPPING,
    )
    elapsed = "" if seen.seconds is None else element("span", clock(seen.seconds), title="elapsed")
    left = time_left(seen)
    usual = "" if seen.usual is None else f"a run of this job usually takes {clock(seen.usual)}"
    estimate = element("span", f"{left} · ", title=usual) if left else ""
    time = element("div", estimate, elapsed, style=f"color: {QUIET}; {TABULAR}; margin-left: 16px")
    return element("div", line, time, style="display: flex; justify-content: space-between; align-items: baseline")


def _execution(seen: Glance) -> Markup:
    """Return the line of the id, which one click selects whole."""
    shown = element(
        "code", seen.execution_id, style=f"{MONOSPACED}; user-select: all; background: none; padding: 0; color: inherit"
    )
    return element("div", "execution ", shown, style=f"color: {QUIET}; {WRAPPING}")


def _now(seen: Glance) -> Markup | str:
    return (
        element("div", _isolated(one_line(seen.activity)), style=f"margin-top: 4px; {WRAPPING}")
        if seen.activity
        else ""
    )


def _trouble(seen: Glance) -> Markup | str:
    if not seen.trouble:
        return ""
    mark = element("span", "!", style=f"color: {WARN}; font-weight: bold; margin-right: 6px", aria_hidden="true")
    return element("div", mark, trouble_text(seen), style=f"margin-top: 4px; {WRAPPING}")


def _note(note: Note | None, seen: Glance) -> Markup | str:
    if note is None or (note.is_well and seen.status in ("STOPPING", "KILLING")):
        return ""
    words = one_line(note.text, 500)
    shown = words if note.is_well else coloured("✗", words, BAD)
    said = element("span", shown, role="status", aria_live="polite")
    return element("div", said, style=f"margin-top: 4px; {WRAPPING}")


def _failures(seen: Glance) -> Markup | str:
    if not seen.failures:
        return ""
    told = [_failure(group) for group in seen.failures[:FAILURES]]
    others = len(seen.failures) - FAILURES
    if others > 0:
        told.append(_quiet(f"… {others} other failure{'' if others == 1 else 's'}"))
    return element("div", *told, style="margin-top: 6px")


def _failure(group: FailureGroup) -> Markup:
    line = element("div", _isolated(failing_hosts(group)), style=WRAPPING)
    return element("div", line, element("div", _isolated(_message(group.message)), style=MESSAGE))


def _message(text: str) -> str:
    """Return the first lines of a message, its own line breaks kept."""
    lines = clean(text).strip().splitlines()
    short = "\n".join(lines[:MESSAGE_LINES])
    if len(short) > LONGEST_MESSAGE:
        return short[: LONGEST_MESSAGE - 1] + "…"
    return short if len(lines) <= MESSAGE_LINES else f"{short}\n… {len(lines) - MESSAGE_LINES} more lines"


def _reason(seen: Glance) -> Markup | str:
    if not seen.reason:
        return ""
    if "\n" in seen.reason.strip():
        # Ansible's own words, with the lines of the playbook that they are about.
        return element("div", _isolated(_message(seen.reason)), style=MESSAGE)
    return element("div", one_line(seen.reason, LONGEST_MESSAGE), style=f"margin-top: 4px; {WRAPPING}")


def _hosts(seen: Glance) -> Markup | str:
    if not seen.hosts:
        return ""
    tasks = f" · {seen.tasks} task{'' if seen.tasks == 1 else 's'}" if seen.tasks else ""
    counts = host_counts(seen) + tasks
    table = _table(seen.hosts[:ROWS])
    more = _more(seen.hosts[ROWS:])
    if not seen.is_read:
        # A live card is drawn again and again, which would fold it under the reader's hand.
        return element("div", _quiet(counts), table, more, style="margin-top: 6px")
    is_calm = len(seen.hosts) > ROWS and not {"failed", "unreachable"} & seen.outcomes.keys()
    summary = element("summary", counts, style=f"color: {QUIET}; cursor: pointer")
    return element("details", summary, table, more, style="margin-top: 6px", open="" if is_calm else "open")


def _table(hosts: tuple[HostRow, ...]) -> Markup:
    titles = [element("th", title, style=f"{WORDS}; {HEADING}", scope="col") for title in ("host", "outcome")]
    titles += [element("th", title, style=f"{NUMBER}; {HEADING}", scope="col") for title in COLUMNS]
    head = element("thead", element("tr", *titles, style=ROW), style="background: none; border: 0")
    body = element("tbody", *(_row(host) for host in hosts))
    return element(
        "table",
        head,
        body,
        style=f"border-collapse: collapse; border: 0; margin: 2px 0 0; font-size: inherit; {TABULAR}",
    )


def _row(host: HostRow) -> Markup:
    name = one_line(host.name, 400)
    shown = name if len(name) <= LONGEST_HOST else f"{name[: LONGEST_HOST - 13]}…{name[-12:]}"
    title = name if shown != name else ""
    cells = [
        element("td", _isolated(shown), title=title, style=f"{WORDS}; {MONOSPACED}; white-space: normal; {WRAPPING}"),
        element("td", coloured(*_look_of(host.outcome)), style=WORDS),
    ]
    for column in COLUMNS:
        count = getattr(host.counts, column)
        cells.append(element("td", str(count), style=NUMBER if count else f"{NUMBER}; opacity: 0.55"))
    return element("tr", *cells, style=ROW)


def _look_of(outcome: str) -> tuple[str, str, str]:
    symbol, colour = OUTCOME_LOOKS[outcome]
    return symbol, outcome, colour


def _more(hosts: tuple[HostRow, ...]) -> Markup | str:
    if not hosts:
        return ""
    counts: dict[str, int] = {}
    for host in hosts:
        counts[host.outcome] = counts.get(host.outcome, 0) + 1
    if len(counts) == 1:
        return _quiet(f"… {len(hosts)} more {hosts[0].outcome}")
    return _quiet(f"… {len(hosts)} more: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()))


def _quiet(words: str) -> Markup:
    return element("div", words, style=f"color: {QUIET}")


def _isolated(words: str) -> Markup:
    """Return words from outside that cannot turn the reading direction of what stands beside them."""
    return element("bdi", words)
