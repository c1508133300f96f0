"""A page, or a piece of a notebook, of tables and pictures: no script, nothing from elsewhere, no style that leaks.

What comes from outside is escaped by `ctl_jupyter.markup`; the page besides forbids itself scripts and addresses.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctl_jupyter.cleaning import clean
from ctl_jupyter.markup import Markup, element

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "facts", "figure", "fragment", "note", "page", "section", "table"]

#: All rules begin with the report's own class, so that they reach nothing else in a notebook. Colours are JupyterLab's
#: where there is one, else the page's own.
STYLE = """
.ctl-runner-report { --report-ink: var(--jp-content-font-color1, var(--page-ink, inherit));
  --report-quiet: var(--jp-content-font-color2, var(--page-quiet, #767676));
  --report-rule: var(--jp-border-color2, var(--page-rule, rgba(128, 128, 128, 0.4)));
  box-sizing: border-box; max-width: 1000px; margin: 0 auto; color: var(--report-ink); line-height: 1.5;
  font-family: var(--jp-content-font-family, system-ui, sans-serif); font-size: var(--jp-content-font-size1, 14px); }
.ctl-runner-report h1 { font-size: 1.7em; line-height: 1.2; margin: 0 0 0.3em; overflow-wrap: anywhere; }
.ctl-runner-report h2 { font-size: 1.2em; margin: 2em 0 0.4em; padding-bottom: 0.2em;
  border-bottom: 1px solid var(--report-rule); }
.ctl-runner-report p { margin: 0.3em 0; }
.ctl-runner-report .quiet { color: var(--report-quiet); }
.ctl-runner-report .missing { border-left: 3px solid #c84800; padding-left: 0.7em; }
.ctl-runner-report dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15em 1.2em; margin: 0.6em 0; }
.ctl-runner-report dl > dt { color: var(--report-quiet); float: none; width: auto; margin: 0; font-weight: normal;
  white-space: nowrap; }
.ctl-runner-report dl > dd { margin: 0; width: auto; padding: 0; overflow-wrap: anywhere; }
.ctl-runner-report .wide { overflow-x: auto; margin: 0.5em 0; }
.ctl-runner-report table { border-collapse: collapse; border: 0; margin: 0; font-size: 0.93em; width: auto; }
.ctl-runner-report tr { background: none; border: 0; border-bottom: 1px solid var(--report-rule); }
.ctl-runner-report th, .ctl-runner-report td { padding: 0.25em 1.1em 0.25em 0; text-align: left; vertical-align: top;
  font-weight: normal; min-width: 3em; max-width: 30em; overflow-wrap: break-word; white-space: normal;
  background: none; }
.ctl-runner-report th { color: var(--report-quiet); white-space: nowrap; }
.ctl-runner-report .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.ctl-runner-report td.words { min-width: 7em; }
.ctl-runner-report .short { white-space: nowrap; }
.ctl-runner-report :not(pre) > code { font-family: var(--jp-code-font-family, ui-monospace, monospace);
  font-size: 0.93em; user-select: all; background: none; color: inherit; padding: 0; white-space: nowrap; }
.ctl-runner-report dl > dd > code { white-space: normal; }
.ctl-runner-report figure { margin: 1em 0; padding: 0 12px; overflow-x: auto; }
.ctl-runner-report figure svg { max-width: 100%; height: auto; overflow: visible; }
@media (max-width: 700px) { .ctl-runner-report dl { grid-template-columns: 1fr; gap: 0; }
  .ctl-runner-report dl > dd { margin-bottom: 0.5em; }
  .ctl-runner-report figure svg { min-width: min(520px, var(--report-width)); } }
@media print { .ctl-runner-report { max-width: none; font-size: 10pt; }
  .ctl-runner-report figure, .ctl-runner-report tr, .ctl-runner-report h2 { break-inside: avoid; }
  .ctl-runner-report h2 { break-after: avoid; }
  .ctl-runner-report .wide, .ctl-runner-report figure { overflow: visible; } }
"""
PAGE_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 24px 16px; background: #ffffff; --page-ink: #1b1b1b; --page-quiet: #666666;
  --page-rule: #d0d0d0; }
@media screen and (prefers-color-scheme: dark) { body { background: #111111; --page-ink: #e4e4e4;
  --page-quiet: #a0a0a0; --page-rule: #444444; } }
@media print { body { padding: 0; } }
"""
#: A browser then runs no script and asks for nothing, whatever is in the page.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

#: What Vega writes at every mark for those who cannot see it: half of a picture's size; the figure has a label instead.
MARK_LABELS = re.compile(r' (?:aria-label|aria-roledescription|role)="[^"]*"')
#: As wide as the font by which `vl_convert` places words; a browser's own sans-serif may be much wider.
FONTS = "Arial, Helvetica, Liberation Sans, sans-serif"
WIDTH = re.compile(r'<svg\b[^>]*? width="([\d.]+)"')
#: Where JupyterLab's MathJax looks for no formula: a price, or a shell's variable, is none.
NO_FORMULAS = "tex2jax_ignore mathjax_ignore"
#: Names that the parts of a picture call each other by.
PART_NAMES = re.compile(r'(\bid="|url\(#|xlink:href="#)(?=[A-Za-z_]+\d)')


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    write
        Makes the text of a value; values that are missing are not given to it.
    kind
        ``"words"``, ``"short"`` (on one line), ``"number"`` or ``"id"``, which one click selects whole.
    """

    title: str
    name: str
    write: Callable[[Any], str] = str
    kind: str = "words"


def table(rows: "pd.DataFrame", columns: Sequence[Column], most: int = 15, total: int = 0) -> Markup:
    """Return rows as a table of at most so many, without columns that would be empty; below it how many there are.

    Parameters
    ----------
    total
        How many there are, when `rows` are the first of them alone.
    """
    shown = rows.head(most)
    columns = [column for column in columns if shown[column.name].notna().any()]
    heads = [element("th", column.title, scope="col", **_class(column)) for column in columns]
    cells = [[_cell(column, value) for value in shown[column.name]] for column in columns]
    lines = [element("tr", *line) for line in zip(*cells, strict=True)]
    whole = element("table", element("thead", element("tr", *heads)), element("tbody", *lines))
    parts = [element("div", whole, **{"class": "wide"})]
    if max(total, len(rows)) > len(shown):
        parts.append(note(f"The first {len(shown)} of {max(total, len(rows)):,}.", "quiet"))
    return element("div", *parts)


def _class(column: Column) -> dict[str, str]:
    return {"class": column.kind}


def _cell(column: Column, value: Any) -> Markup:
    import pandas as pd

    is_missing = pd.api.types.is_scalar(value) and pd.isna(value)
    text = "" if is_missing else column.write(value)
    return element("td", element("code", text) if column.kind == "id" and text else text, **_class(column))


def facts(pairs: Sequence[tuple[str, str]]) -> Markup:
    """Return names with what they are, one below the other."""
    return element("dl", *(part for name, text in pairs for part in (element("dt", name), element("dd", text))))


def note(text: str, kind: str = "") -> Markup:
    """Return a paragraph: ``"quiet"``, or ``"missing"`` for what a reader has to know, or plain."""
    return element("p", text, **{"class": kind})


def section(title: str, *parts: str) -> Markup:
    """Return a part of the report with its heading."""
    return element("section", element("h2", title), *parts)


def figure(svg: str, label: str, number: int) -> Markup:
    """Return a picture in the page.

    Parameters
    ----------
    svg
        As `vl_convert` writes it: the names in it are escaped.
    label
        What it shows, for those who cannot see it.
    number
        Of the picture in the page. Parts of pictures have the same names in each (``clip0``), and would be taken for
        one another's.
    """
    named = PART_NAMES.sub(rf"\g<1>report{number}-", MARK_LABELS.sub("", svg))
    named = named.replace('font-family="sans-serif"', f'font-family="{FONTS}"')
    width = WIDTH.search(svg)
    style = f"--report-width: {width[1]}px" if width else ""
    return element("figure", Markup(named), role="img", aria_label=label, style=style)


def fragment(*parts: str) -> Markup:
    """Return the report as a piece of a notebook's page."""
    return element("div", element("style", Markup(STYLE)), *parts, **{"class": f"ctl-runner-report {NO_FORMULAS}"})


def page(title: str, content: Markup) -> str:
    """Return the report as a page of its own."""
    head = (
        '<meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    )
    inner = element("head", Markup(head), element("title", clean(title)), element("style", Markup(PAGE_STYLE)))
    return f"<!DOCTYPE html>\n{element('html', inner, element('body', content), lang='en')}\n"
