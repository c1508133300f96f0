"""Hosts and variables from the notebook's Python variables."""

import datetime
import enum
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ctl_jupyter.documents import DocumentError, Host
from ctl_jupyter.inputs.python_values import hosts_of, look_up, variables_of

FRAME = pd.DataFrame(
    {"host": ["web1", "web2", "web1"], "n": [1, 2, 3], "with space": ["a", "b", "c"], 5: ["x", "y", "z"]}
)


class Place(enum.StrEnum):
    HERE = "here"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("it", ["web1", "web2"], ["web1", "web2"]),
        ("it", ("web1",), ["web1"]),
        ("it", {"web1": 1}.keys(), ["web1"]),
        ("it", ["web1", "web1"], ["web1"]),
        ("it", [Place.HERE], ["here"]),
        ("it", [{"id": "web1"}, "web2"], ["web2", {"id": "web1"}]),
        (
            "it",
            [{"id": "web1", "hostVars": {"port": np.int64(22), "share": np.float64(0.5), "on": np.bool_(True)}}],
            [{"id": "web1", "hostVars": {"port": 22, "share": 0.5, "on": True}}],
        ),
        ("it", [Host(id="web1", host_vars={"a": 1})], [{"id": "web1", "hostVars": {"a": 1}}]),
        ("it.host", FRAME, ["web1", "web2"]),
        ("it.with space", FRAME, ["a", "b", "c"]),
        ("it.5", FRAME, ["x", "y", "z"]),
        ("it", FRAME["host"], ["web1", "web2"]),
        ("it", FRAME["host"].astype("category"), ["web1", "web2"]),
        ("it", pd.Index(["web1"]), ["web1"]),
        ("it", np.array(["web1", "web2"]), ["web1", "web2"]),
        ("it", pd.Series([{"id": "web1"}]), [{"id": "web1"}]),
    ],
)
def test_hosts(path: str, value: Any, expected: list[Any]) -> None:
    found = hosts_of({"it": value}, path)
    assert found == expected
    assert {type(host) for host in found} <= {str, dict}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("it", FRAME, "--hosts it: 'it' is a DataFrame; name a column, as in it.host (of host, n, with space, 5)."),
        ("it.hots", FRAME, "--hosts it.hots: 'it' has no column 'hots'; did you mean 'host'?"),
        ("it.zzz", FRAME, "'it' has no column 'zzz'; it has host, n, with space, 5."),
        ("it.n", FRAME, "--hosts it.n: item 0 is a number; a host is a name or an entity such as {'id': 'web1'}."),
        ("it", pd.DataFrame(), "'it' is a DataFrame; name a column"),
        ("it.a", ["web1"], "--hosts it.a: 'it' is a list, and only a DataFrame has columns."),
        (
            "it",
            "web1",
            "--hosts it: hosts are a list of names or of host entities, or DATAFRAME.COLUMN, and this is a text.",
        ),
        ("it", b"web1", "and this is of type bytes."),
        ("it", {"id": "web1"}, "and this is a dict."),
        ("it", None, "and this is None."),
        ("it", 5, "and this is a number."),
        ("it", (name for name in ["web1"]), "and this is of type generator."),
        ("it", [], "--hosts it holds no hosts."),
        ("it", FRAME["host"].iloc[:0], "--hosts it holds no hosts."),
        ("it", ["web1", None], "--hosts it: item 1 is None;"),
        ("it", pd.Series(["web1", float("nan")], dtype=object), "--hosts it: item 1 is missing (nan);"),
        ("it", [["web1"]], "item 0 is a list;"),
        ("it", [{"id": Path("/")}], "--hosts it: item 0['id'] is of type PosixPath, which JSON has no form for"),
        ("other", [], "There is no Python variable 'other'."),
        ("itt", [], "There is no Python variable 'itt'; did you mean 'it'?"),
    ],
)
def test_hosts_that_cannot_be_used(path: str, value: Any, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        hosts_of({"it": value, "_hidden": 1}, path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_variables() -> None:
    value = {"a": np.int32(1), "b": ["x", (1, None)], "c": {"d": np.str_("y")}, "e": True, "f": 1.5, "g": Place.HERE}
    found = variables_of({"it": value}, "it")
    assert found == {"a": 1, "b": ["x", [1, None]], "c": {"d": "y"}, "e": True, "f": 1.5, "g": "here"}
    assert [type(part) for part in found.values()] == [int, list, dict, bool, float, str]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (["a"], "--vars it: variables are a dict, and this is a list."),
        ({5: 1}, "--vars it: a name in it is a number, and names are texts."),
        (
            {"a": {"b": [datetime.date(2027, 1, 1)]}},
            "--vars it['a']['b'][0] is of type date, which JSON has no form for",
        ),
        ({"a": float("nan")}, "--vars it['a'] is missing (nan), which JSON has no form for"),
        ({"a": np.float64("inf")}, "--vars it['a'] is infinite, which JSON has no form for"),
        ({"a": {"b"}}, "--vars it['a'] is of type set"),
    ],
)
def test_variables_that_cannot_be_used(value: Any, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        variables_of({"it": value}, "it")
    assert said in str(caught.value)


def test_a_value_never_shows() -> None:
    with pytest.raises(DocumentError) as caught:
        variables_of({"it": {"db_password": b"hunter2"}}, "it")
    assert "hunter2" not in str(caught.value)


def test_hidden_names_are_not_suggested() -> None:
    with pytest.raises(DocumentError, match=r"There is no Python variable 'secret'\.$"):
        look_up({"_secret": 1}, "secret")
