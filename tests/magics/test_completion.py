"""Completion of magics' lines, asked as front ends ask it: in a shell, over a kernel's messages, in a terminal."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pexpect
import pytest
from IPython.core.completer import provisionalcompleter
from jupyter_client.manager import start_new_kernel

from ctl_jupyter.client.profiles import PROFILES
from ctl_jupyter.magics import completion, known_names
from ctl_jupyter.magics.options import COMMON, Completes
from ctl_jupyter.magics.table import MAGICS
from tests.fake_runner import Answer, FakeRunner, Hold
from tests.magics.conftest import Notebook
from tests.service.waiting import until

NIGHTLY_FAILED = "f0000000-0000-4000-8000-000000000001"
NIGHTLY_RUNS = "f0000000-0000-4000-8000-000000000002"
HELLO_DONE = "e0000000-0000-4000-8000-000000000003"
TWINS = ["aaaa0000-0000-4000-8000-000000000001", "aaaa0000-0000-4000-8000-000000000002"]


class Completer:
    """Completes a cell at the bar in it."""

    def __init__(self, notebook: Notebook) -> None:
        self._completer = notebook.shell.Completer

    def offers(self, marked: str) -> list[tuple[str, str | None]]:
        """Return each text that is offered, with what it replaces left out, and its note."""
        cell, offset = marked.replace("|", ""), marked.index("|")
        with provisionalcompleter():
            found = list(self._completer.completions(cell, offset))
        return [(each.text, each.type and each.type.replace("\N{NO-BREAK SPACE}", " ")) for each in found]

    def texts(self, marked: str) -> list[str]:
        """Return the texts that are offered."""
        return [text for text, _ in self.offers(marked)]

    def chosen(self, marked: str) -> str:
        """Return the cell after the first offer was chosen."""
        cell, offset = marked.replace("|", ""), marked.index("|")
        with provisionalcompleter():
            first = next(iter(self._completer.completions(cell, offset)))
        return f"{cell[: first.start]}{first.text}{cell[first.end :]}"


@pytest.fixture
def completer(notebook: Notebook) -> Completer:
    """Return the completer of a shell that is not logged in; names are completed."""
    notebook.run("%config Ctl.completion = True")
    return Completer(notebook)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRunner]:
    with FakeRunner() as fake:
        monkeypatch.setenv("CLC_V2_API_USERNAME", fake.username)
        monkeypatch.setenv("CLC_V2_API_PASSWD", fake.password)
        yield fake


@pytest.fixture
def known(notebook: Notebook, completer: Completer, fake: FakeRunner) -> Completer:
    """Return the completer of a shell that is logged in and knows its account."""
    fake.add_job("hello", hosts=[{"id": "web1"}, {"id": "web2"}], properties={"greeting": "Hi", "db_password": "?"})
    hello = next(iter(fake.jobs))
    nightly = fake.add_job("nightly check", hosts=[{"id": "db1"}, {"id": "db2"}])
    fake.add_job("déjà-vu")
    for twin in TWINS:
        fake.add_job("twin", job_id=twin)
    fake.add_execution(hello, HELLO_DONE, status="SUCCESS")
    fake.add_execution(nightly, NIGHTLY_FAILED, status="FAILURE")
    fake.executions[NIGHTLY_FAILED]["failed_hosts"] = ["db2"]
    fake.add_execution(nightly, NIGHTLY_RUNS, status="RUNNING")
    log_in(notebook, fake)
    until(lambda: HELLO_DONE in completer.texts("%ctl_watch |"), "the account's names do not appear")
    return completer


def log_in(notebook: Notebook, fake: FakeRunner) -> None:
    notebook.run(f"%ctl_login {fake.url}")


NAMES = ["déjà-vu", "'nightly check'", "hello", TWINS[1], TWINS[0]]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        # jobs by their names; by ids where a name is missing or says too little
        ("%ctl_start h|", ["hello"]),
        ("%ctl_start | --wait", NAMES),
        ("%ctl_start HELL|", ["hello"]),
        ("%ctl_start ell|", ["hello"]),
        ("%ctl_start aaaa0000|", TWINS[::-1]),
        ("%ctl_executions dé|", ["déjà-vu"]),
        ("%ctl_stop --all-running he|", ["hello"]),
        ("%ctl_stop --all-running=he|", ["hello"]),
        # names with spaces, in the quotes that were begun with
        ("%ctl_start ni|", ["'nightly check'"]),
        ("%ctl_start 'nig|", ["'nightly check'"]),
        ('%ctl_start "nightly c|', ['"nightly check"']),
        ("%ctl_start nightly\\ c|", ["'nightly check'"]),
        ("%ctl_stop --all-running='ni|", ["'nightly check'"]),
        # executions, newest first
        ("%ctl_watch |", [NIGHTLY_RUNS, NIGHTLY_FAILED, HELLO_DONE]),
        ("%ctl_watch f000|", [NIGHTLY_RUNS, NIGHTLY_FAILED]),
        (f"%ctl_stop {NIGHTLY_RUNS} f|", [NIGHTLY_FAILED]),
        ("%ctl_watch --job hello |", [HELLO_DONE]),
        # hosts of what the line names
        ("%ctl_start hello --host |", ["web1", "web2"]),
        ("%ctl_start hello --host web1 --host |", ["web2"]),
        ("%ctl_start --host | hello", ["web1", "web2"]),
        ("%ctl_start --host w|", ["web1", "web2"]),
        ("%ctl_start hello --limit web1,!w|", ["web1,!web1", "web1,!web2"]),
        (f"%ctl_restart {NIGHTLY_FAILED} --host |", ["db2", "db1"]),
        # variables of the job
        ("%ctl_start hello --var |", ["greeting=", "db_password="]),
        ("%ctl_start hello --var greeting=a --var |", ["db_password="]),
        ("%ctl_start hello --var greeting=H|", []),
        # choices, statuses, profiles
        ("%ctl_start hello --on-interrupt |", ["detach", "stop", "kill"]),
        ("%ctl_start hello --on-interrupt=k|", ["kill"]),
        ("%ctl_executions --status F|", ["FAILURE"]),
        ("%ctl_login p|", ["prod"]),
        # options; those that were given are not offered again
        ("%ctl_start hello --wa|", ["--wait"]),
        ("%ctl_start hello --wait --wa|", []),
        ("%ctl_start hello --wa| --wait", []),
        ("%ctl_start hello --host web1 --hos|", ["--host", "--hosts"]),
        ("%ctl_start he|llo --wait", ["hello"]),
        ("%ctl_panel |", [option.flag for option in COMMON]),
        # nothing to offer, and none of IPython's own words
        ("%ctl_start hello --timeout |", []),
        ("%ctl_start hello --timeout=|", []),
        ("%ctl_job hello --description |", []),
        ("%ctl_start -- --wa|", []),
        ("%ctl_start nothing-like-it|", []),
        ("%ctl_start hello hello hello|", []),
        ("%ctl_start hello --no-such=|", None),
        # where lines of ours may stand
        ("x = 1\nif x:\n    run = %ctl_watch f|", [NIGHTLY_RUNS, NIGHTLY_FAILED]),
        ("%%time\n%ctl_start h|", ["hello"]),
        ("%ctl_start \\\n  hello --hos|", ["--host", "--hosts"]),
        ("\n\n%%ctl_start h|\nhosts: [web1]", ["hello"]),
        ("ctl_start h|", ["hello"]),
        ("%%ctl_start hello\n%ctl_start h|", None),
        ("%%bash\n%ctl_start h|", None),
        ("%%ctl_jobs h|", None),
        ("x = 1\n%%ctl_start h|", None),
        ("'%ctl_start h|", None),
    ],
)
def test_what_is_offered(known: Completer, marked: str, expected: list[str] | None) -> None:
    texts = known.texts(marked)
    if expected is None:
        assert "hello" not in texts
    elif expected == NAMES:
        assert texts[: len(NAMES)] == NAMES
        assert {text[:2] for text in texts[len(NAMES) :]} == {"--"}
    elif expected and not expected[0].startswith("-"):
        assert [text for text in texts if not text.startswith("--")] == expected
    else:
        assert texts == expected


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("%ctl_start ni| --wait", "%ctl_start 'nightly check' --wait"),
        ("%ctl_start 'ni|", "%ctl_start 'nightly check'"),
        ("%ctl_start hello --wa|", "%ctl_start hello --wait"),
        ("%ctl_start hello --host=w|", "%ctl_start hello --host=web1"),
        ("x = 'déjà'\n%ctl_start dé|", "x = 'déjà'\n%ctl_start déjà-vu"),
        ("%%ctl_start hel|\nhosts: [web1]", "%%ctl_start hello\nhosts: [web1]"),
    ],
)
def test_what_choosing_writes(known: Completer, marked: str, expected: str) -> None:
    assert known.chosen(marked) == expected


def test_notes_say_what_an_offer_is(known: Completer) -> None:
    assert known.offers("%ctl_watch f|") == [
        (NIGHTLY_RUNS, "RUNNING nightly check"),
        (NIGHTLY_FAILED, "FAILURE nightly check"),
    ]
    assert known.offers("%ctl_start hello --host web1|") == [("web1", "host of hello")]
    assert known.offers("%ctl_restart f0000000 --host db2|") == [("db2", "failed host")]
    assert known.offers("%ctl_start --no-w|") == [("--no-wait", "not --wait")]
    assert known.offers("%ctl_start --wai|") == [("--wait", "wait for the end; the cell fails when t…")]


@pytest.mark.parametrize("quote", ["", '"', "'"], ids=["bare", "double", "single"])
@pytest.mark.parametrize("name", ["zoe's", 'z say "hi"', "z\\slash", "z a $b {{ c }} = d", "zürich, am See"])
def test_a_name_is_written_so_that_it_is_read_again(
    notebook: Notebook, completer: Completer, fake: FakeRunner, name: str, quote: str
) -> None:
    job_id = fake.add_job(name)
    log_in(notebook, fake)
    until(lambda: completer.texts(f"%ctl_start {quote}z|"), "the job does not appear")
    preview = notebook.run(f"{completer.chosen(f'%ctl_start {quote}z|')} --host web1 --dry-run")
    assert preview.path == f"/jobs/ACCT/{job_id}/start"


def test_variables_and_columns_of_the_notebook(completer: Completer, notebook: Notebook) -> None:
    notebook.shell.user_ns.update(
        extra={"a": 1},
        machines=["web1"],
        frame=pd.DataFrame({"host": ["web1"], "owner name": ["ada"], 7: [1]}),
        _hidden=1,
        function=print,
        pd=pd,
    )
    assert completer.offers("%ctl_start hello --vars |") == [
        ("extra", "dict"),
        ("frame", "DataFrame"),
        ("machines", "list"),
    ]
    assert completer.texts("%ctl_start hello --hosts |") == ["extra", "frame.", "machines"]
    assert completer.texts("%ctl_start hello --hosts frame.|") == ["frame.host", "'frame.owner name'"]
    assert completer.texts("%ctl_start hello -o ma|") == ["machines"]


def test_handles_in_variables_are_executions(known: Completer, notebook: Notebook) -> None:
    notebook.run(f"%ctl_watch {HELLO_DONE} -o run")
    assert known.texts("%ctl_stop r|") == ["run"]


def test_paths_of_keys(completer: Completer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(os.environ["HOME"])
    (home / ".ssh").mkdir()
    (home / ".ssh" / "id_ed25519").touch()
    here = tmp_path / "here"
    (here / "my keys").mkdir(parents=True)
    (here / "my keys" / "a").touch()
    (here / "key").touch()
    monkeypatch.chdir(here)
    assert completer.texts("%ctl_start hello --ssh-key |") == ["key", "'my keys/'"]
    assert completer.texts("%ctl_start hello --ssh-key 'my keys/'|") == ["'my keys/a'"]
    assert completer.texts("%ctl_start hello --ssh-key ~/.s|") == ["~/.ssh/"]
    assert completer.texts("%ctl_start hello --ssh-key=~/.ssh/|") == ["~/.ssh/id_ed25519"]
    assert completer.texts(f"%ctl_start hello --ssh-key {here}/k|") == [f"{here}/key"]
    assert completer.texts("%ctl_start hello --ssh-key /no/such/|") == []


def test_profiles_of_the_config_file(completer: Completer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("CTL_CONFIG", str(path))
    path.write_text('[profiles.staging]\nusername = "ada"\n')
    assert completer.texts("%ctl_login s|") == ["staging"]
    path.write_text("[profiles")
    assert completer.texts("%ctl_login |")[:3] == ["local", "prod", "qa"]


def test_the_built_in_profiles_are_the_client_s() -> None:
    assert set(completion.BUILT_IN_PROFILES) == {"local", *PROFILES}


def test_whatever_the_table_says_is_completed(
    known: Completer, notebook: Notebook, fake: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.shell.user_ns["extra"] = {}
    fake.trouble(Answer(document={"accounts": ["robot"]}), path="/serviceAccounts/", times=1_000)
    with monkeypatch.context() as patch:
        patch.setattr(known_names, "FRESH", 0)
        until(lambda: "robot" in known.texts("%ctl_service_account |"), "the service account does not appear")
    kinds = set()
    for spec in MAGICS.values():
        wanted = [(option.completes, f"{option.flag} |") for option in spec.options if option.completes]
        wanted += [(argument.completes, "|") for argument in spec.arguments[:1] if argument.completes]
        for kind, place in wanted:
            job = "hello " if kind == Completes.PROPERTIES else ""
            assert known.texts(f"{spec.shown} {job}{place}"), (spec.name, place)
            kinds.add(kind)
    assert kinds == set(Completes)


# --- what is asked of the service, and when --------------------------------------------------------------------------


def background_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ctl-names"]


def test_nothing_is_asked_before_the_first_log_in(completer: Completer) -> None:
    assert "--wait" in completer.texts("%ctl_start |")
    assert background_threads() == []


def test_nothing_is_asked_when_completion_is_off(completer: Completer, notebook: Notebook, fake: FakeRunner) -> None:
    fake.add_job("hello")
    notebook.run("%config Ctl.completion = False")
    log_in(notebook, fake)
    assert completer.texts("%ctl_start hel|") == []
    assert "--wait" in completer.texts("%ctl_start |")
    notebook.run("%ctl_start hello -o run --quiet")
    assert background_threads() == []


def test_a_log_in_and_what_changes_something_have_names_read(
    completer: Completer, notebook: Notebook, fake: FakeRunner
) -> None:
    log_in(notebook, fake)
    fake.await_calls("GET", "/jobs/ACCT/executions", 1)
    assert fake.await_calls("GET", "/serviceAccounts/ACCT", 1)
    before = len(fake.calls_to("GET", "/jobs/ACCT/executions"))
    notebook.run("%%ctl_job new\n- hosts: all\n  tasks: []")
    assert len(fake.await_calls("GET", "/jobs/ACCT/executions", before + 1)) == before + 1
    until(lambda: completer.texts("%ctl_start n|") == ["new"], "the new job does not appear")


def test_what_is_made_while_names_are_read_is_read_after_them(
    completer: Completer, notebook: Notebook, fake: FakeRunner
) -> None:
    hold = Hold()
    fake.trouble(hold, path="/serviceAccounts/")
    log_in(notebook, fake)
    assert hold.reached.wait(20)
    notebook.run("%%ctl_job new\n- hosts: all\n  tasks: []")
    hold.released.set()
    until(lambda: not background_threads(), "the background does not end")
    assert completer.texts("%ctl_start n|") == ["new"]


def test_a_dry_run_has_nothing_read(known: Completer, notebook: Notebook, fake: FakeRunner) -> None:
    until(lambda: not background_threads(), "names are still read")
    before = len(fake.calls_to("GET", "/jobs/ACCT/executions"))
    notebook.run("%ctl_start hello --dry-run")
    assert background_threads() == []
    assert len(fake.calls_to("GET", "/jobs/ACCT/executions")) == before


def test_names_that_are_known_are_not_read_at_each_tab(known: Completer, fake: FakeRunner) -> None:
    until(lambda: not background_threads(), "names are still read")
    known.texts("%ctl_start |")
    until(lambda: not background_threads(), "names are still read")
    before = len(fake.calls)
    for _ in range(20):
        known.texts("%ctl_start |")
    assert len(fake.calls) == before


def test_old_names_are_read_again(known: Completer, fake: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_names, "FRESH", 0)
    fake.add_job("brand-new")
    until(lambda: known.texts("%ctl_start bra|") == ["brand-new"], "the new job does not appear")
    fake.executions[NIGHTLY_RUNS]["status"] = "SUCCESS"
    until(lambda: "SUCCESS nightly check" in str(known.offers("%ctl_watch f|")), "the status stays")
    hello = next(job_id for job_id, job in fake.jobs.items() if job["name"] == "hello")
    del fake.jobs[hello]
    until(lambda: known.texts("%ctl_start hel|") == [], "the deleted job stays")


def test_of_a_long_list_the_newest_are_offered_and_typing_finds_the_rest(
    completer: Completer, notebook: Notebook, fake: FakeRunner
) -> None:
    for number in range(730):
        fake.add_job(f"job-{number:03}")
    log_in(notebook, fake)
    until(lambda: completer.texts("%ctl_start job-00|") == [f"job-00{n}" for n in range(9, -1, -1)], "not all are read")
    assert completer.texts("%ctl_start job|") == [f"job-{number}" for number in range(729, 529, -1)]
    pages = [call.query["page"] for call in fake.calls_to("GET", "/jobs/ACCT")]
    # The glance of the log-in, and all pages, once each.
    assert sorted(map(int, pages)) == sorted([0, *range(8)])


def test_jobs_that_went_from_a_long_list_go(
    completer: Completer, notebook: Notebook, fake: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(350):
        fake.add_job(f"job-{number:03}")
    log_in(notebook, fake)
    until(lambda: completer.texts("%ctl_start job-000|") == ["job-000"], "not all are read")
    until(lambda: not background_threads(), "names are still read")
    monkeypatch.setattr(known_names, "FRESH", 0)
    del fake.jobs[next(iter(fake.jobs))]
    until(lambda: completer.texts("%ctl_start job-000|") == [], "the deleted job stays")


def test_another_account_does_not_show_the_names_of_the_one_before(
    known: Completer, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeRunner(alias="OTHER") as other:
        other.add_job("theirs")
        log_in(notebook, other)
        assert "hello" not in known.texts("%ctl_start |")
        until(lambda: known.texts("%ctl_start th|") == ["theirs"], "the other account's job does not appear")
        assert NIGHTLY_RUNS not in known.texts("%ctl_watch |")
        assert known.texts("%ctl_start --host w|") == []


def test_a_service_that_hangs_holds_nothing_up(
    known: Completer, fake: FakeRunner, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_names, "FRESH", 0)
    until(lambda: not background_threads(), "names are still read")
    hold = Hold()
    fake.trouble(hold, path="", times=1000)
    for _ in range(5):
        assert known.texts("%ctl_start hel|") == ["hello"]
    assert hold.reached.wait(20)
    assert known.texts("%ctl_start hel|") == ["hello"]
    # Who waits is one, however often Tab is pressed.
    assert len(background_threads()) == 1
    hold.released.set()
    until(lambda: not background_threads(), "the background does not end")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(503),
        Answer(500, body=b"<html>"),
        Answer(document=7),
        Answer(document={"totalSize": 1, "results": [{"no": "id"}]}),
        Answer(document={"totalSize": 1, "results": [7]}),
        Answer(document={"totalSize": 1, "results": [{"id": 1, "execution_id": 2, "hosts": [{}], "name": [1]}]}),
    ],
    ids=["busy", "broken", "number", "rows without ids", "no rows", "rows of other forms"],
)
def test_a_service_in_trouble_changes_nothing(
    known: Completer,
    fake: FakeRunner,
    trouble: Answer,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(known_names, "FRESH", 0)
    until(lambda: not background_threads(), "names are still read")
    before = len(fake.calls)
    fake.trouble(trouble, path="", times=1000)
    known.texts("%ctl_start |")
    until(lambda: len(fake.calls) >= before + 3 and not background_threads(), "nothing was asked for")
    # Each is asked for once: a service in trouble is left alone.
    assert len(fake.calls) == before + 3
    assert known.texts("%ctl_start hel|") == ["hello"]
    until(lambda: not background_threads(), "the background does not end")
    assert capfd.readouterr() == ("", "")


def test_a_service_that_is_gone(
    known: Completer, fake: FakeRunner, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_names, "FRESH", 0)
    fake.close()
    for _ in range(3):
        assert known.texts("%ctl_start hel|") == ["hello"]
    until(lambda: not background_threads(), "the background does not end")
    assert capfd.readouterr() == ("", "")


def test_the_background_never_logs_in(known: Completer, fake: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_names, "FRESH", 0)
    until(lambda: not background_threads(), "names are still read")
    fake.takes_no_token = True
    before = len(fake.calls)
    assert known.texts("%ctl_start hel|") == ["hello"]
    until(lambda: len(fake.calls) >= before + 3 and not background_threads(), "nothing was asked for")
    assert len(fake.log_ins()) == 1


def test_values_are_not_kept(known: Completer, notebook: Notebook, fake: FakeRunner) -> None:
    memory = notebook.shell.magics_manager.registry["JobMagics"].memory
    assert "greeting" in repr(vars(memory.names))
    assert "Hi" not in repr(vars(memory.names))
    assert fake.password not in repr(vars(memory.names))


# --- beside IPython's own --------------------------------------------------------------------------------------------


OTHERS = [
    "import o|",
    "%time |",
    "%ctl_lo|",
    "%%ctl_st|",
    "x.up|",
    "open('/et|",
    "%cd /et|",
    "print('%ctl_start |')",
    "d['|",
]


@pytest.mark.parametrize("marked", OTHERS)
def test_other_lines_are_completed_as_before(completer: Completer, notebook: Notebook, marked: str) -> None:
    notebook.shell.user_ns.update(x="text", d={"key": 1})
    with_ours = completer.offers(marked)
    assert with_ours
    matchers = notebook.shell.Completer.custom_matchers
    ours = matchers.pop()
    assert completer.offers(marked) == with_ours
    matchers.append(ours)


def test_it_is_there_once_and_goes(completer: Completer, notebook: Notebook) -> None:
    matchers = notebook.shell.Completer.custom_matchers
    assert len(matchers) == 1
    notebook.run("%load_ext ctl_jupyter")
    notebook.run("%reload_ext ctl_jupyter")
    assert len(matchers) == 1
    assert completer.texts("%ctl_start --wa|") == ["--wait"]
    notebook.run("%unload_ext ctl_jupyter")
    assert matchers == []
    assert "--wait" not in completer.texts("%ctl_start --wa|")
    notebook.run("%load_ext ctl_jupyter")


def test_a_setting_that_cannot_be_read_shows_no_error(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CTL_COMPLETION", "perhaps")
    notebook.run("%reload_ext ctl_jupyter")
    assert Completer(notebook).texts("%ctl_start --wa|") in ([], ["--wait"])
    assert capfd.readouterr() == ("", "")


# --- in a kernel and in a terminal -----------------------------------------------------------------------------------


def test_over_a_kernel_with_the_embedded_runner(embedded_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTL_RUNNER_HOME", str(embedded_home))
    manager, client = start_new_kernel(kernel_name="python3")
    try:

        def run(cell: str) -> None:
            reply = client.execute_interactive(cell, timeout=60, output_hook=lambda message: None)
            assert reply["content"]["status"] == "ok", reply["content"]

        def complete(marked: str) -> dict[str, Any]:
            client.complete(marked.replace("|", ""), marked.index("|"))
            content: dict[str, Any] = client.get_shell_msg(timeout=60)["content"]
            assert content["status"] == "ok"
            return content

        run("%load_ext ctl_jupyter")
        run("%ctl_login local")
        run("%%ctl_job 'from a kernel' --host localhost\n- hosts: all\n  tasks: []")
        until(lambda: complete("%ctl_start from|")["matches"] == ["'from a kernel'"], "the job does not appear")
        answer = complete("π = 1\n%ctl_start 'from a kernel' --wa|")
        assert answer["matches"] == ["--wait"]
        assert (answer["cursor_start"], answer["cursor_end"]) == (33, 37)
        (shown,) = answer["metadata"]["_jupyter_types_experimental"]
        assert shown["type"].split()[:3] == ["wait", "for", "the"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_in_ipython_s_terminal() -> None:
    environment = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    # Without what history would have it write after the cursor.
    command = ["-m", "IPython", "--no-banner", "--TerminalInteractiveShell.autosuggestions_provider=None"]
    options: dict[str, Any] = {"env": environment, "encoding": "utf-8", "timeout": 60, "dimensions": (40, 160)}
    with pexpect.spawn(sys.executable, command, **options) as terminal:
        terminal.expect_exact("In [")
        terminal.send("%load_ext ctl_jupyter\r")
        terminal.expect_exact("In [")
        terminal.send("%ctl_executions --sta\t")
        terminal.expect_exact("tus")
        terminal.send(" INIT_\t")
        terminal.expect_exact("FAILURE")
        terminal.send(" -h\r")
        terminal.expect_exact("Show the executions of a job")
        terminal.sendeof()
