"""Magics of schedules and the service accounts they log in with."""

from typing import Any

from IPython.core.magic import magics_class

from ctl_jupyter.magics.errors import MagicError
from ctl_jupyter.magics.running import Options, RunnerMagics, magic

__all__ = ["ScheduleMagics"]

#: From so many jobs on, asking each for its schedules takes long enough to say so.
MANY_JOBS = 500


@magics_class
class ScheduleMagics(RunnerMagics):
    """Schedules and service accounts."""

    @magic
    def ctl_schedule(self, options: Options, cell: str | None) -> Any:
        import msgspec

        from ctl_jupyter.cleaning import one_line
        from ctl_jupyter.client import current_session
        from ctl_jupyter.documents import masked
        from ctl_jupyter.magics.schedule_cells import ScheduleWords, next_fire_words, read_cell, schedule_document
        from ctl_jupyter.magics.sending import send
        from ctl_jupyter.magics.tables import Notice, RequestPreview

        session = current_session()
        words = ScheduleWords(
            cron=options.cron,
            date=options.date,
            timezone=options.timezone,
            service_account=options.service_account,
            description=options.description,
        )
        said = read_cell(cell or "")
        if options.id is not None and said.get("id") not in (None, options.id):
            raise MagicError("The line and the cell name two schedules: give the 'id' in one place.")
        schedule_id = options.id or said.pop("id", None)
        job = session.find_job(options.job)
        known = session.find_schedule(job, schedule_id) if schedule_id is not None else None
        said = {**said, "id": known.id} if known is not None else said
        schedule = session.checked_schedule(schedule_document(said, words, known))
        look = f"%ctl_schedules {job.id} shows the schedules"
        if known is not None and schedule == msgspec.structs.replace(known, next_fire_time=None):
            stored, done = known, "is unchanged"
        elif options.dry_run:
            path = session.calls.job_path(job.id, "schedules", known.id if known else None)
            return RequestPreview("PUT" if known else "POST", path, masked(schedule.to_wire()))
        elif known is not None:
            stored = send(lambda: session.update_schedule(job, schedule), "the update of the schedule", look)
            done = "updated"
        else:
            stored = send(lambda: session.create_schedule(job, schedule), "the new schedule", look)
            done = "created"
        self.bind(options.out, stored)
        note = ""
        if (stored.timezone or "UTC") != (schedule.timezone or "UTC"):
            note = f" Runner did not confirm the time zone {schedule.timezone}: it may read the times in UTC."
        return Notice(
            f"Schedule {stored.id} of {one_line(job.name or '', 100)} {done}. {next_fire_words(stored)}{note}"
        )

    @magic
    def ctl_schedules(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.cleaning import one_line
        from ctl_jupyter.client import current_session
        from ctl_jupyter.magics.schedule_cells import schedule_table

        session = current_session()
        if options.job is not None:
            job = session.find_job(options.job)
            found = [(job, schedule) for schedule in session.schedules(job)]
            whose = f"of the job {one_line(job.name or '', 100)}"
        else:
            total = session.newest_jobs(1)[1]
            if total >= MANY_JOBS:
                print(f"Asking each of {total:,} jobs for its schedules …")  # noqa: T201 -- it takes a while
            found, whose = session.all_schedules(), f"of any job of {session.account_alias}"
        if options.out:
            self.bind(options.out, [schedule for _, schedule in found])
            return None
        return schedule_table(found, whose)

    @magic
    def ctl_service_account(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.client import current_session
        from ctl_jupyter.documents import MASK, ServiceAccount, check_service_account
        from ctl_jupyter.magics.credentials import password_of
        from ctl_jupyter.magics.sending import send
        from ctl_jupyter.magics.tables import Notice, RequestPreview, Table

        session = current_session()
        if options.alias is None:
            if options.username is not None or options.password is not None:
                raise MagicError("Name the service account: %ctl_service_account ALIAS --username NAME.")
            aliases = session.calls.service_account_aliases()
            if options.out:
                self.bind(options.out, aliases)
                return None
            empty = "There are no service accounts yet; %ctl_service_account ALIAS --username NAME creates one."
            return Table(["service account"], [[alias] for alias in aliases], empty, ids=["service account"])
        account = ServiceAccount(alias=options.alias, username=options.username or "", password=MASK)
        if not account.username:
            raise MagicError("Give --username NAME, who it logs in as; Runner does not show that of an account it has.")
        check_service_account(account)
        is_known = account.alias in session.calls.service_account_aliases()
        if options.dry_run:
            if options.password is not None:
                password_of(self.shell, options.password, account.username)
            path = session.calls.service_account_path(account.alias if is_known else None)
            return RequestPreview("PUT" if is_known else "POST", path, account.to_wire())
        account.password = password_of(self.shell, options.password, account.username)
        stored = send(
            lambda: session.save_service_account(account),
            f"the service account {account.alias}",
            "%ctl_service_account lists the aliases",
        )
        # Whatever the service answered, the password is not kept.
        stored.password = None
        self.bind(options.out, stored)
        return Notice(f"Service account {account.alias} {'updated' if is_known else 'created'}.")
