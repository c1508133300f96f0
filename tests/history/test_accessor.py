"""``df.runner``: measures as methods of the frame that they take."""

import subprocess
import sys
from typing import Any

import pandas as pd
import pytest

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history import measures
from ctl_jupyter.history.accessor import kind_of
from ctl_jupyter.history.measures.frame_kind import takes
from ctl_jupyter.history.schema import FRAMES, empty_frame
from tests.history.small_history import SmallHistory, small_history


@takes("executions", "status")
def how_many(executions: pd.DataFrame, status: str, *, least: int = 0) -> int:
    """Count the executions of a status."""
    return max(least, int((executions["status"] == status).sum()))


@takes("hosts")
def seen(hosts: pd.DataFrame) -> set[Any]:
    """Return the hosts."""
    return set(hosts["host"])


@pytest.fixture
def history() -> SmallHistory:
    return small_history()


@pytest.fixture(autouse=True)
def _measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "__all__", ["how_many", "seen"], raising=False)
    monkeypatch.setattr(measures, "how_many", how_many, raising=False)
    monkeypatch.setattr(measures, "seen", seen, raising=False)


def test_a_measure_is_a_method_of_its_frame(history: SmallHistory) -> None:
    assert history.executions.runner.how_many("SUCCESS") == 1
    assert history.executions.runner.how_many("SUCCESS", least=5) == 5
    assert history.hosts.runner.seen() == {"db1", "web1", "web2"}
    assert history.executions.runner.how_many.__doc__ == "Count the executions of a status."


def test_some_rows_more_columns_and_no_rows(history: SmallHistory) -> None:
    executions = history.executions
    some = executions[executions["status"] != "SUCCESS"].assign(host="mine", note=1)
    assert some.runner.how_many("RUNNING") == 1
    assert executions.iloc[:0].runner.how_many("RUNNING") == 0
    for name in FRAMES:
        assert kind_of(getattr(history, name)) == kind_of(empty_frame(name)) == name
        assert kind_of(getattr(history, name).query("run == run" if name != "executions" else "runs == 1")) == name


def test_only_what_fits_is_offered(history: SmallHistory) -> None:
    assert dir(history.executions.runner) == ["how_many"]
    assert dir(history.hosts.runner) == ["seen"]
    assert dir(history.tasks.runner) == []
    assert repr(history.hosts.runner) == "<measures of hosts: seen>"


@pytest.mark.parametrize(
    ("name", "measure", "said"),
    [
        ("hosts", "how_many", "how_many() takes executions, and this frame is hosts."),
        ("hosts", "sen", "There is no measure 'sen'; did you mean 'seen'?"),
        ("hosts", "zzz", "There is no measure 'zzz'."),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(history: SmallHistory, name: str, measure: str, said: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(getattr(history, name).runner, measure)
    assert str(caught.value) == said


def test_a_frame_that_is_none_of_ours() -> None:
    with pytest.raises(AttributeError, match=r"\.runner measures the frames of a History, and this is none of them"):
        _ = pd.DataFrame({"a": [1]}).runner


def test_a_measure_checks_what_it_is_given(history: SmallHistory) -> None:
    assert how_many(history, "RUNNING") == how_many(executions=history.executions, status="RUNNING") == 1  # type: ignore[arg-type]
    with pytest.raises(DocumentError, match=r"^how_many\(\) takes executions, and this frame has no 'status'\.$"):
        history.executions.drop(columns="status").runner.how_many("SUCCESS")
    with pytest.raises(DocumentError, match=r"^how_many\(\) takes executions: that frame of a History"):
        how_many("x1", "SUCCESS")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "code",
    [
        "import pandas as pd; import ctl_jupyter.history as h; assert hasattr(pd.DataFrame, 'runner')",
        "import ctl_jupyter.history as h, pandas as pd; h.schema.empty_frame('runs').runner",
        "import sys, ctl_jupyter.history; assert 'pandas' not in sys.modules",
    ],
)
def test_it_is_there_as_soon_as_pandas_is(code: str) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
