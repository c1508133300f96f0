"""The table of magics is one with their methods and with itself; lines are read by it, each mistake is one sentence."""

import json
import re
from typing import Any

import pytest
from IPython.core import page

from ctl_jupyter.magics.arguments import HelpWanted, parse_line
from ctl_jupyter.magics.configuration import Ctl
from ctl_jupyter.magics.errors import MagicError
from ctl_jupyter.magics.groups import GROUPS
from ctl_jupyter.magics.options import COMMON, Argument, Kind, MagicSpec, Option, help_text
from ctl_jupyter.magics.table import MAGICS
from tests.magics.conftest import Notebook

START = MAGICS["ctl_start"]
OPTIONS = [(spec, option) for spec in MAGICS.values() for option in (*spec.options, *COMMON)]
BODIES = [(spec, argument) for spec in MAGICS.values() for argument in spec.arguments]


# --- the table -----------------------------------------------------------------------------------------------------


def test_every_magic_has_a_method_and_every_method_a_magic() -> None:
    kinds = {Kind.LINE: {"line"}, Kind.CELL: {"cell"}, Kind.BOTH: {"line", "cell"}}
    registered: dict[str, set[str]] = {}
    for group in GROUPS:
        for kind, names in group.magics.items():
            for name in names:
                registered.setdefault(name, set()).add(kind)
    assert registered == {name: kinds[spec.kind] for name, spec in MAGICS.items()}


def test_names_are_of_one_scheme() -> None:
    for name, spec in MAGICS.items():
        assert name == spec.name
        assert re.fullmatch(r"ctl_[a-z]+(_[a-z]+)*", name)


@pytest.mark.parametrize(("spec", "option"), OPTIONS, ids=lambda part: getattr(part, "flag", getattr(part, "name", "")))
def test_options_are_written_alike(spec: MagicSpec, option: Option) -> None:
    assert re.fullmatch(r"--[a-z]+(-[a-z]+)*", option.flag)
    assert re.fullmatch(r"(-[a-z])?", option.short)
    assert re.match(r"[a-z]", option.help), option.help
    assert not option.help.endswith("."), option.help
    assert option.is_switch or re.fullmatch(r"'.*'|[A-Z=,.\[\]]+", option.metavar), option.metavar
    assert not (option.choices and option.is_switch)
    assert not option.setting or option.setting in Ctl.class_own_traits(config=True)


@pytest.mark.parametrize(("spec", "argument"), BODIES, ids=lambda part: part.name)
def test_arguments_are_written_alike(spec: MagicSpec, argument: Argument) -> None:
    assert re.match(r"[a-z]", argument.help)
    assert not argument.help.endswith(".")
    # What may be left out comes last, and what takes all that is left is the last.
    places = [other.how_many for other in spec.arguments]
    assert places == sorted(places, key=["", "?", "*"].index)
    assert places.count("*") <= 1


@pytest.mark.parametrize("spec", MAGICS.values(), ids=MAGICS)
def test_magics_are_described_alike(spec: MagicSpec) -> None:
    assert re.fullmatch(r"[A-Z].*\.", spec.summary)
    assert not spec.body or spec.body.endswith(".")
    assert not spec.note or spec.note.endswith(".")
    assert bool(spec.body) == (spec.kind != Kind.LINE)
    for call in spec.calls:
        assert re.fullmatch(r"(GET|POST|PUT|DELETE) /\S+", call)
    flags = [flag for option in (*spec.options, *COMMON) for flag in (option.flag, option.short) if flag]
    assert len(flags) == len(set(flags))


def test_a_flag_takes_the_same_everywhere() -> None:
    meanings: dict[str, set[tuple[Any, ...]]] = {}
    for _, option in OPTIONS:
        meanings.setdefault(option.flag, set()).add((option.metavar, option.short, option.repeats, option.read))
    assert {flag: kinds for flag, kinds in meanings.items() if len(kinds) > 1} == {}


@pytest.mark.parametrize("spec", MAGICS.values(), ids=MAGICS)
def test_every_example_can_be_read(spec: MagicSpec) -> None:
    line = spec.example.splitlines()[0]
    name, _, rest = line.partition(" ")
    assert name.lstrip("%") == spec.name
    assert name.startswith("%%") == ("\n" in spec.example)
    parse_line(spec, rest)


# --- lines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # quotes and spaces
        ("'my job'", {"job": "my job"}),
        ('"my job"', {"job": "my job"}),
        ("my\\ job", {"job": "my job"}),
        ("'it'\"'\"'s'", {"job": "it's"}),
        ('"it\'s"', {"job": "it's"}),
        ("'say \"hi\"'", {"job": 'say "hi"'}),
        ("hello   --wait \t --quiet ", {"job": "hello", "wait": True, "quiet": True}),
        ("''", {"job": ""}),
        ("hello --tags ''", {"tags": ""}),
        # what belongs to Ansible and to shells
        ("hello --var 'x={{ y }}'", {"var": [("x", "{{ y }}")]}),
        ("hello --var x='{% if a %}$b{% endif %}'", {"var": [("x", "{% if a %}$b{% endif %}")]}),
        ("hello --var x=$HOME", {"var": [("x", "$HOME")]}),
        ("hello --limit '*,!web?'", {"limit": "*,!web?"}),
        ("hello --limit *.example.com", {"limit": "*.example.com"}),
        ("hello --tags a,b#c", {"tags": "a,b#c"}),
        ("hello --var 'x=a;b|c>d&e`f`'", {"var": [("x", "a;b|c>d&e`f`")]}),
        # equals
        ("hello --var x=a=b", {"var": [("x", "a=b")]}),
        ("hello --var=x=a=b", {"var": [("x", "a=b")]}),
        ("hello --var x=", {"var": [("x", "")]}),
        ("hello --host=", {"host": [""]}),
        ("a=b", {"job": "a=b"}),
        # other alphabets
        ("grün", {"job": "grün"}),
        ("'日本 語' --host ホスト", {"job": "日本 語", "host": ["ホスト"]}),
        ("hello --var größe=1", {"var": [("größe", "1")]}),
        # Windows' paths
        (r"hello --ssh-key 'C:\Users\ada\key'", {"ssh_key": r"C:\Users\ada\key"}),
        (r"hello --ssh-key C:\\Users\\ada\\key", {"ssh_key": r"C:\Users\ada\key"}),
        # dashes and numbers
        ("hello --host=-x", {"host": ["-x"]}),
        ("hello --var x=-1", {"var": [("x", "-1")]}),
        ("hello --timeout 0.5", {"timeout": 0.5}),
        ("hello --timeout=1e3", {"timeout": 1000.0}),
        ("-- -x", {"job": "-x"}),
        ("--wait -- --quiet", {"job": "--quiet", "wait": True, "quiet": None}),
        ("-", {"job": "-"}),
        ("-1", {"job": "-1"}),
        # places and repetition
        ("--wait hello --host web1 --host web2", {"job": "hello", "host": ["web1", "web2"], "wait": True}),
        ("--host web1 hello", {"job": "hello", "host": ["web1"]}),
        ("hello -o run", {"out": "run"}),
        ("hello -o=run", {"out": "run"}),
        ("hello --out läuft", {"out": "läuft"}),
        ("hello --wait --wait", {"wait": True}),
        ("hello --no-wait --no-quiet", {"wait": False, "quiet": False}),
        ("hello --on-interrupt stop", {"on_interrupt": "stop"}),
        ("hello --hosts df.host", {"hosts": "df.host"}),
        ("hello --hosts 'df.host name'", {"hosts": "df.host name"}),
    ],
)
def test_what_is_read(line: str, expected: dict[str, Any]) -> None:
    found = vars(parse_line(START, line))
    assert {name: found[name] for name in expected} == expected
    nothing = vars(parse_line(START, "hello"))
    assert {name: value for name, value in found.items() if name not in expected and name != "job"} == {
        name: value for name, value in nothing.items() if name not in expected and name != "job"
    }


USAGE = "Usage: %%ctl_start JOB [options]; -h shows the options."


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("ctl_start", "", f"JOB is missing. {USAGE}"),
        ("ctl_start", "'hello", "The line cannot be read: a quote is not closed, or the last backslash stands before"),
        ("ctl_start", "hello\\", "The line cannot be read: a quote is not closed, or the last backslash stands before"),
        ("ctl_start", "hello --hots web1", "There is no option --hots; did you mean '--hosts' or '--host'?"),
        ("ctl_start", "hello --Wait", "There is no option --Wait; did you mean '--wait'?"),
        ("ctl_start", "hello --time 3", "There is no option --time; did you mean '--timeout'?"),
        ("ctl_start", "hello -out run", "There is no option -out; did you mean '--out'?"),
        ("ctl_start", "hello --zzz", f"There is no option --zzz. {USAGE}"),
        ("ctl_start", "hello —wait", "An option begins with plain dashes: write --wait."),
        ("ctl_start", "hello web1", "The line holds 2 words and takes 1 word (a text with spaces stands in quotes)."),
        ("ctl_jobs", "a b", "The line holds 2 words and takes 1 word"),
        ("ctl_panel", "x", "The line holds 1 word and takes options alone (a text"),
        ("ctl_start", "hello --host", f"--host needs a value, NAME (one that begins with a dash: --host=-…). {USAGE}"),
        ("ctl_start", "hello --host --wait", "--host needs a value, NAME"),
        ("ctl_start", "hello --host -x", "--host needs a value, NAME"),
        ("ctl_start", "hello -o", "-o needs a value, NAME (one that begins with a dash: --out=-…)."),
        ("ctl_start", "hello --wait=yes", "--wait takes no value."),
        ("ctl_start", "hello --timeout 1 --timeout 2", "--timeout is given twice, and is taken once: leave one of"),
        ("ctl_start", "hello --out a -o b", "--out is given twice, and is taken once: leave one of them out."),
        ("ctl_start", "hello --timeout -1", "--timeout: '-1' is not a positive number of seconds."),
        ("ctl_start", "hello --timeout 0", "--timeout: '0' is not a positive number of seconds."),
        ("ctl_start", "hello --timeout=", "--timeout: '' is not a positive number of seconds."),
        ("ctl_start", "hello --timeout nan", "--timeout: 'nan' is not a positive number of seconds."),
        ("ctl_stop", "3f0c --expiry -1", "--expiry: '-1' is not a number of seconds, 0 or more."),
        ("ctl_stop", "3f0c --expiry=-1", "--expiry: '-1' is not a number of seconds, 0 or more."),
        ("ctl_start", "hello --on-interrupt wait", "--on-interrupt: 'wait' is none of detach, stop, kill."),
        ("ctl_start", "hello --var x", "--var: a variable is written name=value, and a name has letters, digits and"),
        (
            "ctl_start",
            "hello --var 1x=2",
            "--var: a variable is written name=value, and a name has letters, digits and",
        ),
        ("ctl_start", "hello -o 'my run'", "-o: this is not the name of a Python variable."),
        ("ctl_start", "hello -o class", "-o: this is not the name of a Python variable."),
        ("ctl_start", "hello --vars ''", "--vars: this is not the name of a Python variable."),
        (
            "ctl_start",
            "hello --hosts df.",
            "--hosts: this is neither the name of a Python variable nor DATAFRAME.COLUMN.",
        ),
        ("ctl_jobs", "--rows 0", "--rows: '0' is not a number of rows, 1 or more."),
    ],
)
def test_each_mistake_is_one_sentence(name: str, line: str, said: str) -> None:
    with pytest.raises(MagicError) as raised:
        parse_line(MAGICS[name], line)
    sentence = str(raised.value)
    assert sentence.startswith(said)
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("ctl_login", "prod ada canary-secret"),
        ("ctl_login", "prod --username ada --password canary-secret"),
        ("ctl_login", "prod --username ada --passwd=canary-secret"),
        ("ctl_login", "prod -pcanary-secret"),
        ("ctl_login", "prod --username ada 'canary-secret"),
        ("ctl_service_account", "nightly --username ada --password canary-secret"),
        ("ctl_start", "hello --vars canary-secret"),
        ("ctl_start", "hello --var canary-secret"),
        ("ctl_job", "hello --credentials canary-secret"),
    ],
)
def test_what_may_be_a_secret_is_not_repeated(name: str, line: str) -> None:
    with pytest.raises(MagicError) as raised:
        parse_line(MAGICS[name], line)
    assert "canary" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None or "canary" not in str(raised.value.__context__)


def test_zero_is_a_value() -> None:
    for line in ("3f0c --expiry 0", "3f0c --expiry=0"):
        assert parse_line(MAGICS["ctl_stop"], line).expiry == 0
    assert parse_line(MAGICS["ctl_stop"], "3f0c 4a1d").execution == ["3f0c", "4a1d"]
    assert parse_line(MAGICS["ctl_stop"], "").execution == []
    assert parse_line(MAGICS["ctl_executions"], "").job is None


@pytest.mark.parametrize("line", ["-h", "--help", "hello --hots -h", "--timeout soon --help"])
def test_help_comes_before_every_mistake(line: str) -> None:
    with pytest.raises(HelpWanted):
        parse_line(START, line)


# --- help ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MAGICS)
def test_help_and_the_question_mark_show_the_same(
    notebook: Notebook, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[Any] = []
    monkeypatch.setattr(page, "page", lambda strng, **_: pages.append(strng))
    monkeypatch.setattr("IPython.core.oinspect.page.page", lambda strng, **_: pages.append(strng))
    assert notebook.run(f"%{name} -h") is None
    assert capsys.readouterr().out.rstrip("\n") == help_text(MAGICS[name])
    notebook.run(f"%{name}?")
    (shown,) = pages
    assert help_text(MAGICS[name]) in (shown if isinstance(shown, str) else shown["text/plain"])


def test_help_in_a_cell_with_a_body_does_nothing_else(notebook: Notebook, capsys: pytest.CaptureFixture[str]) -> None:
    assert notebook.run("%%ctl_start -h\nhosts: [web1]") is None
    assert capsys.readouterr().out.rstrip("\n") == help_text(START)


@pytest.mark.parametrize("spec", MAGICS.values(), ids=MAGICS)
def test_help_holds_everything(spec: MagicSpec) -> None:
    text = help_text(spec)
    assert json.dumps(text)
    for part in (spec.summary, spec.body, spec.note, *spec.calls, *(option.shown for option in spec.options)):
        assert part in text
    for option in COMMON:
        assert option.shown in text
