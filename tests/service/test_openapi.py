"""The published OpenAPI document: it names every call, and the service keeps to it whatever it is sent."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Route

from ctl_jupyter.service.http.application import routes
from ctl_jupyter.service.http.openapi import OPERATIONS
from tests.service.api import LOCAL, RunnerApi
from tests.service.embedded import EmbeddedRunner

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
NOTHING = "- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.fail: {msg: no}}]"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRunner]:
    """A service apart from the one that other tests share: Schemathesis starts every job that it finds in a list."""
    with EmbeddedRunner(tmp_path_factory.mktemp("openapi")) as service:
        service.start()
        yield service


@pytest.fixture(scope="module")
def api(service: EmbeddedRunner) -> Iterator[RunnerApi]:
    with service.log_in() as api:
        yield api


def calls_of(route: Route) -> set[tuple[str, str]]:
    path = re.sub(r"{(\w+):path}", r"{\1}", route.path)
    return {(method, path) for method in route.methods or () if method != "HEAD"}


def test_the_document_names_every_call_and_no_other() -> None:
    served = set().union(*(calls_of(route) for route in routes()))
    assert {(operation.method, operation.path) for operation in OPERATIONS} == served


def test_the_document_is_published(api: RunnerApi) -> None:
    document = api.http.get("/openapi.json", headers={"Authorization": ""}).json()
    assert document["openapi"] == "3.1.0"
    assert document["paths"]["/jobs/{alias}/{job_id}/start"]["post"]["responses"]["200"]
    assert "*other" not in str(document)


@pytest.mark.parametrize("ids", ["known", "any"])
def test_the_service_keeps_to_its_document(api: RunnerApi, service: EmbeddedRunner, tmp_path: Path, ids: str) -> None:
    """Schemathesis sends what the document allows and what it does not: no 5xx, no answer outside the document."""
    known = ""
    if ids == "known":
        run = api.begin(NOTHING, hosts=LOCAL)
        api.finish(run)
        known = f'"path.job_id" = "{run.job_id}"\n"path.execution_id" = "{run.execution_id}"\n'
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(f'[parameters]\n"path.alias" = "{api.account}"\n{known}')
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), f"--config-file={configuration}", "run"),
        *(f"{service.record.url}/openapi.json", f"--header=Authorization: Bearer {api.token}"),
        *(f"--checks={CHECKS}", "--max-examples=15", "--phases=examples,coverage,fuzzing", "--seed=1"),
        *("--suppress-health-check=all", "--generation-database=none", "--no-color"),
        # Deleting the job that the other calls are about would make them all 404.
        *(["--exclude-method=DELETE"] if ids == "known" else []),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
