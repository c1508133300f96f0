"""What made hosts fail as a DataFrame."""

import pandas as pd

from ctl_jupyter.client import Cause, CauseGroup, LastSuccess, Why
from ctl_jupyter.client.comparison import Difference
from ctl_jupyter.documents import Commit
from ctl_jupyter.history import causes as module
from ctl_jupyter.history import causes_frame
from tests.history.runner_documents import NOON

DTYPES = {
    "execution_id": "str",
    "job_id": "str",
    "job": "str",
    "run": "Int64",
    "cause": "Int64",
    "host": "str",
    "outcome": "category",
    "timestamp": "datetime64[ms, UTC]",
    "play": "str",
    "task": "str",
    "role": "str",
    "action": "str",
    "path": "str",
    "item": "str",
    "message": "str",
    "rc": "Int64",
    "stdout": "str",
    "stderr": "str",
    "last_success": "str",
    "last_success_end": "datetime64[ms, UTC]",
    "commit": "str",
    "last_commit": "str",
    "differs": "str",
}
FAILED = Cause(
    "db1", task="Room", play="Nightly", path="site.yml:7", message="full", rc=2, stderr="a\nb", timestamp=NOON
)
WHY = Why(
    execution_id="x2",
    job_id="j1",
    job_name="nightly",
    status="FAILURE",
    is_final=True,
    run=2,
    runs=2,
    groups=(
        CauseGroup(1, (FAILED, Cause("db2", task="Room", message="full"))),
        CauseGroup(2, (Cause("gone", unreachable=True), Cause(""))),
    ),
    commit=Commit(commit="bbb"),
    successes=(
        LastSuccess(
            hosts=("db1",),
            execution_id="x1",
            status="SUCCESS",
            ended=NOON,
            before=1,
            commits=(Commit(commit="aaa"), Commit(commit="bbb", message="Break")),
            variables=Difference(added=("release",)),
            all_hosts=Difference(),
        ),
    ),
)


def test_the_columns_and_dtypes_are_always_the_same() -> None:
    empty = causes_frame(Why("x", "j", "n", "SUCCESS", True, 1, 1))
    assert len(empty) == 0
    for frame in (empty, causes_frame(WHY)):
        assert frame.dtypes.astype(str).to_dict() == DTYPES
        assert frame["outcome"].cat.categories.tolist() == ["failed", "unreachable"]


def test_each_column_is_described() -> None:
    described = [line.split()[0] for line in (module.__doc__ or "").splitlines() if line and line[0].isalpha()]
    assert [name for name in described if name in DTYPES] == list(DTYPES)


def test_one_row_per_failed_host() -> None:
    frame = causes_frame(WHY)
    assert frame["host"].tolist()[:3] == ["db1", "db2", "gone"]
    assert frame["host"].isna().tolist() == [False, False, False, True]
    assert frame["cause"].tolist() == [1, 1, 2, 2]
    assert frame["outcome"].tolist() == ["failed", "failed", "unreachable", "failed"]
    assert (frame["run"] == 2).all()


def test_a_row_says_what_is_known() -> None:
    row = causes_frame(WHY).iloc[0]
    assert (row["play"], row["task"], row["path"], row["rc"]) == ("Nightly", "Room", "site.yml:7", 2)
    assert (row["message"], row["stderr"], row["timestamp"]) == (
        "full",
        "a\nb",
        pd.Timestamp(NOON, unit="ms", tz="UTC"),
    )
    assert (row["last_success"], row["commit"], row["last_commit"]) == ("x1", "bbb", "aaa")
    assert row["last_success_end"] == pd.Timestamp(NOON, unit="ms", tz="UTC")
    assert row["differs"] == "commit: aaa → bbb (Break); variables: added release"
    other = causes_frame(WHY).iloc[1]
    assert other[["play", "role", "rc", "stdout", "last_success", "last_success_end", "differs"]].isna().all()
