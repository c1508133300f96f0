"""Every status, every action, every actor: what may happen does, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update

from ctl_jupyter.documents import Host, Job, StartRequest, Status
from ctl_jupyter.service.outcome import Outcome
from ctl_jupyter.service.states import Actor, may_change
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.executions import EventRow, Executions
from ctl_jupyter.service.store.schema import executions as table
from ctl_jupyter.service.vault import Vault

PENDING, INITIALIZING, RUNNING = Status.PENDING, Status.INITIALIZING, Status.RUNNING
SUCCESS, FAILURE, INIT_FAILURE = Status.SUCCESS, Status.FAILURE, Status.INIT_FAILURE
STOPPING, STOPPED, KILLING, KILLED = Status.STOPPING, Status.STOPPED, Status.KILLING, Status.KILLED

#: What each action leaves an execution in, by the status it found; where nothing stands it changes nothing.
#: Written out by hand from the API's description, not derived from the table it checks.
EXPECTED: dict[str, dict[Status, Status]] = {
    "claim": {PENDING: INITIALIZING},
    "playbook begins": {INITIALIZING: RUNNING},
    "time is over": {INITIALIZING: STOPPING, RUNNING: STOPPING},
    "ends well": {INITIALIZING: SUCCESS, RUNNING: SUCCESS, STOPPING: STOPPED, KILLING: KILLED},
    "ends badly": {INITIALIZING: FAILURE, RUNNING: FAILURE, STOPPING: STOPPED, KILLING: KILLED},
    "never begins": {INITIALIZING: INIT_FAILURE, STOPPING: STOPPED, KILLING: KILLED},
    "cannot be launched": {PENDING: INIT_FAILURE, INITIALIZING: INIT_FAILURE, STOPPING: STOPPED, KILLING: KILLED},
    "stop": {PENDING: STOPPING, INITIALIZING: STOPPING, RUNNING: STOPPING, STOPPING: STOPPING},
    "kill": {PENDING: KILLING, INITIALIZING: KILLING, RUNNING: KILLING, STOPPING: KILLING, KILLING: KILLING},
    "restart": {FAILURE: PENDING, INIT_FAILURE: PENDING},
    "nobody began it": {INITIALIZING: PENDING},
}


class Desk:
    """A store with one execution that can be put into any status."""

    def __init__(self, directory: Path) -> None:
        self.database = Database(directory / "runner.sqlite")
        self.executions = Executions(self.database, Vault(directory / "secret.key"))
        job = Job(id="job", account_alias="LOCAL", name="job", hosts=[Host(id="web1")])
        self.execution_id = self.executions.create(job, StartRequest()).execution_id

    def put(self, status: Status) -> None:
        with self.database.write() as connection:
            connection.execute(update(table).values(status=status.value))

    @property
    def status(self) -> str:
        found = self.executions.find("LOCAL", self.execution_id)
        assert found is not None
        return found.status

    def do(self, action: str, run: int = 1) -> None:
        recorder, dispatcher = Actor.RECORDER, Actor.DISPATCHER
        me = self.execution_id
        match action:
            case "claim":
                self.executions.claim()
            case "playbook begins":
                self.executions.record(me, run, [], 10, status=RUNNING)
            case "time is over":
                self.executions.record(me, run, [], 10, status=STOPPING)
            case "ends well":
                self.executions.end(me, run, Outcome(SUCCESS), recorder)
            case "ends badly":
                self.executions.end(me, run, Outcome(FAILURE), recorder)
            case "never begins":
                self.executions.end(me, run, Outcome(INIT_FAILURE), recorder)
            case "cannot be launched":
                self.executions.end(me, run, Outcome(INIT_FAILURE), dispatcher)
            case "stop":
                self.executions.order(me, STOPPING)
            case "kill":
                self.executions.order(me, KILLING)
            case "nobody began it":
                self.executions.queue_again(me, run)
            case "restart":
                self.executions.restart(me, None, StartRequest())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.database.close()


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("action", list(EXPECTED))
def test_an_action_does_what_its_status_allows_and_no_more(desk: Desk, action: str, status: Status) -> None:
    desk.put(status)
    before = len(desk.executions.events_page("job", desk.execution_id, 0, 100)[1])
    desk.do(action)
    expected = EXPECTED[action].get(status, status)
    assert desk.status == expected
    if expected == status:
        assert len(desk.executions.events_page("job", desk.execution_id, 0, 100)[1]) == before


@pytest.mark.parametrize(
    "action",
    ["playbook begins", "time is over", "ends well", "ends badly", "never begins", "nobody began it"],
)
def test_a_run_that_is_over_changes_nothing_in_the_next(desk: Desk, action: str) -> None:
    desk.put(FAILURE)
    desk.do("restart")
    for status in Status:
        desk.put(status)
        desk.do(action, run=1)
        assert desk.status == status


def test_no_actor_leaves_a_final_status_but_the_user_by_a_restart() -> None:
    final = {SUCCESS, FAILURE, INIT_FAILURE, STOPPED, KILLED}
    left = {
        (actor, before, to) for actor in Actor for before in final for to in Status if may_change(actor, before, to)
    }
    assert left == {(Actor.USER, FAILURE, PENDING), (Actor.USER, INIT_FAILURE, PENDING)}


def test_running_comes_before_the_first_task_however_many_events_are_read_at_once(desk: Desk) -> None:
    desk.do("claim")
    types = ["playbook_on_start", "playbook_on_play_start", "playbook_on_task_start", "runner_on_ok"]
    desk.executions.record(desk.execution_id, 1, [EventRow(name, {}, 1) for name in types], 10, status=RUNNING)

    _, events = desk.executions.events_after(desk.execution_id, 0, 100)

    assert [event.event_type for event in events] == [
        *("status_change", "status_change", *types[:2]),
        *("status_change", *types[2:]),
    ]
    assert msgspec.json.decode(events[4].message) == {"status": "RUNNING"}
