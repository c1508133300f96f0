"""Jobs in the database, encrypted whole; private keys are never among them."""

import time
import uuid
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from ctl_jupyter.documents import Job, read_job, restored
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.once import Once
from ctl_jupyter.service.store.schedules import delete_schedules_of
from ctl_jupyter.service.store.schema import jobs
from ctl_jupyter.service.vault import Vault

__all__ = ["Jobs", "without_keys"]

# Built once, since most calls ask it.
_FIND = select(jobs.c.sealed).where(jobs.c.id == bindparam("job_id"), jobs.c.account_alias == bindparam("account"))


class Jobs:
    """Creates, finds, replaces and deletes jobs of an account."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def create(self, account: str, job: Job, once: Once | None = None) -> Job:
        """Store a new job and return it with what the service adds.

        Raises
        ------
        Repeated
            With the job's document, when the request was carried out before.
        """
        now = time.time_ns() // 1_000_000
        stored = without_keys(job)
        stored.id, stored.account_alias, stored.status = str(uuid.uuid4()), account, "ACTIVE"
        stored.created_time = stored.last_updated_time = now
        with self._database.write() as connection:
            if once is not None:
                once.check(connection)
                once.keep(connection, stored.to_wire())
            connection.execute(
                insert(jobs).values(id=stored.id, account_alias=account, sealed=self._vault.seal(stored.to_wire()))
            )
        return stored

    def find(self, account: str, job_id: str) -> Job | None:
        """Return a job of the account, ``None`` when there is none of that id."""
        with self._database.read() as connection:
            sealed = connection.execute(_FIND, {"job_id": job_id, "account": account}).scalar()
        return self._open(sealed) if sealed is not None else None

    def page(self, account: str, page: int, size: int) -> tuple[int, list[Job]]:
        """Return how many jobs there are, and a page of them, newest first."""
        mine = jobs.c.account_alias == account
        rows = select(jobs.c.sealed).where(mine).order_by(jobs.c.seq.desc()).limit(size).offset(page * size)
        with self._database.read() as connection:
            total = connection.execute(select(func.count()).select_from(jobs).where(mine)).scalar_one()
            return total, [self._open(sealed) for sealed in connection.execute(rows).scalars()]

    def replace(self, known: Job, job: Job) -> Job:
        """Store a job's new document in place of the known one; what is masked in it stays as it was."""
        stored = without_keys(read_job(restored(job.to_wire(), known.to_wire())))
        stored.id, stored.account_alias, stored.status = known.id, known.account_alias, known.status
        stored.created_time, stored.last_updated_time = known.created_time, time.time_ns() // 1_000_000
        with self._database.write() as connection:
            connection.execute(
                update(jobs).where(jobs.c.id == known.id).values(sealed=self._vault.seal(stored.to_wire()))
            )
        return stored

    def delete(self, account: str, job_id: str) -> bool:
        """Delete a job and its schedules; whether there was one."""
        with self._database.write() as connection:
            query = delete(jobs).where(jobs.c.id == job_id, jobs.c.account_alias == account)
            was_there = bool(connection.execute(query).rowcount)
            if was_there:
                delete_schedules_of(connection, job_id)
            return was_there

    def _open(self, sealed: bytes) -> Job:
        document: Any = self._vault.open(sealed)
        return read_job(document)


def without_keys(job: Job) -> Job:
    """Return a copy of a job without the keys that belong to one start."""
    hosts = [msgspec.structs.replace(host, ssh_private_key=None) for host in job.hosts]
    return msgspec.structs.replace(job, hosts=hosts, ssh_private_key=None, links=[])
