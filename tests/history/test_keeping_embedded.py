"""What is kept of the embedded Runner, which tells what changed: real playbooks, pulled as Arrow."""

from pathlib import Path

import pytest

from ctl_jupyter.client import NotFound, Session
from ctl_jupyter.client import session as sessions
from ctl_jupyter.history import history
from ctl_jupyter.history.pulling import events_here
from tests.service.api import RunnerApi, local_hosts

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Say hello
      ansible.builtin.debug:
        msg: hello {{ inventory_hostname }}
    - name: Fail once
      ansible.builtin.file:
        path: "{{ mark }}"
        state: file
"""


def test_a_restart_and_what_is_new_are_found(api: RunnerApi, session: Session, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    run = api.begin(PLAYBOOK, local_hosts("web1", "web2"), properties={"mark": str(mark)})
    assert api.finish(run).status == "FAILURE"
    pulled = history(session=session, events=True)
    assert pulled.executions["status"].tolist() == ["FAILURE"]
    assert pulled.executions["complete"].all()
    assert pulled.complete
    assert pulled.hosts.groupby("outcome", observed=True).size().to_dict() == {"ok": 2, "failed": 2}
    assert history(session=session).hosts.equals(pulled.hosts)

    mark.touch()
    api.call("POST", f"/jobs/{{alias}}/{run.job_id}/executions/{run.execution_id}/restart", {})
    api.finish(run)
    second = api.begin(PLAYBOOK, local_hosts("web1"), properties={"mark": str(mark)})
    api.finish(second)
    pulled.refresh()
    assert pulled.executions["execution_id"].tolist() == [second.execution_id, run.execution_id]
    assert pulled.executions["status"].tolist() == ["SUCCESS", "SUCCESS"]
    assert pulled.executions["runs"].tolist() == [1, 2]
    assert pulled.hosts["run"].tolist() == [1, 1, 1, 1, 1, 1, 2, 2, 2, 2]
    assert pulled.runs["queue"].notna().all()
    assert pulled.complete


def test_events_of_many_executions_come_all_together(
    api: RunnerApi, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_here, "FEW", 8)
    job = api.create(PLAYBOOK, hosts=local_hosts("web1"), properties={"mark": str(tmp_path)})
    runs = [api.start(job["id"]) for _ in range(10)]
    for run in runs:
        api.finish(run)
    together = history(job["id"], session=session).hosts
    assert len(together) == 20
    each = history(job["id"], session=session, rows=7, store=False).hosts
    assert each["execution_id"].nunique() == 7
    same = together[together["execution_id"].isin(each["execution_id"].unique())]
    assert same.astype({"execution_id": "str"}).reset_index(drop=True).equals(each.astype({"execution_id": "str"}))


def test_a_deleted_jobs_executions_and_their_events_stay(
    api: RunnerApi, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = api.create(PLAYBOOK, hosts=local_hosts("web1"), properties={"mark": str(tmp_path)}, name="gone")
    for _ in range(2):
        api.finish(api.start(job["id"]))
    _ = history(session=session).executions
    api.call("DELETE", f"/jobs/{{alias}}/{job['id']}")
    with pytest.raises(NotFound, match=r"any more: .* history\('[^']*', offline=True\)"):
        _ = history(job["name"], session=session).executions
    assert history(job["name"], session=session, offline=True).executions["job"].tolist() == [job["name"]] * 2

    # Asked for one by one, and all together; kept, and not.
    for few, store in ((10_000, False), (1, False), (10_000, True)):
        monkeypatch.setattr(events_here, "FEW", few)
        pulled = history(session=session, store=store)
        of_deleted = pulled.hosts[pulled.hosts["job_id"] == job["id"]]
        assert len(of_deleted) == 4
        assert of_deleted["job"].unique().tolist() == [job["name"] if store else job["id"]]
        assert pulled.complete
        assert pulled.executions["complete"].all()

    # Another kernel, in which nobody logged in.
    monkeypatch.setattr(sessions, "_current", None)
    offline = history(offline=True)
    assert offline.hosts.equals(pulled.hosts)
    assert offline.executions["complete"].all()
