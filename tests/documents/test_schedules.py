"""Reading schedules and service accounts, in every form that they are answered in."""

from typing import Any

import pytest

from ctl_jupyter.documents import (
    DocumentError,
    Schedule,
    ScheduledStart,
    ServiceAccount,
    Trigger,
    check_schedule,
    read_execution,
    read_page,
    read_schedule,
    read_service_account,
    read_service_account_aliases,
)

HOSTED = {"id": "s1", "jobId": "j1", "accountAlias": "ACCT", "scheduleId": "q9", "description": "nightly"}
CRON = {"type": "cron", "expression": "30 2 * * *"}


def test_an_answer_of_the_hosted_service() -> None:
    read = read_page({"totalSize": 1, "page": 0, "size": 100, "results": [HOSTED]}, read_schedule).results
    assert read == [Schedule(id="s1", job_id="j1", account_alias="ACCT", schedule_id="q9", description="nightly")]
    assert read[0].to_wire() == HOSTED


@pytest.mark.parametrize("members", [{"trigger": CRON}, {"type": CRON}, {"type": CRON, "trigger": CRON}])
def test_both_spellings_of_the_trigger(members: dict[str, Any]) -> None:
    read = read_schedule({**HOSTED, **members})
    assert read.trigger == Trigger(type="cron", expression="30 2 * * *")
    assert read.to_wire() == {**HOSTED, "trigger": CRON}


def test_members_that_are_null_or_unknown() -> None:
    read = read_schedule({**HOSTED, "trigger": None, "type": None, "timezone": None, "costCentre": 7})
    assert (read.trigger, read.timezone) == (None, None)
    assert read.to_wire() == {**HOSTED, "costCentre": 7}


def test_a_schedule_without_a_trigger_is_no_body() -> None:
    with pytest.raises(DocumentError, match="A schedule needs a 'trigger', as in"):
        check_schedule(read_schedule(HOSTED))


def test_two_triggers_that_differ() -> None:
    with pytest.raises(DocumentError, match="and here they differ"):
        read_schedule({"trigger": CRON, "type": {**CRON, "expression": "0 0 * * *"}})


def test_a_service_account_never_shows_its_password() -> None:
    account = read_service_account({"alias": "nightly", "username": "robot", "password": "s3cret"})
    assert account == ServiceAccount(alias="nightly", username="robot", password="s3cret")
    assert account.to_wire()["password"] == "s3cret"
    assert "s3cret" not in repr(account)
    assert "robot" in repr(account)


@pytest.mark.parametrize("document", [None, [], {}, {"accounts": None}, {"accounts": "nightly"}, {"accounts": [{}]}])
def test_no_list_of_service_accounts(document: Any) -> None:
    with pytest.raises(DocumentError, match="no list of service accounts"):
        read_service_account_aliases(document)


def test_a_list_of_service_accounts() -> None:
    assert read_service_account_aliases({"accounts": ["nightly", "weekly"]}) == ["nightly", "weekly"]


def test_the_mark_of_a_schedule_on_an_execution() -> None:
    mark = {"id": "s1", "fire_time": 1790000000000, "catch_up": True, "service_account_alias": "nightly"}
    execution = read_execution({"execution_id": "e1", "schedule": mark})
    assert execution.schedule == ScheduledStart(
        id="s1", fire_time=1790000000000, catch_up=True, service_account_alias="nightly"
    )
    assert read_execution({"execution_id": "e1"}).schedule is None
