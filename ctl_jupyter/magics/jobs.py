"""``%ctl_jobs``, ``%%ctl_job`` and ``%ctl_delete``."""

from typing import TYPE_CHECKING, Any

from IPython.core.magic import magics_class

from ctl_jupyter.magics.running import Options, RunnerMagics, magic

if TYPE_CHECKING:
    from ctl_jupyter.documents import Job
    from ctl_jupyter.magics.job_cells import JobWords

__all__ = ["JobMagics"]


@magics_class
class JobMagics(RunnerMagics):
    """List, create, update and delete jobs."""

    @magic
    def ctl_jobs(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.client import current_session
        from ctl_jupyter.magics.job_lists import job_table, search_jobs

        session = current_session()
        if options.search is None and not options.out:
            return job_table(*session.newest_jobs(options.rows))
        jobs = list(session.calls.jobs())
        found = jobs if options.search is None else search_jobs(jobs, options.search)
        if options.out:
            self.bind(options.out, found)
            return None
        return job_table(found[: options.rows], len(found), searched=options.search, among=jobs)

    @magic
    def ctl_job(self, options: Options, cell: str | None) -> Any:
        from ctl_jupyter.client import current_session
        from ctl_jupyter.documents import masked
        from ctl_jupyter.magics.job_cells import changed_members, job_document
        from ctl_jupyter.magics.sending import send
        from ctl_jupyter.magics.tables import Notice, RequestPreview

        session = current_session()
        words = self._words(options)
        known = session.find_job_named(options.name)
        job = job_document(options.name, cell or "", words, known)
        changed = changed_members(known, job) if known is not None else []
        if known is not None and not changed:
            stored, done = known, "is unchanged"
        elif options.dry_run:
            path = session.calls.job_path(known.id if known else None)
            return RequestPreview("PUT" if known else "POST", path, masked(job.to_wire()))
        elif known is not None:
            stored = send(lambda: session.update_job(job), f"the update of {_shown(job)}", "%ctl_jobs shows the jobs")
            done = f"updated: {', '.join(changed)}"
        else:
            stored = send(lambda: session.create_job(job), f"the job {_shown(job)}", "%ctl_jobs shows the jobs")
            done = "created"
        self.bind(options.out, stored)
        keys = any("sshPrivateKey" in host for host in words.hosts if not isinstance(host, str))
        note = " The hosts' private keys were left out: Runner keeps none, give them at each start." if keys else ""
        return Notice(f"Job {_shown(stored)} {done} (id {stored.id}).{note}")

    @magic
    def ctl_delete(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.client import current_session
        from ctl_jupyter.documents import Schedule
        from ctl_jupyter.magics.sending import send
        from ctl_jupyter.magics.tables import Notice, RequestPreview

        session = current_session()
        job = session.find_whole_job(options.job)
        if options.schedule is not None:
            held = self.shell.user_ns.get(options.schedule)
            schedule = session.find_schedule(job, str(held.id) if isinstance(held, Schedule) else options.schedule)
            if options.dry_run:
                return RequestPreview("DELETE", session.calls.job_path(job.id, "schedules", schedule.id))
            look = f"%ctl_schedules {job.id} shows what is left"
            send(lambda: session.delete_schedule(job, schedule), f"the end of the schedule {schedule.id}", look)
            return Notice(f"Schedule {schedule.id} of the job {_shown(job)} deleted; the job stays.")
        if options.dry_run:
            return RequestPreview("DELETE", session.calls.job_path(job.id))
        send(lambda: session.delete_job(job), f"the end of the job {_shown(job)}", "%ctl_jobs shows what is left")
        return Notice(
            f"Job {_shown(job)} deleted, and its schedules with it (id {job.id}). "
            "Its past executions stay readable: %ctl_executions lists them."
        )

    def _words(self, options: Options) -> "JobWords":
        from ctl_jupyter.inputs.python_values import hosts_of
        from ctl_jupyter.inputs.starts import tags_of
        from ctl_jupyter.magics.bodies import given_variables, refuse_secrets
        from ctl_jupyter.magics.credentials import repository_credentials_of
        from ctl_jupyter.magics.job_cells import FOR_REPOSITORIES, JobWords

        namespace = self.shell.user_ns
        repository = {"url": options.repository, "branch": options.branch, "defaultPlaybook": options.playbook}
        repository = {member: value for member, value in repository.items() if value is not None}
        refuse_secrets({"--repository": repository.get("url")}, "the line", FOR_REPOSITORIES)
        if options.credentials:
            repository["credentials"] = repository_credentials_of(self.shell, options.credentials)
        return JobWords(
            hosts=[*options.host, *(hosts_of(namespace, options.hosts) if options.hosts else ())],
            variables=given_variables(options, namespace),
            description=options.description,
            tags=None if options.tags is None else tags_of(options.tags),
            repository=repository,
            execution_ttl=options.ttl,
            use_dynamic_inventory=options.dynamic_inventory,
        )


def _shown(job: "Job") -> str:
    from ctl_jupyter.cleaning import one_line

    return one_line(job.name or str(job.id), 100)
