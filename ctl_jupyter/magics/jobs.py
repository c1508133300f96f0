"""``%ctl_jobs``, ``%%ctl_job`` and ``%ctl_delete``."""

from typing import Any

from IPython.core.magic import magics_class

from ctl_jupyter.magics.running import Options, RunnerMagics, magic

__all__ = ["JobMagics"]


@magics_class
class JobMagics(RunnerMagics):
    """List, create, update and delete jobs."""

    @magic
    def ctl_job(self, options: Options, cell: str | None) -> Any:
        from ctl_jupyter.client import current_session
        from ctl_jupyter.documents import Host, masked
        from ctl_jupyter.magics.bodies import job_document
        from ctl_jupyter.magics.tables import Notice, RequestPreview

        session = current_session()
        known = session.find_job_named(options.name)
        before = known.to_wire() if known else None
        changes: dict[str, Any] = {}
        if options.host:
            hosts = {host.id: host for host in known.hosts} if known else {}
            changes["hosts"] = [hosts.get(name, Host(id=name)) for name in options.host]
        if options.description is not None:
            changes["description"] = options.description
        if options.tags is not None:
            changes["playbook_tags"] = [tag.strip() for tag in options.tags.split(",") if tag.strip()]
        job = job_document(options.name, cell or "", changes, known)
        if options.dry_run:
            path = session.calls.job_path(known.id if known else None)
            return RequestPreview("PUT" if known else "POST", path, masked(job.to_wire()))
        if before == job.to_wire():
            stored, done = job, "is unchanged"
        elif known:
            stored, done = session.update_job(job), "updated"
        else:
            stored, done = session.create_job(job), "created"
        self.bind(options.out, stored)
        return Notice(f"Job {stored.name} {done} (id {stored.id}).")

    @magic
    def ctl_jobs(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.client import current_session
        from ctl_jupyter.magics.tables import Table, local_time

        jobs = list(current_session().calls.jobs())
        if options.out:
            self.bind(options.out, jobs)
            return None
        rows = [
            [
                job.name or "",
                job.id or "",
                job.description or "",
                job.repository.url if job.repository else "playbook",
                str(len(job.hosts)),
                local_time(job.created_time),
            ]
            for job in jobs
        ]
        headings = ["name", "id", "description", "from", "hosts", "created"]
        return Table(headings, rows, "There are no jobs yet; %%ctl_job creates one.")
