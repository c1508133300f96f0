"""The tab of schedules without a browser: times, rhythms, forms, the copied cell, and the list with its buttons."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from ctl_jupyter.client import Session, connect
from ctl_jupyter.client.session import make_current
from ctl_jupyter.documents import DocumentError, Execution, Job, Schedule, Trigger, read_schedule
from ctl_jupyter.documents.executions import ScheduledStart
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.schedules import SchedulesTab
from ctl_jupyter.panel.schedules.copying import schedule_cell
from ctl_jupyter.panel.schedules.entries import ScheduleEntries, WrongEntries, entries_of, schedule_of
from ctl_jupyter.panel.schedules.listing import last_starts, schedule_row
from ctl_jupyter.panel.schedules.presets import Preset, expression_of, preset_of
from ctl_jupyter.panel.schedules.times import fires_html, fires_of, next_fire_of
from ctl_jupyter.triggers import zone_of
from tests.fake_runner import Answer, Break, FakeRunner, Hold
from tests.panel.clicking import give
from tests.service.waiting import until as wait_until

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BERLIN = zone_of("Europe/Berlin")
FAR = "2099-01-01T03:00:00Z"


def until(condition: Callable[[], Any], what: str = "the tab shows it") -> None:
    wait_until(condition, what)


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


# --- times ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "times"),
    [
        # Put forward on 2026-03-29: 02:30 does not come that day.
        (
            datetime(2026, 3, 27, 12, tzinfo=UTC),
            ["Sat 2026-03-28 02:30 CET", "Sun 2026-03-29 03:00 CEST", "Mon 2026-03-30 02:30 CEST"],
        ),
        # Put back on 2026-10-25: 02:30 comes twice.
        (
            datetime(2026, 10, 23, 12, tzinfo=UTC),
            ["Sat 2026-10-24 02:30 CEST", "Sun 2026-10-25 02:30 CEST", "Mon 2026-10-26 02:30 CET"],
        ),
    ],
)
def test_next_times_where_the_clock_changes(now: datetime, times: list[str]) -> None:
    fires = fires_of(Trigger(type="cron", expression="30 2 * * *"), "Europe/Berlin", now)

    shown = text_of(fires_html(fires, BERLIN))

    assert len(fires.moments) == 5
    assert shown.startswith("The next 5 times, in your time zone (Europe/Berlin): " + " ".join(times))


def test_times_of_another_zone_are_said_in_both() -> None:
    fires = fires_of(Trigger(type="cron", expression="0 21 * * *"), "America/New_York", NOW)

    shown = text_of(fires_html(fires, BERLIN))

    assert "Tue 2026-06-02 03:00 CEST (Mon 2026-06-01 21:00 EDT in America/New_York)" in shown


def test_a_date_fires_once_and_then_no_more() -> None:
    trigger = Trigger(type="date", expression="2026-06-02T03:00")

    assert "It fires once" in fires_html(fires_of(trigger, "Europe/Berlin", NOW), BERLIN)
    later = fires_of(trigger, "Europe/Berlin", datetime(2026, 6, 3, tzinfo=UTC))
    assert text_of(fires_html(later, BERLIN)) == "It does not fire again."


def test_the_next_start_is_what_runner_tells_or_what_the_trigger_says() -> None:
    trigger = Trigger(type="cron", expression="0 * * * *")

    assert next_fire_of(Schedule(trigger=trigger, next_fire_time=1_900_000_000_000), NOW) == datetime.fromtimestamp(
        1_900_000_000, UTC
    )
    assert next_fire_of(Schedule(trigger=trigger), NOW) == datetime(2026, 6, 1, 13, tzinfo=UTC)
    assert next_fire_of(Schedule(), NOW) is None
    assert next_fire_of(Schedule(next_fire_time=2**62), NOW) is None


# --- rhythms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "expression"),
    [
        (Preset("hourly", "00:15"), "15 * * * *"),
        (Preset("daily", "07:05"), "5 7 * * *"),
        (Preset("weekly", "23:59", weekday=0), "59 23 * * 0"),
        (Preset("monthly", "02:30", day=31), "30 2 31 * *"),
    ],
)
def test_rhythms_fill_the_expression_and_are_known_again(preset: Preset, expression: str) -> None:
    assert expression_of(preset) == expression
    assert preset_of(expression) == preset


@pytest.mark.parametrize("expression", ["*/5 * * * *", "61 * * * *", "0 24 * * *", "0 2 32 * *", "1 2 3 4 5", "", "x"])
def test_other_expressions_are_no_rhythm(expression: str) -> None:
    assert preset_of(expression).kind == "own"


def test_a_time_of_the_day_that_is_none() -> None:
    with pytest.raises(DocumentError, match="from 00:00 to 23:59"):
        expression_of(Preset("daily", "24:00"))


# --- what the fields say -------------------------------------------------------------------------------------------

RIGHT = ScheduleEntries("hello", "every night", "cron", "30 2 * * *", "Europe/Berlin", "nightly")


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"job": " "}, "job", "Choose the job"),
        ({"expression": ""}, "expression", "Say when"),
        ({"expression": "30 2 * *"}, "expression", "is no cron expression"),
        ({"expression": "* * */20 * 1L"}, "expression", "never fires"),
        ({"kind": "date", "expression": "2020-01-01T03:00"}, "expression", "has passed"),
        ({"kind": "date", "expression": "tomorrow"}, "expression", "is no date"),
        ({"timezone": "Berlin"}, "timezone", "IANA time zone"),
        ({"service_account": ""}, "service_account", "Choose the service account"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(changed: dict[str, str], field: str, sentence: str) -> None:
    entries = ScheduleEntries(**{**{name: getattr(RIGHT, name) for name in RIGHT.__dataclass_fields__}, **changed})

    with pytest.raises(WrongEntries) as caught:
        schedule_of(entries, None, NOW)

    assert list(caught.value.sentences) == [field]
    assert sentence in caught.value.sentences[field]


def test_unknown_members_survive_an_edit() -> None:
    known = read_schedule(
        {
            "id": "s1",
            "trigger": {"type": "date", "expression": "2020-01-01T03:00:00Z"},
            "serviceAccountAlias": "nightly",
            "nextFireTime": 1,
            "colour": {"of": "hope"},
        }
    )
    entries = entries_of(known, "hello")

    # Its date has passed, and is not what is being changed.
    schedule = schedule_of(ScheduleEntries("hello", "new", *_rest(entries)), known, NOW)

    kept = {name: value for name, value in known.to_wire().items() if name != "nextFireTime"}
    assert schedule.to_wire() == {**kept, "description": "new"}


def _rest(entries: ScheduleEntries) -> tuple[str, str, str, str]:
    return entries.kind, entries.expression, entries.timezone, entries.service_account


def test_a_runner_that_knows_no_zones_gets_none_unasked() -> None:
    entries = ScheduleEntries("hello", "", "date", "2099-01-01T04:00+01:00", "UTC", "nightly")

    assert schedule_of(entries, None, NOW).to_wire() == {
        "trigger": {"type": "date", "expression": FAR},
        "serviceAccountAlias": "nightly",
    }


# --- rows ----------------------------------------------------------------------------------------------------------


def test_a_row_says_the_last_start_where_runner_tells_it() -> None:
    schedule = Schedule(id="s1", trigger=Trigger(type="cron", expression="0 3 * * *"), timezone="Europe/Berlin")
    started = [
        Execution(execution_id=key, status=word, schedule=ScheduledStart(id="s1", fire_time=at))
        for key, word, at in (("e2", "FAILURE", 1_780_275_600_000), ("e1", "SUCCESS", 1_780_189_200_000))
    ]

    row = schedule_row(Job(id="j", name="hello"), schedule, last_starts(started), BERLIN, NOW)

    assert row.key == "j/s1"
    assert row.cells["last start"] == "2026-06-01 03:00 FAILURE"
    assert row.cells["next start"] == "2026-06-02 03:00"
    assert row.cells["when"] == "0 3 * * * (Europe/Berlin)"


def test_a_row_of_a_runner_that_shows_little() -> None:
    row = schedule_row(Job(id="j", name="hello"), Schedule(id="s1"), {}, BERLIN, NOW)

    assert (row.cells["when"], row.cells["next start"]) == ("not shown", "not shown")


# --- the copied cell -----------------------------------------------------------------------------------------------


@pytest.fixture
def fake() -> Iterator[FakeRunner]:
    with FakeRunner() as fake:
        fake.forms.whole_schedules = True
        fake.service_accounts["nightly"] = {"alias": "nightly", "username": "ada"}
        yield fake


@pytest.fixture
def session(fake: FakeRunner, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("CLC_V2_API_USERNAME", fake.username)
    monkeypatch.setenv("CLC_V2_API_PASSWD", fake.password)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    return connect(fake.url)


@pytest.fixture
def shell(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("CTL_COMPLETION", "false")
    config = Config()
    config.HistoryManager.hist_file = str(tmp_path / "history.sqlite")
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "ctl_jupyter")
    make_current(session)
    yield shell
    shell.run_line_magic("unload_ext", "ctl_jupyter")
    shell.history_manager.end_session()
    shell.reset(new_session=False)
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("job_name", ["hello", "--all of 'it' {x} $y"])
@pytest.mark.parametrize(
    "entries",
    [
        RIGHT,
        ScheduleEntries("", "", "cron", "*/5 0 1-3 * MON-FRI", "UTC", "nightly"),
        ScheduleEntries("", 'it\'s {{ one }} "$x" -- ö', "date", "2099-01-01T03:00", "America/New_York", "nightly"),
        ScheduleEntries("", " two\nlines: #1", "date", FAR, "UTC", "nightly"),
        ScheduleEntries("", "--description", "cron", "0 3 * * *", "UTC", "nightly"),
    ],
)
def test_the_cell_sends_what_the_form_sends(
    fake: FakeRunner, shell: InteractiveShell, session: Session, entries: ScheduleEntries, job_name: str, is_known: bool
) -> None:
    job = session.calls.get_job(fake.add_job(job_name))
    known = None
    if is_known:
        old = {"trigger": {"type": "cron", "expression": "1 1 1 1 *"}, "serviceAccountAlias": "nightly"}
        known = session.create_schedule(job, {**old, "description": "before", "timezone": "UTC", "colour": "red"})
    schedule = schedule_of(ScheduleEntries(job_name, entries.description, *_rest(entries)), known, NOW)

    with capture_output():
        shell.run_cell(schedule_cell(schedule, job, known)).raise_error()

    sent = [call for call in fake.calls if call.method in ("POST", "PUT") and "/schedules" in call.path]
    assert sent[-1].method == ("PUT" if is_known else "POST")
    assert sent[-1].document == schedule.to_wire()
    assert len(sent) == (2 if is_known else 1)


# --- the tab -------------------------------------------------------------------------------------------------------


class Tab:
    """The tab, used as a person uses it: by what is written on its parts."""

    def __init__(self, session: Session | None = None) -> None:
        self.desk = Desk(session)
        self.tab = SchedulesTab(self.desk)

    def parts(self, widget: Any = None) -> Iterator[Any]:
        widget = self.tab.widget if widget is None else widget
        if getattr(widget.layout, "display", None) == "none":
            return
        yield widget
        for child in getattr(widget, "children", ()):
            yield from self.parts(child)

    def part(self, name: str) -> Any:
        """The one visible control of that label."""
        (found,) = [one for one in self.parts() if getattr(one, "description", "").removesuffix(" (required)") == name]
        return found

    @property
    def words(self) -> str:
        return text_of(" ".join(one.value for one in self.parts() if isinstance(one, ipywidgets.HTML)))

    @property
    def status(self) -> str:
        return text_of(self.desk.status.value)

    def choose(self, job: Job | None) -> None:
        self.desk.job_chosen.tell(job)
        self.tab.show()

    def wait_for(self, words: str) -> None:
        until(lambda: words in self.status or words in self.words, f"{words!r} is shown")

    def open_form(self, button: str = "New schedule") -> None:
        self.part(button).click()
        self.wait_for("service account")
        until(lambda: "Asking" not in self.status)


@pytest.fixture
def job(fake: FakeRunner, session: Session) -> Job:
    return session.calls.get_job(fake.add_job("hello"))


def sent(fake: FakeRunner) -> list[tuple[str, Any]]:
    return [
        (call.method, call.document) for call in fake.calls if call.method != "GET" and not call.path.startswith("/v2/")
    ]


def test_nobody_logged_in_and_no_job_chosen(session: Session, fake: FakeRunner) -> None:
    out = Tab()
    make_current(None)
    out.tab.show()
    assert "Log in to see schedules." in out.words
    assert out.part("New schedule").disabled

    tab, before = Tab(session), len(fake.calls)
    tab.tab.show()

    assert "Choose a job in the tab Jobs" in tab.words
    assert len(fake.calls) == before


def test_schedules_of_a_job_and_of_all(fake: FakeRunner, session: Session, job: Job) -> None:
    other = session.calls.get_job(fake.add_job("other"))
    document = {"trigger": {"type": "cron", "expression": "30 2 * * *"}, "serviceAccountAlias": "nightly"}
    session.create_schedule(other, document)
    tab = Tab(session)

    tab.choose(job)
    tab.wait_for("There are no schedules of the job hello yet")
    until(lambda: not tab.part("Refresh").disabled)
    next(one for one in tab.parts() if isinstance(one, ipywidgets.ToggleButtons)).value = True
    tab.wait_for("1 schedule of all jobs.")

    (row,) = tab.tab._table.rows
    assert row.cells["job"] == "other"
    tab.tab._table.chosen = row.key
    assert "The next 5 times, in your time zone (Europe/Berlin)" in tab.words
    assert "02:30 UTC in UTC" in tab.words


def all_jobs(tab: Tab) -> Any:
    """Return the choice between the chosen job and all jobs."""
    return next(one for one in tab.parts() if isinstance(one, ipywidgets.ToggleButtons))


NIGHTLY = {"trigger": {"type": "cron", "expression": "30 2 * * *"}, "serviceAccountAlias": "nightly"}


def test_asking_all_jobs_can_be_stopped_and_shows_what_came(fake: FakeRunner, session: Session, job: Job) -> None:
    for number in range(40):
        fake.add_job(f"job-{number}")
    newest, *_ = session.calls.jobs()
    session.create_schedule(newest, NIGHTLY)
    late = job if job.id != newest.id else [*session.calls.jobs()][-1]
    hold = Hold()
    fake.trouble(hold, "GET", f"{newest.id}/schedules")
    tab = Tab(session)
    all_jobs(tab).value = True
    assert hold.reached.wait(20)

    tab.part("Stop asking").click()
    hold.released.set()

    tab.wait_for("1 schedule of the jobs that were asked.")
    assert "20 of 41 jobs were asked: 'Refresh' asks all of them." in tab.words
    assert fake.calls_to("GET", f"/jobs/ACCT/{late.id}/schedules") == []
    until(lambda: not tab.part("Refresh").disabled)
    tab.part("Refresh").click()
    tab.wait_for("1 schedule of all jobs.")
    assert "jobs were asked" not in tab.words


def test_a_runner_that_breaks_off_leaves_the_schedules_that_came(fake: FakeRunner, session: Session, job: Job) -> None:
    for number in range(40):
        fake.add_job(f"job-{number}")
    jobs = [*session.calls.jobs()]
    session.create_schedule(jobs[0], NIGHTLY)
    fake.trouble(Answer(500, {"message": "I am ill."}), "GET", f"{jobs[30].id}/schedules", times=50)
    tab = Tab(session)

    all_jobs(tab).value = True

    until(lambda: "✗" in tab.status)
    assert [row.cells["job"] for row in tab.tab._table.rows] == [jobs[0].name]
    assert "'Refresh' asks all of them." in tab.words


def test_what_is_deleted_while_all_jobs_are_asked_stays_so(fake: FakeRunner, session: Session, job: Job) -> None:
    session.create_schedule(job, NIGHTLY)
    tab = Tab(session)
    all_jobs(tab).value = True
    tab.wait_for("1 schedule of all jobs.")
    until(lambda: not tab.part("Refresh").disabled)
    tab.tab._table.chosen = tab.tab._table.rows[0].key
    other = fake.add_job("other")
    hold = Hold()
    fake.trouble(hold, "GET", f"{other}/schedules")
    tab.part("Refresh").click()
    assert hold.reached.wait(20)
    until(lambda: fake.calls_to("GET", f"/jobs/ACCT/{job.id}/schedules")[1:])

    tab.part("Delete").click()
    tab.part("Really delete?").click()
    tab.wait_for("of hello deleted.")
    hold.released.set()

    tab.wait_for("0 schedules of all jobs.")


def test_the_same_mistake_is_told_once_while_one_types(fake: FakeRunner, session: Session, job: Job) -> None:
    tab = Tab(session)
    tab.choose(job)
    tab.wait_for("no schedules of the job hello")
    tab.open_form()
    (note,) = [box.children[1] for box in tab.parts() if getattr(box, "children", ())[:1] == (tab.part("Time zone"),)]
    told: list[str] = []
    note.observe(lambda change: told.append(text_of(change["new"])), "value")

    tab.part("Time zone").value = "Mars"
    for expression in ("0", "0 4", "0 4 * * *"):
        tab.part("When").value = expression

    (sentence,) = told
    assert "IANA time zone" in sentence


def test_a_runner_without_schedules(fake: FakeRunner, session: Session, job: Job) -> None:
    fake.trouble(Answer(404, {"message": "There is no such thing."}), "GET", "schedules")
    tab = Tab(session)

    tab.choose(job)

    tab.wait_for("The schedules could not be read")
    until(lambda: "There is no such thing." in tab.status)


def test_next_times_follow_what_is_typed_and_nothing_wrong_is_sent(
    fake: FakeRunner, session: Session, job: Job
) -> None:
    tab = Tab(session)
    tab.choose(job)
    tab.wait_for("no schedules of the job hello")
    tab.open_form()
    before = sent(fake)

    tab.part("When").value = "* * */20 * 1L"
    assert "never fires: there is no such day." in tab.words
    assert "The next 5 times" not in tab.words
    tab.part("Create").click()
    assert "never fires" in tab.status
    assert sent(fake) == before
    assert tab.part("When").value == "* * */20 * 1L"

    tab.part("Rhythm").value = "weekly"
    tab.part("At").value = "7:05"
    tab.part("On").value = 0
    assert tab.part("When").value == "5 7 * * 0"
    assert "The next 5 times" in tab.words
    tab.part("At").value = "25:00"
    assert "from 00:00 to 23:59" in tab.words
    tab.part("When").value = "*/5 * * * *"
    assert tab.part("Rhythm").value == "own"

    tab.part("Starts the job").value = "date"
    tab.part("When").value = "2000-01-01T00:00"
    assert "has passed" in tab.words
    tab.part("Starts the job").value = "cron"
    assert tab.part("When").value == "*/5 * * * *"
    tab.part("Time zone").value = "Mars"
    assert "IANA time zone" in tab.words


def test_create_edit_and_delete(fake: FakeRunner, session: Session, job: Job) -> None:
    fake.forms.extra = {"colour": "red"}
    tab = Tab(session)
    tab.choose(job)
    tab.wait_for("no schedules of the job hello")
    tab.open_form()
    tab.part("What it is for").value = "every night"
    assert tab.part("Service account").value == "nightly"
    create = tab.part("Create")
    create.click()
    create.click()
    tab.wait_for("of hello created.")
    create.click()

    tab.open_form("Edit")
    tab.part("When").value = "0 4 * * *"
    tab.part("Save").click()
    tab.wait_for("of hello updated.")
    assert "0 4 * * * (UTC)" in tab.words

    until(lambda: not tab.part("Delete").disabled)
    tab.part("Delete").click()
    assert len(fake.schedules) == 1
    tab.part("Really delete?").click()
    tab.wait_for("of hello deleted.")
    assert fake.schedules == {}
    methods = [
        (method, (document or {}).get("colour"))
        for method, document in sent(fake)
        if method != "POST" or document.get("trigger")
    ]
    assert methods == [("POST", None), ("PUT", "red"), ("DELETE", None)]


def test_a_creation_without_an_answer_is_not_sent_again(fake: FakeRunner, session: Session, job: Job) -> None:
    tab = Tab(session)
    tab.choose(job)
    tab.wait_for("no schedules of the job hello")
    tab.open_form()
    fake.trouble(Break(carried_out=True), "POST", "schedules")

    tab.part("Create").click()

    tab.wait_for("the new schedule may have happened all the same, and it was not sent again")
    assert len(fake.schedules) == 1
    assert tab.part("When").value == "30 2 * * *"


def test_a_runner_that_hides_its_times_is_asked_for_them(fake: FakeRunner, session: Session, job: Job) -> None:
    session.create_schedule(
        job, {"trigger": {"type": "cron", "expression": "30 2 * * *"}, "serviceAccountAlias": "nightly"}
    )
    fake.forms.whole_schedules = False
    tab = Tab(session)
    tab.choose(job)
    tab.wait_for("1 schedule of the job hello.")
    tab.tab._table.chosen = tab.tab._table.rows[0].key
    assert "Runner does not show when it fires." in tab.words

    tab.open_form("Edit")

    assert "say it again" in tab.words
    assert tab.part("When").value == ""


def test_a_service_account_needs_everything(fake: FakeRunner, session: Session, job: Job) -> None:
    tab = Tab(session)
    tab.choose(job)
    tab.wait_for("no schedules of the job hello")
    tab.open_form()
    before = sent(fake)
    tab.part("New service account").click()
    tab.part("Alias").value = "a/b"

    tab.part("Save account").click()

    assert "1 to 100 characters without '/'" in tab.words
    assert "Say who it logs in as." in tab.words
    assert tab.tab._form.account.password.error == "Give its password."
    assert sent(fake) == before


def test_another_job_chosen_while_the_first_is_asked(fake: FakeRunner, session: Session, job: Job) -> None:
    other = session.calls.get_job(fake.add_job("other"))
    hold = Hold()
    fake.trouble(hold, "GET", f"{job.id}/schedules")
    tab = Tab(session)
    tab.choose(job)
    assert hold.reached.wait(20)

    tab.choose(other)
    hold.released.set()

    tab.wait_for("There are no schedules of the job other yet")


def test_a_save_goes_to_the_account_of_the_click_and_closes_no_other_form(
    fake: FakeRunner, session: Session, job: Job
) -> None:
    tab = Tab(session)
    tab.choose(job)
    tab.wait_for("no schedules of the job hello")
    tab.open_form()
    hold = Hold()
    fake.trouble(hold, "POST", "schedules")
    create = tab.part("Create")
    create.click()
    assert hold.reached.wait(20)

    tab.tab._open_form(job, None)
    until(lambda: tab.part("Service account").value == "nightly")
    tab.part("What it is for").value = "another"
    hold.released.set()

    tab.wait_for("of hello created.")
    assert tab.part("What it is for").value == "another"
    assert len(tab.tab._table.rows) == 1


def test_a_save_that_looks_for_its_job_stays_with_its_account(fake: FakeRunner, session: Session, job: Job) -> None:
    tab = Tab(session)
    tab.tab._open_form(None, None)
    until(lambda: tab.part("Service account").value == "nightly" and "choose from" in tab.status)
    tab.part("Job").value = "hello"
    hold = Hold()
    fake.trouble(hold, "GET", "jobs/ACCT")
    tab.part("Create").click()
    assert hold.reached.wait(20)

    tab.desk.use(connect(fake.url))
    hold.released.set()

    tab.wait_for("of hello created.")
    assert len(fake.schedules) == 1
    assert tab.tab._table.rows == []


def test_a_password_does_not_outlive_its_account(fake: FakeRunner, session: Session, job: Job) -> None:
    tab = Tab(session)
    tab.choose(job)
    tab.wait_for("no schedules of the job hello")
    tab.open_form()
    tab.part("New service account").click()
    form = tab.tab._form.account
    give(form.password, "hunter2")

    tab.desk.use(connect(fake.url))

    assert form.password.is_empty
    assert form.widget.layout.display == "none"


def test_service_accounts_of_an_older_question_are_not_offered(fake: FakeRunner, session: Session, job: Job) -> None:
    tab = Tab(session)
    hold = Hold()
    fake.trouble(hold, "GET", "service")
    tab.tab._open_form(job, None)
    assert hold.reached.wait(20)
    tab.desk.use(connect(fake.url))
    fake.service_accounts["theirs"] = {"alias": "theirs", "username": "ada"}

    tab.tab._open_form(job, None)

    until(lambda: len(tab.part("Service account").options) == 3)
    hold.released.set()


def test_a_service_account_is_saved_with_its_password_and_offered(fake: FakeRunner, session: Session, job: Job) -> None:
    tab = Tab(session)
    tab.choose(job)
    tab.wait_for("no schedules of the job hello")
    tab.open_form()
    tab.part("New service account").click()
    tab.part("Alias").value = "nightly"
    tab.part("User name").value = "ada"
    form = tab.tab._form.account
    give(form.password, "hunter2")
    tab.part("Save account").click()
    tab.wait_for("Service account nightly saved.")

    assert fake.service_accounts["nightly"] == {"alias": "nightly", "username": "ada", "password": "hunter2"}
    assert form.password.is_empty
    assert "nightly" in [value for _, value in tab.part("Service account").options]
