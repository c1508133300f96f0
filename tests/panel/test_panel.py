import json
import re
import threading
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import ipywidgets
import pytest

import ctl_jupyter
from ctl_jupyter.client import session as session_module
from ctl_jupyter.panel import panel
from tests.live.stub_runner import StubRunner, result, status


class Driver:
    """Uses a panel as a person does: finds parts by what is written on them, waits for what is shown."""

    def __init__(self, widget: Any) -> None:
        self.widget = widget
        self._changed = threading.Condition()
        for part in self.parts():
            part.observe(self._note)

    def _note(self, _: object) -> None:
        with self._changed:
            self._changed.notify_all()

    def parts(self) -> Iterator[Any]:
        waiting = [self.widget]
        while waiting:
            part = waiting.pop(0)
            waiting = [*getattr(part, "children", ()), *waiting]
            yield part

    def part(self, description: str) -> Any:
        (found,) = (part for part in self.parts() if getattr(part, "description", "") == description)
        return found

    @property
    def status(self) -> str:
        (found,) = (part.value for part in self.texts() if 'role="status"' in part.value and "<code" not in part.value)
        return words(found)

    @property
    def cards(self) -> list[str]:
        return [words(part.value) for part in self.texts() if "<code" in part.value]

    @property
    def log_in(self) -> str:
        return words(next(self.texts()).value)

    def texts(self) -> Iterator[Any]:
        return (part for part in self.parts() if isinstance(part, ipywidgets.HTML))

    def wait_until(self, holds: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(holds, 30), self.status
            # Cards come while the panel is used.
            for part in self.parts():
                part.unobserve(self._note)
                part.observe(self._note)

    def click(self, description: str) -> None:
        """Press a button and wait until its work is done."""
        button = self.part(description)
        button.click()
        self.wait_until(lambda: not button.disabled)

    def choose(self, name: str) -> None:
        chooser = self.part("Job")
        chooser.label = name


def words(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


@pytest.fixture
def driver(runner: StubRunner) -> Driver:
    return Driver(panel(runner.session))


@pytest.fixture(autouse=True)
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_current", None)


def test_making_a_panel_asks_the_service_nothing(runner: StubRunner) -> None:
    driver = Driver(panel(runner.session))

    assert runner.requests == []
    assert driver.log_in == "● logged in: ACME at stub"
    assert driver.status == "Press 'Refresh jobs' to see what there is."


def test_the_panels_text_shows_nothing_of_its_fields(driver: Driver) -> None:
    driver.part("Hosts").value = "web1"

    assert repr(driver.widget) == "Runner's panel (run this cell to use it)"


def test_the_package_offers_the_panel() -> None:
    assert isinstance(ctl_jupyter.panel(), ipywidgets.VBox)


@pytest.mark.parametrize("button", ["Refresh jobs", "Start"])
def test_without_a_log_in_the_panel_says_so(button: str) -> None:
    driver = Driver(panel())
    assert driver.log_in == "○ not logged in"

    driver.click(button)

    assert driver.status == "✗ Not logged in: run %ctl_login (in Python: ctl_jupyter.connect()) first."


def test_a_log_in_after_the_panel_was_made_is_taken(runner: StubRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(panel())
    monkeypatch.setattr(session_module, "_current", runner.session)

    driver.click("Refresh jobs")

    assert driver.log_in == "● logged in: ACME at stub"
    assert driver.status == "There are no jobs in this account yet."


def test_jobs_are_listed_found_and_kept_chosen(runner: StubRunner, driver: Driver) -> None:
    for name in ("deploy web", "deploy db", "backup"):
        runner.add_job(name)

    driver.click("Refresh jobs")
    assert driver.status == "3 jobs."
    driver.choose("deploy db")
    driver.part("Find").value = "DEPLOY"

    assert driver.status == "2 of 3 jobs match."
    assert list(driver.part("Job")._options_labels) == ["deploy web", "deploy db"]
    driver.click("Refresh jobs")
    assert driver.part("Job").label == "deploy db"
    driver.part("Find").value = "nothing like it"
    assert driver.status == "0 of 3 jobs match."
    assert driver.part("Job").value is None


def test_a_long_list_is_cut_and_says_so(runner: StubRunner, driver: Driver) -> None:
    for number in range(250):
        runner.add_job(f"job {number}")

    driver.click("Refresh jobs")

    assert len(driver.part("Job").options) == 200
    assert driver.status == "250 jobs match; the newest 200 are listed: type more to find one."


def test_a_job_is_started_on_the_hosts_given_and_its_card_follows_it(runner: StubRunner, driver: Driver) -> None:
    runner.add_job("deploy web")
    driver.click("Refresh jobs")
    driver.choose("deploy web")
    driver.part("Hosts").value = "web1 ansible_port=2222\nweb2\n"
    assert driver.status == "2 hosts to run on."

    driver.click("Start")

    assert runner.starts == [{"hosts": [{"id": "web1", "hostVars": {"ansible_port": "2222"}}, {"id": "web2"}]}]
    assert driver.status == "Started deploy web: execution job-0001-execution-1."
    assert "execution job-0001-execution-1" in driver.cards[0]
    runner.tell(result("ok", "web1"), status("SUCCESS"), execution_id="job-0001-execution-1")
    driver.wait_until(lambda: "SUCCESS" in driver.cards[0])
    assert "1 host: 1 ok" in driver.cards[0]


def test_without_hosts_the_jobs_own_are_meant(runner: StubRunner, driver: Driver) -> None:
    runner.add_job("deploy web")
    driver.click("Refresh jobs")
    driver.choose("deploy web")

    driver.click("Start")

    assert runner.starts == [{}]


def test_the_newest_card_is_on_top_and_old_ones_go(runner: StubRunner, driver: Driver) -> None:
    runner.add_job("deploy web")
    driver.click("Refresh jobs")
    driver.choose("deploy web")

    for _ in range(6):
        driver.click("Start")

    shown = [re.findall(r"execution-\d", card)[0] for card in driver.cards]
    assert shown == ["execution-6", "execution-5", "execution-4", "execution-3", "execution-2"]


def test_a_second_click_while_a_start_is_on_its_way_starts_nothing(runner: StubRunner, driver: Driver) -> None:
    runner.add_job("deploy web")
    driver.click("Refresh jobs")
    driver.choose("deploy web")
    runner.may_answer.clear()
    button = driver.part("Start")

    button.click()
    assert button.disabled
    assert driver.part("Refresh jobs").disabled
    assert driver.status == "Starting …"
    button.click()
    runner.may_answer.set()
    driver.wait_until(lambda: not button.disabled)

    assert len(runner.starts) == 1


@pytest.mark.parametrize(
    ("hosts", "sentence"),
    [
        ("web1 web2", "✗ Line 1 of the hosts: 'web2' is not a variable written as name=value."),
        ("web1\nweb1", "✗ The host 'web1' is given twice."),
    ],
)
def test_hosts_that_cannot_be_used_start_nothing(runner: StubRunner, driver: Driver, hosts: str, sentence: str) -> None:
    runner.add_job("deploy web")
    driver.click("Refresh jobs")
    driver.choose("deploy web")
    driver.part("Hosts").value = hosts
    assert driver.status == sentence

    driver.click("Start")

    assert driver.status == sentence
    assert runner.starts == []


def test_a_start_without_a_job_asks_for_one(driver: Driver) -> None:
    driver.click("Start")

    assert driver.status == "✗ Choose a job first."


def test_the_services_errors_are_shown(runner: StubRunner, driver: Driver) -> None:
    runner.is_down = True

    driver.click("Refresh jobs")

    assert driver.status.startswith("✗ http://127.0.0.1:1 cannot be reached (connection refused).")
    assert not driver.part("Start").disabled


def test_what_nobody_thought_of_is_shown_too(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("surprise <b>")

    monkeypatch.setattr("ctl_jupyter.client.calls.RunnerCalls.jobs", broken)

    driver.click("Refresh jobs")

    assert driver.status == ("✗ This went wrong in ctl-jupyter itself: KeyError: 'surprise <b>'")
    assert capsys.readouterr() == ("", "")


def test_a_secret_does_not_stay_in_the_widgets_state(driver: Driver) -> None:
    driver.part("Hosts").value = "web1 ansible_password=hunter2 ansible_user=ops"

    assert driver.part("Hosts").value == "web1  ansible_user=ops"
    assert driver.status.startswith("✗ ansible_password was taken out of the hosts")
    state = ipywidgets.Widget.get_manager_state(widgets=list(driver.parts()))
    assert "hunter2" not in json.dumps(state)
