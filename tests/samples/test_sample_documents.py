"""The sample's documents, read as a client reads them, are the same as the tables."""

import json

from ctl_jupyter.client.runs import in_order
from ctl_jupyter.documents import read_execution, read_job, read_status_event
from ctl_jupyter.history import pulled_events, pulled_executions
from tests.samples.sample_years import small_year


def test_executions_read_from_documents_are_those_of_the_table() -> None:
    kept = small_year().pulled_executions
    documents = [read_execution(document) for document in small_year().documents.executions()]
    checked = int(kept.column("checked")[0].value)

    assert pulled_executions(documents, checked).to_pylist() == kept.to_pylist()


def test_events_read_from_documents_are_those_of_the_table() -> None:
    year = small_year()
    executions = year.executions
    of_each_kind = executions.groupby(["status", "runs"], observed=True).head(2)
    events = year.pulled_events.to_pandas()

    assert len(of_each_kind) > 10
    for execution_id, job_id in zip(of_each_kind["execution_id"], of_each_kind["job_id"], strict=True):
        documents = year.documents.events(execution_id)
        told = in_order([read_status_event(document) for document in documents])
        read = pulled_events(told, execution_id, job_id).to_pylist()
        kept = year.pulled_events.filter((events["execution_id"] == execution_id).to_numpy()).to_pylist()
        assert read == kept


def test_jobs_can_be_read() -> None:
    jobs = [read_job(document) for document in small_year().documents.jobs]

    assert {job.id: job.name for job in jobs} == small_year().job_names
    assert sum(job.repository is None for job in jobs) == 6


def test_an_unknown_execution_has_no_events() -> None:
    assert small_year().documents.events("nonsense") == []


def test_pages_hold_all_executions_once() -> None:
    documents = small_year().documents
    pages = [json.loads(documents.answer("/jobs/ACME/executions", page, 300) or b"") for page in range(8)]

    assert [len(page["results"]) for page in pages] == [300] * 6 + [200, 0]
    assert {page["totalSize"] for page in pages} == {2_000}
    ids = [row["execution_id"] for page in pages for row in page["results"]]
    assert ids == list(small_year().executions["execution_id"])


def test_pages_of_one_job_hold_its_executions_alone() -> None:
    executions = small_year().executions.query("job == 'deploy web'")
    job_id = executions["job_id"].iloc[0]
    page = json.loads(small_year().documents.answer(f"/jobs/ACME/{job_id}/executions", 0, 100) or b"")

    assert page["totalSize"] == len(executions)
    assert [row["execution_id"] for row in page["results"]] == list(executions["execution_id"])[:100]


def test_there_is_no_other_list() -> None:
    assert small_year().documents.answer("/jobs/OTHER/executions") is None
