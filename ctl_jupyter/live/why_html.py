"""Why an execution ended as it did, as HTML: one static piece in the style of the card; pure."""

from ctl_jupyter.cleaning import clean, one_line
from ctl_jupyter.client import CauseGroup, LastSuccess, Why
from ctl_jupyter.client.why_text import (
    OUTPUT_LINES,
    consequences,
    differences,
    excerpt,
    failing,
    harmless,
    headline,
    more_causes,
    output_title,
    outputs,
    search_note,
    success_title,
    verdict,
    where,
)
from ctl_jupyter.live.html import (
    BAD,
    CARD,
    MESSAGE,
    MONOSPACED,
    QUIET,
    ROW,
    STATUS_LOOKS,
    UNKNOWN_LOOK,
    WARN,
    WORDS,
    WRAPPING,
    coloured,
)
from ctl_jupyter.markup import Markup, element

__all__ = ["why_html"]

#: How many causes, hosts of a cause and different last successes are told.
GROUPS, HOSTS, SUCCESSES = 10, 50, 5
#: How many lines of a message show before the rest is folded.
LINES = 8
#: Characters of a message at most, folded part included.
LONGEST = 8000

SECTION = "margin-top: 10px"
OUTPUT = MESSAGE.replace(BAD, QUIET)
TABLE = "border-collapse: collapse; border: 0; margin: 2px 0 0; font-size: inherit; color: inherit"


def why_html(why: Why) -> str:
    """Return it as HTML; asks the service nothing."""
    symbol, colour = STATUS_LOOKS.get(why.status, UNKNOWN_LOOK)
    head = headline(why).removeprefix(f"{one_line(why.job_name)}: ")
    status = one_line(why.status, 40) or "no status"
    on = head.removeprefix(status).split(" (execution ")[0].strip()
    title = element(
        "div",
        element("b", coloured(symbol, status, colour)),
        _isolated(one_line(why.job_name), "margin-left: 10px"),
        f" · {on}" if on else "",
        style=WRAPPING,
    )
    parts = [
        title,
        _execution(why),
        *(element("div", _isolated(sentence), style=f"margin-top: 4px; {WRAPPING}") for sentence in verdict(why)),
        *(_group(group) for group in why.groups[:GROUPS]),
        _quiet(more_causes(why.groups[GROUPS:])) if why.groups[GROUPS:] else "",
        *(element("div", _isolated(sentence), style=f"{SECTION}; {WRAPPING}") for sentence in consequences(why)),
        *(_quiet(sentence) for sentence in harmless(why.harmless)),
        *(_success(success) for success in why.successes[:SUCCESSES]),
        _quiet(search_note(why)),
    ]
    return str(
        element(
            "div",
            *filter(None, parts),
            style=f"{CARD}; border-left: 3px solid {colour}",
            role="group",
            aria_label="why it ended as it did",
        )
    )


def _execution(why: Why) -> Markup:
    """Return the line of the id, which one click selects whole, and of the run."""
    shown = element(
        "code", why.execution_id, style=f"{MONOSPACED}; user-select: all; background: none; padding: 0; color: inherit"
    )
    run = f" · run {why.run}, after {why.runs - 1} restart{'' if why.runs == 2 else 's'}" if why.runs > 1 else ""
    return element("div", "execution ", shown, run, style=f"color: {QUIET}; {WRAPPING}")


def _group(group: CauseGroup) -> Markup:
    cause = group.first
    colour = WARN if cause.unreachable else BAD
    line = element("div", coloured("✗", _isolated(failing(group)), colour), style=f"font-weight: 600; {WRAPPING}")
    message = MESSAGE if not cause.unreachable else MESSAGE.replace(BAD, WARN)
    parts = [line, _place(group), "" if cause.is_plain_exit else _text(cause.message, message, LINES)]
    for name, output in outputs(cause):
        parts.append(element("div", output_title(name, output), style=f"color: {QUIET}; margin-top: 2px"))
        parts.append(_output(name, output))
    return element("div", *filter(None, [*parts, _hosts(group)]), style=SECTION)


def _place(group: CauseGroup) -> Markup | str:
    told = where(group.first).strip().removeprefix("(").removesuffix(")")
    return element("div", _isolated(told), style=f"color: {QUIET}; {WRAPPING}") if told else ""


def _text(text: str, style: str, most: int) -> Markup | str:
    """Return a message, its own line breaks kept; what is long is folded."""
    lines = clean(text).strip()[:LONGEST].splitlines()
    if not lines:
        return ""
    if len(lines) <= most and len(text) <= 1200:
        return element("div", _isolated("\n".join(lines)), style=style)
    begin = "\n".join(excerpt("\n".join(lines), most))
    whole = element("div", _isolated("\n".join(lines)), style=style)
    return element("div", element("div", _isolated(begin), style=style), _folded("the whole message", whole))


def _output(name: str, text: str) -> Markup | str:
    """Return the last lines of output; more of them, as far as they are kept, are folded."""
    last = "\n".join(excerpt(text, OUTPUT_LINES, is_end=True))
    shown = element("div", _isolated(last), style=OUTPUT)
    if len(text.strip().splitlines()) <= OUTPUT_LINES:
        return shown
    whole = element("div", _isolated(clean(text).strip("\n")), style=OUTPUT)
    return element("div", shown, _folded(f"more of {name}", whole))


def _hosts(group: CauseGroup) -> Markup | str:
    """Return the hosts of a cause with what each says, folded; nothing when there is but one."""
    causes = group.causes
    if len(causes) == 1:
        return ""
    if not group.differs:
        if len(causes) <= 3:
            return ""
        more = f" and {len(causes) - HOSTS:,} more" if len(causes) > HOSTS else ""
        names = ", ".join(one_line(cause.host, 100) for cause in causes[:HOSTS])
        return _folded(f"all {len(causes):,} hosts", element("div", _isolated(f"{names}{more}"), style=WRAPPING))
    rows = [
        element(
            "tr",
            element("td", _isolated(one_line(cause.host, 100)), style=f"{WORDS}; {MONOSPACED}"),
            element("td", _isolated(one_line(f"item {cause.item}" if cause.item else "", 100)), style=WORDS)
            if any(cause.item for cause in causes)
            else "",
            element("td", _isolated(one_line(cause.says, 300)), style=f"{WORDS}; white-space: normal; {WRAPPING}"),
            style=ROW,
        )
        for cause in causes[:HOSTS]
    ]
    table = element(
        "table",
        element("tbody", *rows),
        style=TABLE,
    )
    more = _quiet(f"… and {len(causes) - HOSTS:,} more; .frame has them all") if len(causes) > HOSTS else ""
    return _folded(f"what each of the {len(causes):,} hosts says", table, more)


def _success(success: LastSuccess) -> Markup:
    rows = [
        element(
            "tr",
            element(
                "th", label, scope="row", style=f"{WORDS}; font-weight: normal; color: {QUIET}; white-space: nowrap"
            ),
            element("td", _isolated(text), style=f"{WORDS}; white-space: normal; {WRAPPING}"),
            style=ROW,
        )
        for label, text in differences(success)
    ]
    title = element("div", _isolated(success_title(success)), style=WRAPPING)
    if not rows:
        return element("div", title, style=SECTION)
    table = element(
        "table",
        element("tbody", *rows),
        style=TABLE,
    )
    return element("div", title, table, style=SECTION)


def _folded(summary: str, *content: Markup | str) -> Markup:
    return element("details", element("summary", summary, style=f"color: {QUIET}; cursor: pointer"), *content)


def _quiet(words: str) -> Markup | str:
    return element("div", _isolated(words), style=f"color: {QUIET}; margin-top: 6px; {WRAPPING}") if words else ""


def _isolated(words: str, style: str = "") -> Markup:
    """Return words from outside that cannot turn the reading direction of what stands beside them."""
    return element("bdi", words, style=style)
