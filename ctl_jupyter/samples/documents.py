"""A sample account as Runner's JSON documents, for a server in tests and benchmarks to answer with."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from ctl_jupyter.samples.tables import ACCOUNT

if TYPE_CHECKING:
    import pyarrow as pa

    from ctl_jupyter.samples.sample import Sample

__all__ = ["Documents"]

#: How often which outcome counts in ``playbook_on_stats``.
_COUNTED = {
    "ok": ("ok",),
    "changed": ("ok", "changed"),
    "failed": ("failures",),
    "unreachable": ("unreachable",),
    "skipped": ("skipped",),
    "ignored": ("ok", "ignored"),
}


class Documents:
    """Jobs, executions and status events of a sample as the service lists them.

    Parameters
    ----------
    sample
        What `ctl_jupyter.samples.a_year` made.
    """

    def __init__(self, sample: "Sample") -> None:
        self._sample = sample

    @cached_property
    def jobs(self) -> list[dict[str, Any]]:
        """The jobs."""
        return [
            {
                "id": job_id,
                "accountAlias": ACCOUNT,
                "name": name,
                **_source(self._sample.repositories.get(job_id)),
                "status": "ACTIVE",
            }
            for job_id, name in self._sample.job_names.items()
        ]

    @property
    def count(self) -> int:
        """How many executions there are."""
        return int(self._sample.pulled_executions.num_rows)

    def executions(self, first: int = 0, count: int | None = None) -> list[dict[str, Any]]:
        """Return executions of the account, newest first.

        Parameters
        ----------
        first
            How many of the newest are left out.
        count
            How many are wanted; all that are left when it is ``None``.
        """
        return _executions(self._sample.pulled_executions.slice(first, count))

    def executions_of(self, job_id: str, first: int = 0, count: int | None = None) -> list[dict[str, Any]]:
        """Return executions of a job, newest first; parameters as of `executions`."""
        rows = self._rows_of_jobs.get(job_id, [])[first:]
        return _executions(self._sample.pulled_executions.take(rows[:count]))

    def events(self, execution_id: str) -> list[dict[str, Any]]:
        """Return the status events of an execution in the order they happened; none for an unknown one."""
        place = self._places.get(execution_id)
        if place is None:
            return []
        first, count = self._spans[place]
        rows = self._sample.pulled_events.slice(first, count).to_pylist()
        results: list[dict[str, Any]] = []
        documents = []
        for row in rows:
            if row["event_type"] == "playbook_on_start":
                results = []
            if row["outcome"]:
                results.append(row)
            documents.append(_event(row, results))
        return documents

    def answer(self, path: str, page: int = 0, size: int = 100) -> bytes | None:
        """Return what the service answers to a GET of a list: JSON of one page; ``None`` where there is no such list.

        Parameters
        ----------
        path
            ``/jobs/ACME``, ``/jobs/ACME/executions``, ``/jobs/ACME/{jobId}/executions`` or
            ``/status/ACME/job/{jobId}/execution/{executionId}``.
        """
        first = page * size
        if path == f"/jobs/{ACCOUNT}":
            return _page(len(self.jobs), page, size, self.jobs[first : first + size])
        if path == f"/jobs/{ACCOUNT}/executions":
            return _page(self.count, page, size, self.executions(first, size))
        if found := re.fullmatch(rf"/jobs/{ACCOUNT}/([^/]+)/executions", path):
            total = len(self._rows_of_jobs.get(found[1], []))
            return _page(total, page, size, self.executions_of(found[1], first, size))
        if found := re.fullmatch(rf"/status/{ACCOUNT}/job/[^/]+/execution/([^/]+)", path):
            events = self.events(found[1])
            return _page(len(events), page, size, events[first : first + size])
        return None

    @cached_property
    def _rows_of_jobs(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for number, job_id in enumerate(self._sample.pulled_executions.column("job_id").to_pylist()):
            rows.setdefault(job_id, []).append(number)
        return rows

    @cached_property
    def _places(self) -> dict[str, int]:
        ids = self._sample.pulled_executions.column("execution_id").to_pylist()
        return {execution_id: place for place, execution_id in enumerate(ids)}

    @cached_property
    def _spans(self) -> Sequence[tuple[int, int]]:
        """First row and count of the events of each execution; they stand in the executions' order."""
        import numpy as np

        codes = self._sample.pulled_events.column("execution_id").combine_chunks().indices.to_numpy()
        counts = np.bincount(codes, minlength=self.count)
        return list(zip((np.cumsum(counts) - counts).tolist(), counts.tolist(), strict=True))


def _source(repository: str | None) -> dict[str, Any]:
    if repository:
        return {"repository": {"url": repository, "branch": "main", "defaultPlaybook": "site.yml"}}
    return {"playbook": "LSB7aG9zdHM6IGFsbH0K"}


def _page(total: int, page: int, size: int, results: list[dict[str, Any]]) -> bytes:
    return msgspec.json.encode({"totalSize": total, "page": page, "size": size, "results": results})


def _executions(table: "pa.Table") -> list[dict[str, Any]]:
    return [_execution(row) for row in table.to_pylist()]


def _execution(row: dict[str, Any]) -> dict[str, Any]:
    timers = [{name: _ms(timer[name]) for name in ("start", "end")} for timer in row["timers"]]
    log = None
    if row["commit"]:
        commit = {
            "commit": row["commit"],
            "author": row["commit_author"],
            "author_email": f"{row['commit_author'].replace(' ', '.').lower()}@example.com",
            "message": row["commit_message"],
        }
        log = {"recent_commit": [commit], "tags": []}
    document = {
        "execution_id": row["execution_id"],
        "job_id": row["job_id"],
        "account_alias": row["account"],
        "status": row["status"],
        "repository_log": log,
        "failed_hosts": row["failed_hosts"],
        "is_vpn_established": False,
        "timers": timers,
        "start": timers[0]["start"],
        "end": timers[-1]["end"],
        "events_complete": row["events_complete"],
    }
    if row["events_expected"] is not None:
        document["events_expected"] = row["events_expected"]
    if row["schedule_id"]:
        document["schedule"] = {"id": row["schedule_id"], "fire_time": timers[0]["start"] or 0}
    return document


def _event(row: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, Any]:
    messages: dict[str, Callable[[], dict[str, Any]]] = {
        "status_change": lambda: {"status": row["status"]},
        "playbook_on_start": lambda: {"playbook": "site.yml"},
        "playbook_on_play_start": lambda: {"play": row["play"], "hosts": "all"},
        "playbook_on_stats": lambda: {"stats": _stats(results)},
        "playbook_result": lambda: {
            "status": row["status"],
            "reason": row["message"] or "",
            "failed_hosts": _failed(results),
        },
    }
    kind = row["event_type"]
    message = messages[kind]() if kind in messages else _place(row)
    return {
        "id": f"{row['seq']:012x}",
        "timestamp": _ms(row["timestamp"]),
        "job_id": row["job_id"],
        "execution_id": row["execution_id"],
        "account_alias": ACCOUNT,
        "event_type": kind,
        "message": message,
        "notifications": [],
        "seq": row["seq"],
    }


def _place(row: dict[str, Any]) -> dict[str, Any]:
    """Return the message of a task or of its result on a host."""
    message = {name: row[name] for name in ("host", "play", "task", "role", "action", "path") if row[name]}
    if not row["outcome"]:
        return message
    result = {"changed": row["changed"]}
    if row["message"]:
        message["msg"] = result["msg"] = row["message"]
    if row["rc"] is not None:
        result["rc"] = row["rc"]
    if row["outcome"] == "ignored":
        message["ignore_errors"] = True
    return {**message, "changed": row["changed"], "start": _ms(row["start"]), "end": _ms(row["end"]), "res": result}


def _stats(results: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    stats: dict[str, dict[str, int]] = {}
    for row in results:
        names = ("ok", "failures", "unreachable", "changed", "skipped", "rescued", "ignored")
        counts = stats.setdefault(row["host"], dict.fromkeys(names, 0))
        for name in _COUNTED[row["outcome"]]:
            counts[name] += 1
    return stats


def _failed(results: list[dict[str, Any]]) -> list[str]:
    return sorted({row["host"] for row in results if row["outcome"] in ("failed", "unreachable")})


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round((moment - _EPOCH).total_seconds() * 1_000)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
