"""Why executions of real playbooks ended as they did, as our own client finds it out."""

import base64
from pathlib import Path
from typing import Any

import pytest

from ctl_jupyter.client import ExecutionHandle, Session, Why
from ctl_jupyter.client.causes import Cause
from ctl_jupyter.documents import read_job
from tests.service.api import local_hosts
from tests.service.git_repository import GitRepository
from tests.service.waiting import Gate

CANARY = "canary-of-a-password"
#: Nothing listens there.
OUT_OF_REACH = {"ansible_host": "127.0.0.1", "ansible_port": 1}


def play(*tasks: str, **keywords: str) -> str:
    """A playbook of one play; each task is YAML in one line."""
    lines = ["- name: Everything", "  hosts: all", "  gather_facts: false"]
    lines += [f"  {name}: {value}" for name, value in keywords.items()]
    return "\n".join([*lines, "  tasks:", *(f"    - {task}" for task in tasks)]) + "\n"


ROOM = (
    '{name: Look around, ansible.builtin.debug: {msg: "fine"}}',
    (
        "{name: Room is left, ansible.builtin.fail: "
        '{msg: "the disk of {{ inventory_hostname }} is {{ full }} % full"}, when: full | int > 90}'
    ),
    "{name: Go on, ansible.builtin.ping: }",
)
DISK = play(*ROOM)


def start(session: Session, name: str, hosts: list[dict[str, Any]], playbook: str = "", **members: Any) -> Any:
    """Start the job of a name, which becomes what is given."""
    document: dict[str, Any] = {"name": name, "hosts": hosts, **members}
    if playbook:
        document["playbook"] = base64.b64encode(playbook.encode()).decode()
    known = next((job for job in session.calls.jobs() if job.name == name), None)
    changed = known and read_job({**known.to_wire(), **document})
    return session.start(session.update_job(changed) if changed else session.create_job(document))


def run(
    session: Session, name: str, hosts: list[dict[str, Any]], playbook: str = "", **members: Any
) -> ExecutionHandle:
    handle: ExecutionHandle = start(session, name, hosts, playbook, **members)
    handle.wait(120)
    return handle


def only(why: Why) -> Cause:
    (cause,) = why.causes
    return cause


def lines_of(why: Why) -> list[str]:
    return repr(why).splitlines()


def test_one_host_of_four_fails(session: Session) -> None:
    hosts = [*local_hosts("db1", full=97), *local_hosts("web1", "web2", "web3", full=10)]
    handle = run(session, "one of four", hosts, DISK)

    why = handle.why()

    assert (why.status, why.run, why.runs, why.is_final) == ("FAILURE", 1, 1, True)
    assert set(why.hosts) == {"db1", "web1", "web2", "web3"}
    cause = only(why)
    assert (cause.host, cause.unreachable, cause.task, cause.play) == ("db1", False, "Room is left", "Everything")
    assert (cause.path, cause.action, cause.message) == (
        "playbook.yml:6",
        "ansible.builtin.fail",
        "the disk of db1 is 97 % full",
    )
    assert lines_of(why) == [
        f"one of four: FAILURE on 1 of 4 hosts (execution {handle.execution_id})",
        "",
        "db1 failed in task 'Room is left' (playbook.yml:6, play 'Everything')",
        "  the disk of db1 is 97 % full",
        "",
        "There is no earlier execution of the job to compare with.",
    ]


def test_the_exception_and_why_name_the_same_first_failure(session: Session) -> None:
    playbook = play(
        "block: [{name: Fall, ansible.builtin.fail: {msg: fell}}]\n"
        "      always: [{name: Sweep, ansible.builtin.fail: {msg: no broom}}]"
    )
    handle = run(session, "always", local_hosts("web1"), playbook)

    assert (only(handle.why()).task, only(handle.why()).message) == ("Fall", "fell")
    assert handle.describe_failure().splitlines()[1:] == ["web1 failed in task 'Fall': fell"]


def test_the_same_cause_on_many_hosts_and_hosts_that_are_out_of_reach(session: Session) -> None:
    hosts = [host for number in range(1, 6) for host in local_hosts(f"db{number}", full=90 + number)]
    gone = [{"id": name, "hostVars": {**OUT_OF_REACH, "full": 0}} for name in ("gone1", "gone2")]
    why = run(session, "many hosts", [*hosts, *local_hosts("web1", full=1), *gone], DISK).why()

    failed, unreachable = why.groups
    assert (set(failed.hosts), failed.first.unreachable, failed.differs) == (
        {f"db{n}" for n in range(1, 6)},
        False,
        True,
    )
    assert (set(unreachable.hosts), unreachable.first.unreachable) == ({"gone1", "gone2"}, True)
    assert "Connection refused" in unreachable.first.message
    text = repr(why)
    assert "FAILURE on 7 of 8 hosts" in text
    assert " and 2 more failed in task 'Room is left'" in text
    assert "could not be reached in task 'Go on'" in text


def test_the_failing_item_of_a_loop(session: Session) -> None:
    task = (
        "{name: Loop, ansible.builtin.command: \"sh -c 'echo bad {{ item }} >&2; exit {{ item }}'\", loop: [0, 4, 5]}"
    )
    cause = only(run(session, "loop", local_hosts("web1"), play(task)).why())

    assert (cause.item, cause.rc, cause.stderr, cause.message) == ("4", 4, "bad 4", "non-zero return code")


def test_what_was_rescued_or_ignored_is_no_cause(session: Session) -> None:
    ignored = "{name: Ignored, ansible.builtin.fail: {msg: never mind}, ignore_errors: true}"
    rescued = (
        "block: [{name: Tried, ansible.builtin.fail: {msg: tried}}]\n"
        "      rescue: [{name: Mend, ansible.builtin.debug: {msg: mended}}]"
    )
    fails = "{name: Fatal, ansible.builtin.fail: {msg: broken}, when: inventory_hostname == 'web1'}"
    why = run(session, "harmless failure", local_hosts("web1", "web2"), play(ignored, rescued, fails)).why()

    assert (only(why).host, only(why).task, only(why).led_by) == ("web1", "Fatal", "")
    told = {(failure.how, failure.task, failure.hosts) for failure in why.harmless}
    assert ("rescued", "Tried", ("web2",)) in told
    assert {task for how, task, _ in told if how == "ignored"} == {"Ignored"}

    success = run(session, "harmless success", local_hosts("web1"), play(ignored, rescued)).why()
    assert lines_of(success)[1:] == [
        "Nothing failed.",
        "",
        "Failures that were ignored: 'Ignored' on web1",
        "Failures that were rescued: 'Tried' on web1",
    ]


def test_a_rescue_that_fails_names_what_led_to_it(session: Session) -> None:
    playbook = play(
        "block: [{name: Tried, ansible.builtin.fail: {msg: tried}}]\n"
        "      rescue: [{name: Mend, ansible.builtin.fail: {msg: no glue}}]"
    )
    why = run(session, "failing rescue", local_hosts("web1"), playbook).why()
    assert (only(why).task, only(why).led_by) == ("Mend", "Tried")
    assert "in the rescue of 'Tried'" in repr(why)


@pytest.mark.parametrize(
    ("keywords", "directive"),
    [({"any_errors_fatal": "true"}, "any_errors_fatal"), ({"max_fail_percentage": "10"}, "max_fail_percentage")],
)
def test_hosts_that_the_play_was_ended_for_are_no_causes(
    session: Session, keywords: dict[str, str], directive: str
) -> None:
    hosts = [*local_hosts("db1", full=97), *local_hosts("web1", "web2", full=1)]
    why = run(session, directive, hosts, play(*ROOM, **keywords)).why()

    assert only(why).host == "db1"
    assert (set(why.ended_with), why.ended_by) == ({"web1", "web2"}, directive)
    assert f"Ended with that, without a failure of their own ({directive}): web1, web2" in repr(why)


def test_hosts_that_no_task_was_run_on(session: Session) -> None:
    hosts = [*local_hosts("db1", full=97), *local_hosts("web1", full=1)]
    why = run(session, "serial", hosts, play(*ROOM, serial="1")).why()

    assert (only(why).host, why.not_reached) == ("db1", ("web1",))
    assert "FAILURE on 1 of 2 hosts" in lines_of(why)[0]
    assert "No task was run on: web1" in lines_of(why)


def test_an_asynchronous_task(session: Session) -> None:
    task = "{name: Slow, ansible.builtin.command: \"sh -c 'echo out; echo no >&2; exit 3'\", async: 30, poll: 1}"
    cause = only(run(session, "async", local_hosts("web1"), play(task)).why())
    assert (cause.task, cause.rc, cause.stdout, cause.stderr) == ("Slow", 3, "out", "no")


def test_the_end_of_long_output(session: Session) -> None:
    command = "for n in $(seq 3000); do echo line $n of a long complaint >&2; done; exit 2"
    task = f"{{name: Chatty, ansible.builtin.shell: '{command}'}}"
    why = run(session, "chatty", local_hosts("web1"), play(task)).why()
    assert only(why).stderr.splitlines()[-1] == "line 3000 of a long complaint"
    assert len(only(why).stderr.splitlines()) == 20
    assert lines_of(why)[3:9] == ["  stderr ends:", *(f"  | line {n} of a long complaint" for n in range(2996, 3001))]


def test_a_repository_whose_second_commit_breaks_the_playbook(session: Session, tmp_path: Path) -> None:
    repository = GitRepository(tmp_path)
    then = repository.commit("A playbook that works", {"site.yml": DISK.replace("> 90", "> 100")})
    repository.publish()
    source = {"url": repository.url, "branch": "trunk", "defaultPlaybook": "site.yml"}
    hosts = [*local_hosts("db1", full=97), *local_hosts("web1", full=1)]
    success = run(session, "site", hosts, repository=source)
    assert success.execution.status == "SUCCESS"
    assert success.why().commit is not None
    now = repository.commit("Mind the disks\n\nAll of them.", {"site.yml": DISK})
    repository.publish()

    why = run(session, "site", hosts, repository=source).why()

    (last,) = why.successes
    assert (last.hosts, last.execution_id, last.before) == (("db1",), success.execution_id, 1)
    assert last.commits is not None
    assert [commit.commit for commit in last.commits] == [then, now]
    assert f"  commit: {then[:8]} (A playbook that works) → {now[:8]} (Mind the disks)" in lines_of(why)
    assert "  the same: variables (by name), host variables (by name), hosts, tags" in lines_of(why)

    missing = run(session, "site", hosts, repository={**source, "branch": "missing"}).why()

    assert (missing.status, missing.groups, missing.reason) == (
        "INIT_FAILURE",
        (),
        "The repository has no branch or tag 'missing'.",
    )
    assert [found.execution_id for found in missing.successes] == [success.execution_id]
    assert missing.successes[0].before == 2
    assert missing.successes[0].job_changed is not None


def test_variables_hosts_and_tags_that_changed_by_name_alone(session: Session) -> None:
    tagged = DISK.replace("Room is left,", "Room is left, tags: [check],")
    hosts = [*local_hosts("db1", full=1, old_color=CANARY), *local_hosts("web1", "old", full=1)]
    given = {"release": "1", "region": CANARY}
    success = run(session, "changing", hosts, tagged, properties=given, playbookTags=["check"])
    assert success.execution.status == "SUCCESS"
    hosts = [*local_hosts("db1", full=97, new_color=CANARY), *local_hosts("web1", "new", full=1)]

    handle = run(
        session, "changing", hosts, tagged, properties={"release": "2", "db_password": CANARY}, playbookTags=[]
    )
    why = handle.why()

    (last,) = why.successes
    assert last.variables is not None
    assert (last.variables.added, last.variables.removed) == (("db_password",), ("region",))
    assert last.host_variables == ({"new_color": ("db1",)}, {"old_color": ("db1",)})
    assert last.all_hosts is not None
    assert (last.all_hosts.added, last.all_hosts.removed) == (("new",), ("old",))
    assert last.tags == (("check",), ())
    assert lines_of(why)[-5:-1] == [
        "  variables: added db_password; removed region",
        "  host variables: added new_color on db1; removed old_color on db1",
        "  hosts: added new; removed old",
        "  tags: check → all tasks",
    ]
    assert "its document was changed since" in repr(why)
    for event in [*success.events(), *handle.events()]:
        assert CANARY not in str(event.message)
    assert CANARY not in repr(why) + str(vars(why))


def test_the_first_event_tells_what_was_given(session: Session) -> None:
    handle = run(session, "given", [*local_hosts("web1", "web2"), {"id": "localhost"}], play("ansible.builtin.ping:"))
    (message,) = [event.details for event in handle.events() if event.event_type == "playbook_on_start"]
    assert message == {
        "playbook": "playbook.yml",
        "given": {
            "tags": [],
            "variables": [],
            "hosts": [
                {"names": ["web1", "web2"], "variables": ["ansible_connection"]},
                {"names": ["localhost"], "variables": []},
            ],
        },
    }


def test_the_last_success_of_a_host_may_be_in_an_execution_that_failed(session: Session) -> None:
    full = {"db1": (1, 1, 97, 97), "db2": (1, 97, 1, 98)}
    handles = [
        run(
            session,
            "taking turns",
            [host for name in full for host in local_hosts(name, full=full[name][turn])],
            DISK,
        )
        for turn in range(4)
    ]

    why = handles[-1].why()

    assert [(success.hosts, success.execution_id, success.status) for success in why.successes] == [
        (("db2",), handles[2].execution_id, "FAILURE"),
        (("db1",), handles[1].execution_id, "FAILURE"),
    ]
    assert (why.without_success, why.looked_at) == ((), 2)


def test_after_a_restart_the_last_run_counts(session: Session) -> None:
    hosts = [*local_hosts("db1", full=97), *local_hosts("web1", full=1)]
    handle = run(session, "restarted", hosts, DISK)
    again = handle.restart()
    again.wait(60)

    for picked_up in (again, session.execution(handle.execution_id)):
        why = picked_up.why()
        assert (why.run, why.runs, why.hosts, only(why).host) == (2, 2, ("db1",), "db1")
        assert lines_of(why)[0] == (
            f"restarted: FAILURE on 1 of 1 host (execution {handle.execution_id}, run 2 after 1 restart)"
        )


def test_one_that_runs_is_stopped_and_killed(session: Session, tmp_path: Path) -> None:
    with Gate(tmp_path / "gate") as gate:
        fails = "{name: Fail, ansible.builtin.fail: {msg: broken}, when: inventory_hostname == 'db1'}"
        module, command = gate.task.split(": ", 1)
        playbook = play(fails, f"{{name: Wait, {module}: '{command}'}}")
        handle: ExecutionHandle = start(session, "gated", local_hosts("db1", "web1"), playbook)
        gate.await_task()

        why = handle.why()
        assert (why.status, why.is_final, only(why).host) == ("RUNNING", False, "db1")
        assert lines_of(why)[:2] == [
            f"gated: RUNNING on 1 of 2 hosts so far (execution {handle.execution_id})",
            "It still runs, now in task 'Wait'; what failed so far:",
        ]

        handle.kill()
        handle.wait(60)
        why = handle.why()
        assert (why.status, why.reason, why.task) == ("KILLED", "It was killed as asked.", "Wait")
        assert "It was killed as asked." in lines_of(why)
        assert only(why).host == "db1"
