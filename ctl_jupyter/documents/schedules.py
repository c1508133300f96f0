"""Schedules of jobs, and the service accounts that they log in with."""

import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from ctl_jupyter.documents.members import check_members
from ctl_jupyter.documents.reading import (
    OTHER,
    DocumentError,
    check_json,
    convert,
    keep_unknown,
    members_of,
    whole_times,
    without_nulls,
)
from ctl_jupyter.secrecy import masked

__all__ = [
    "Schedule",
    "ServiceAccount",
    "Trigger",
    "check_schedule",
    "check_service_account",
    "read_schedule",
    "read_service_account",
    "read_service_account_aliases",
]


class Trigger(msgspec.Struct, omit_defaults=True, kw_only=True):
    """When a schedule starts its job: ``cron`` with five fields, or ``date`` with one moment, as ``expression``."""

    type: str = ""
    expression: str = ""


class Schedule(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A schedule of a job.

    Parameters
    ----------
    schedule_id
        What the hosted service's own scheduler calls it; the embedded one has no other name than ``id``.
    service_account_alias
        The service account that it logs in with.
    timezone
        From the embedded service alone: the IANA time zone that ``trigger`` is read in; UTC when absent, as in Runner.
    next_fire_time
        From the embedded service alone: when it starts the job next, epoch milliseconds UTC.
    other
        Members that this version does not know, kept so that an update sends them back.
    """

    id: str | None = None
    job_id: str | None = None
    account_alias: str | None = None
    schedule_id: str | None = None
    description: str | None = None
    service_account_alias: str | None = None
    trigger: Trigger | None = None
    timezone: str | None = None
    next_fire_time: int | None = None
    other: dict[str, Any] = msgspec.field(default_factory=dict, name=OTHER)

    def to_wire(self) -> dict[str, Any]:
        """Return the document as the API writes it."""
        return members_of(self)


class ServiceAccount(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """The log-in of a schedule, by an alias; the password is sent and never answered."""

    alias: str = ""
    username: str = ""
    password: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return the document as the API writes it."""
        return cast("dict[str, Any]", msgspec.to_builtins(self))

    def __repr__(self) -> str:
        return f"ServiceAccount({masked(self.to_wire())})"


def read_schedule(document: Any) -> Schedule:
    """Read a schedule; its trigger may be named ``type``, as in Runner's documentation.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    tidy = whole_times(without_nulls(document), "nextFireTime")
    if isinstance(tidy, Mapping) and "type" in tidy:
        tidy = dict(tidy)
        other_spelling = tidy.pop("type")
        if tidy.setdefault("trigger", other_spelling) != other_spelling:
            raise DocumentError("A schedule has 'trigger' or 'type', which mean the same, and here they differ.")
    schedule = convert(tidy, Schedule, "The schedule")
    keep_unknown(schedule, tidy)
    return schedule


def check_schedule(schedule: Schedule) -> None:
    """Check what a schedule must hold before it can be created or updated; the service judges the expression.

    Raises
    ------
    DocumentError
        Naming the first thing that is missing or wrong.
    """
    check_members(schedule, "a schedule")
    trigger = schedule.trigger
    if trigger is None:
        raise DocumentError('A schedule needs a \'trigger\', as in {"type": "cron", "expression": "30 2 * * *"}.')
    if trigger.type not in ("cron", "date"):
        raise DocumentError(f"The type of a trigger is 'cron' or 'date', not {trigger.type[:50]!r}.")
    if not trigger.expression.strip():
        raise DocumentError("A trigger needs an 'expression': five cron fields, or a date in UTC.")
    if not (schedule.service_account_alias or "").strip():
        raise DocumentError("A schedule needs a 'serviceAccountAlias', the service account it logs in with.")
    check_json(schedule, "The schedule")


def read_service_account(document: Any) -> ServiceAccount:
    """Read a service account.

    Raises
    ------
    DocumentError
        When a member has the wrong type.
    """
    return convert(without_nulls(document), ServiceAccount, "The service account")


def check_service_account(account: ServiceAccount) -> None:
    """Check what a service account must hold before it can be created or updated.

    Raises
    ------
    DocumentError
        Naming the first thing that is missing or wrong.
    """
    if not account.alias.strip() or len(account.alias) > 100 or re.search(r"[/\x00-\x1f]", account.alias):
        raise DocumentError("A service account needs an 'alias' of 1 to 100 characters without '/'.")
    if not account.username:
        raise DocumentError("A service account needs a 'username'.")
    if not account.password:
        raise DocumentError("A service account needs a 'password'.")
    check_json(account, "The service account")


def read_service_account_aliases(document: Any) -> list[str]:
    """Read the list of service accounts, which holds their aliases alone.

    Raises
    ------
    DocumentError
        When it is not one.
    """
    aliases = document.get("accounts") if isinstance(document, Mapping) else None
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise DocumentError("The answer is no list of service accounts.")
    return aliases
