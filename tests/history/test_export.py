"""Frames as Parquet files and as Arrow tables."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.history.dtypes import to_pandas
from ctl_jupyter.history.export import to_arrow, to_parquet
from ctl_jupyter.history.schema import FRAMES, arrow_schema, empty_frame
from tests.history.small_history import SmallHistory, small_history

EMPTY = SimpleNamespace(**{name: empty_frame(name) for name in FRAMES})


@pytest.fixture
def history() -> SmallHistory:
    return small_history()


@pytest.mark.parametrize("name", list(FRAMES))
@pytest.mark.parametrize("is_empty", [True, False])
def test_an_arrow_table_has_the_frame_s_types_and_gives_it_back(
    history: SmallHistory, name: str, is_empty: bool
) -> None:
    given = EMPTY if is_empty else history
    table = to_arrow(given, name)
    assert table.schema.equals(arrow_schema(name))
    pd.testing.assert_frame_equal(to_pandas(table, name), getattr(given, name))


@pytest.mark.parametrize("is_empty", [True, False])
def test_pandas_reads_what_was_written(history: SmallHistory, tmp_path: Path, is_empty: bool) -> None:
    given = EMPTY if is_empty else history
    files = to_parquet(given, tmp_path / "some" / "where")
    assert [file.name for file in files] == [f"{name}.parquet" for name in FRAMES]
    assert sorted((tmp_path / "some").rglob("*")) == sorted([tmp_path / "some" / "where", *files])
    for name, file in zip(FRAMES, files, strict=True):
        read, frame = pd.read_parquet(file), getattr(given, name)
        assert list(read.columns) == list(frame.columns)
        for column in FRAMES[name]:
            values, told = read[column.name], frame[column.name]
            if column.kind.dtype != "list of str":
                assert str(values.dtype) == column.kind.dtype, column.name
            assert values.isna().tolist() == told.isna().tolist()
            pairs = zip(values.dropna(), told.dropna(), strict=True)
            assert all(list(one) == list(other) if hasattr(one, "__len__") else one == other for one, other in pairs)


def test_some_frames_alone(history: SmallHistory, tmp_path: Path) -> None:
    assert to_parquet(history, tmp_path, "runs") == [tmp_path / "runs.parquet"]
    assert history.looks == ["runs"]
    assert to_parquet(history, str(tmp_path), "executions") == [tmp_path / "executions.parquet"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["executions.parquet", "runs.parquet"]


def test_nothing_is_written_over_unless_asked_for(history: SmallHistory, tmp_path: Path) -> None:
    somebodys = tmp_path / "runs.parquet"
    somebodys.write_text("mine", encoding="utf-8")
    other = tmp_path / "notes.txt"
    other.write_text("mine", encoding="utf-8")
    with pytest.raises(DocumentError, match=r"runs\.parquet is there already: .*overwrite=True"):
        to_parquet(history, tmp_path)
    assert sorted(tmp_path.iterdir()) == [other, somebodys]
    assert somebodys.read_text(encoding="utf-8") == "mine"
    assert history.looks == []
    to_parquet(history, tmp_path, overwrite=True)
    assert len(pd.read_parquet(somebodys)) == len(history.runs)
    assert other.read_text(encoding="utf-8") == "mine"
    with pytest.raises(DocumentError, match=r"notes\.txt is a file"):
        to_parquet(history, other, overwrite=True)


def test_a_frame_that_cannot_be_made_leaves_nothing(history: SmallHistory, tmp_path: Path) -> None:
    part = SimpleNamespace(executions=history.executions)
    with pytest.raises(DocumentError, match="has no frame 'runs'"):
        to_parquet(part, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DocumentError, match="There is no frame 'task'; did you mean 'tasks'"):
        to_parquet(history, tmp_path / "out", "task")
    with pytest.raises(DocumentError, match="There is no frame 'task'; did you mean 'tasks'"):
        to_arrow(history, "task")


def test_the_directory_at_hand_will_do(history: SmallHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert to_parquet(history, ".", "runs") == [Path("runs.parquet")]
    assert list(tmp_path.rglob("*.parquet")) == [here / "runs.parquet"]
    assert [path.name for path in here.iterdir()] == ["runs.parquet"]


def test_nothing_is_made_beside_a_directory_that_is_there(history: SmallHistory, tmp_path: Path) -> None:
    """What is beside it may be of somebody else, or on another disk."""
    seen: list[set[str]] = []

    class Watched:
        @property
        def runs(self) -> pd.DataFrame:
            seen.append({path.name for path in tmp_path.iterdir()})
            return history.runs

    here = tmp_path / "here"
    here.mkdir()
    to_parquet(Watched(), here, "runs")
    assert seen == [{"here"}]
