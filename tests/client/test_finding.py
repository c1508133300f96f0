"""Naming jobs and executions as people do: by id, by name, by the beginning of an id."""

import pytest

from ctl_jupyter.client import AmbiguousName, NotFound, Session
from tests.fake_runner import FakeRunner


def test_a_job_by_its_id_is_asked_for_directly(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")

    assert session.find_job(job_id).name == "deploy"
    assert [call.path for call in runner.calls_to("GET", ".*")] == [f"/jobs/ACCT/{job_id}"]


@pytest.mark.parametrize("job_id", ["5604c1d0e4b0b8c5a1f3d2aa", "j-1", "web"])
def test_a_job_by_an_id_of_another_form(runner: FakeRunner, session: Session, job_id: str) -> None:
    runner.add_job("deploy", job_id)

    assert session.find_job(job_id).id == job_id


def test_a_job_by_its_name(runner: FakeRunner, session: Session) -> None:
    runner.add_job("deploy web")
    job_id = runner.add_job("deploy")

    assert session.find_job("deploy").id == job_id


def test_a_job_on_a_later_page(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("oldest")
    for number in range(150):
        runner.add_job(f"job {number}")

    assert session.find_job("oldest").id == job_id


def test_a_job_whose_name_looks_like_an_id(runner: FakeRunner, session: Session) -> None:
    name = "5604c1d0e4b0b8c5a1f3d2aa"
    job_id = runner.add_job(name)

    assert session.find_job(name).id == job_id


def test_a_name_wins_over_a_prefix(runner: FakeRunner, session: Session) -> None:
    runner.add_job("other", "abcd1234")
    job_id = runner.add_job("abcd", "ffff0000")

    assert session.find_job("abcd").id == job_id


def test_a_job_by_the_beginning_of_its_id(runner: FakeRunner, session: Session) -> None:
    runner.add_job("one", "abcd1111")
    runner.add_job("two", "abce2222")

    assert session.find_job("abcd").name == "one"


def test_a_beginning_may_not_be_too_short(runner: FakeRunner, session: Session) -> None:
    runner.add_job("one", "abcd1111")

    with pytest.raises(NotFound, match="no job 'abc'"):
        session.find_job("abc")


def test_a_beginning_of_several_ids(runner: FakeRunner, session: Session) -> None:
    for number in range(5):
        runner.add_job(f"job {number}", f"abcd{number}")

    with pytest.raises(AmbiguousName, match=r"5 jobs whose id begins with 'abcd'.*\(abcd4, abcd3, abcd2, …\)"):
        session.find_job("abcd")


def test_a_name_of_several_jobs(runner: FakeRunner, session: Session) -> None:
    one, two = runner.add_job("deploy"), runner.add_job("deploy")

    with pytest.raises(AmbiguousName, match="2 jobs named 'deploy'") as caught:
        session.find_job("deploy")
    assert one in str(caught.value)
    assert two in str(caught.value)

    assert session.find_job(one).id == one


def test_did_you_mean(runner: FakeRunner, session: Session) -> None:
    runner.add_job("deploy-web")
    runner.add_job("patch-database")

    with pytest.raises(NotFound, match="no job 'deploy-wbe'; did you mean 'deploy-web'"):
        session.find_job("deploy-wbe")


def test_nothing_like_it(runner: FakeRunner, session: Session) -> None:
    runner.add_job("deploy-web")

    with pytest.raises(NotFound, match="%ctl_jobs") as caught:
        session.find_job("zzz")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("name", ["", " ", "a/b", "été", "00000000-0000-0000-0000-000000000000"])
def test_names_that_are_nobodys(runner: FakeRunner, session: Session, name: str) -> None:
    runner.add_job("deploy")

    with pytest.raises(NotFound):
        session.find_job(name)


def test_a_job_of_exactly_that_name_or_id(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy", "abcd1111")

    found = session.find_job_named("deploy")

    assert found is not None
    assert found.id == job_id
    assert session.find_job_named("abcd1111") == found
    assert session.find_job_named("abcd") is None
    runner.add_job("deploy")
    with pytest.raises(AmbiguousName):
        session.find_job_named("deploy")


def test_an_execution_by_its_id(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")
    execution_id = runner.add_execution(job_id)
    runner.add_execution(job_id)

    handle = session.execution(execution_id)

    assert (handle.execution_id, handle.job_id, handle.job_name) == (execution_id, job_id, "deploy")


def test_an_execution_on_a_later_page(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")
    oldest = runner.add_execution(job_id)
    for _ in range(150):
        runner.add_execution(job_id)

    assert session.execution(oldest).execution_id == oldest


@pytest.mark.parametrize("job", ["deploy", None])
def test_an_execution_by_the_beginning_of_its_id(runner: FakeRunner, session: Session, job: str | None) -> None:
    job_id = runner.add_job("deploy")
    runner.add_execution(job_id, "abcd1111")
    runner.add_execution(job_id, "abce2222")

    assert session.execution("abcd", job).execution_id == "abcd1111"


def test_an_execution_whose_id_is_the_beginning_of_another(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")
    for execution_id in ("abcd", "abcd1"):
        runner.add_execution(job_id, execution_id)

    assert session.execution("abcd").execution_id == "abcd"


def test_a_beginning_of_several_executions(runner: FakeRunner, session: Session) -> None:
    job_id = runner.add_job("deploy")
    runner.add_execution(job_id, "abcd1111")
    runner.add_execution(job_id, "abcd2222")

    with pytest.raises(AmbiguousName, match="2 executions"):
        session.execution("abcd")


def test_an_execution_of_another_job(runner: FakeRunner, session: Session) -> None:
    runner.add_job("one")
    execution_id = runner.add_execution(runner.add_job("two"))

    with pytest.raises(NotFound):
        session.execution(execution_id, "one")


@pytest.mark.parametrize("execution_id", ["ffffffff", "abc", ""])
def test_executions_that_are_not_there(runner: FakeRunner, session: Session, execution_id: str) -> None:
    runner.add_execution(runner.add_job("deploy"), "abcd1111")

    with pytest.raises(NotFound):
        session.execution(execution_id)


def test_an_execution_outlives_its_job(runner: FakeRunner, session: Session) -> None:
    execution_id = runner.add_execution(runner.add_job("deploy", "job-1"))
    session.calls.delete_job("job-1")

    assert session.execution(execution_id).job_name == "job-1"
