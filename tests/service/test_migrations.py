"""Databases of earlier versions are brought up to date; those of later ones are refused."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from ctl_jupyter.service.store import revisions
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.schema import metadata
from tests.service.embedded import CTL_RUNNER, EmbeddedRunner
from tests.service.old_database import ACCOUNT, EVENT_COUNT_KEPT, JOBS, executions_of, make_old_database

LATER = pytest.mark.parametrize("later", ["", EVENT_COUNT_KEPT], ids=["first tables", "event_count kept"])


def opened(directory: Path) -> Path:
    """Open a database as the service does, and return where it is."""
    path = directory / "runner.sqlite"
    Database(path).close()
    return path


def tables_of(path: Path) -> dict[str, str]:
    """Return what each table and index was made by; quotes and white space left out."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: re.sub(r'[\s"]', "", sql) for name, sql in rows}


@LATER
def test_the_service_goes_on_with_the_database_of_an_earlier_version(tmp_path: Path, later: str) -> None:
    with EmbeddedRunner(tmp_path) as service:
        make_old_database(service.home, later)
        service.start()
        with service.log_in() as api:
            assert api.account == ACCOUNT
            listed = api.call("GET", "/jobs/{alias}/executions", size=3, page=1)
            assert listed["totalSize"] == 7
            assert [each["execution_id"] for each in listed["results"]] == ["execution-3", "execution-2", "execution-1"]
            for job_id in JOBS:
                mine = api.call("GET", f"/jobs/{{alias}}/{job_id}/executions")
                assert [each["execution_id"] for each in mine["results"]] == executions_of(job_id)[::-1]
                told = api.call("GET", f"/status/{{alias}}/job/{job_id}")
                assert told["totalSize"] == len(told["results"]) == 3 * len(executions_of(job_id))
                for execution_id in executions_of(job_id):
                    told = api.call("GET", f"/status/{{alias}}/job/{job_id}/execution/{execution_id}")
                    statuses = [event["message"]["status"] for event in told["results"]]
                    assert statuses == ["PENDING", "RUNNING", "SUCCESS"]
                    found = api.call("GET", f"/jobs/{{alias}}/{job_id}/executions/{execution_id}")
                    assert found["events_expected"] == 3
            # What comes now is numbered on.
            run = api.finish(api.start(JOBS[0]))
            assert run.status == "SUCCESS"
            newest = api.call("GET", "/jobs/{alias}/executions", size=1)
            assert (newest["totalSize"], newest["results"][0]["execution_id"]) == (8, run.execution["execution_id"])
            seen = api.call("GET", f"/status/{{alias}}/job/{JOBS[0]}")
            assert seen["totalSize"] == 3 * 4 + len(run.events)
            assert seen["results"][-1]["seq"] == run.events[-1]["seq"] > 21
        service.stop()
        # At the next start there is nothing left to do.
        before = tables_of(service.home / "runner.sqlite")
        assert tables_of(opened(service.home)) == before


@LATER
def test_migrated_tables_are_those_of_a_new_database(tmp_path: Path, later: str) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    make_old_database(tmp_path / "old", later)

    old, new = opened(tmp_path / "old"), opened(tmp_path / "new")

    engine = create_engine(f"sqlite:///{old}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == revisions.REVISIONS[-1]
    engine.dispose()
    # Alembic compares no AUTOINCREMENT and no order of columns.
    without_order = {name: sorted(re.split(r"[,()]", sql)) for name, sql in tables_of(new).items()}
    assert {name: sorted(re.split(r"[,()]", sql)) for name, sql in tables_of(old).items()} == {
        **without_order,
        "alembic_version": sorted(re.split(r"[,()]", tables_of(old)["alembic_version"])),
    }


def test_the_revisions_named_are_those_with_a_migration() -> None:
    scripts = ScriptDirectory(str(Path(revisions.__file__).with_name("migrations")))
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == revisions.REVISIONS


def test_a_migration_that_breaks_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    make_old_database(tmp_path, "CREATE TABLE events_before (seq INTEGER);")
    before = tables_of(tmp_path / "runner.sqlite")
    with pytest.raises(Exception, match="events_before"):
        opened(tmp_path)
    assert tables_of(tmp_path / "runner.sqlite") == before


def test_a_database_of_a_later_version_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with EmbeddedRunner(tmp_path) as service:
        with sqlite3.connect(opened(service.home)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        sentence = (
            "The database of the embedded Runner was made by a newer ctl-jupyter: install that version, "
            "or set CTL_RUNNER_HOME to another directory."
        )
        for words, given, code in (
            (["serve"], "", 78),
            (["start"], "", 69),
            (["account", "anna", "--alias", "A1"], "a long password\n", 69),
        ):
            done = subprocess.run(
                [CTL_RUNNER, *words],
                input=given,
                env=service.environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert done.returncode == code
            assert done.stderr.splitlines()[-1].endswith(sentence)
            assert "Traceback" not in done.stderr


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "known"])
def test_alembic_is_imported_for_a_migration_alone(tmp_path: Path, is_new: bool) -> None:
    if not is_new:
        opened(tmp_path)
    code = (
        "import sys; from pathlib import Path; from ctl_jupyter.service.store.database import Database\n"
        f"Database(Path({str(tmp_path / 'runner.sqlite')!r})).close()\n"
        "print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "False\n", done.stderr
