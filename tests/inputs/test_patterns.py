"""The patterns of ``--limit``."""

import pytest

from ctl_jupyter.documents import DocumentError
from ctl_jupyter.inputs.patterns import matching

HOSTS = ["web1", "web2", "db1", "db[1]", "été.example"]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ("web1", ["web1"]),
        ("web2,web1", ["web1", "web2"]),
        ("web*", ["web1", "web2"]),
        ("*1", ["web1", "db1"]),
        ("???1", ["web1"]),
        ("*", HOSTS),
        ("!web1", ["web2", "db1", "db[1]", "été.example"]),
        ("web*,!web1", ["web2"]),
        ("!web1, web*", ["web2"]),
        ("!web*,!db*", ["été.example"]),
        ("db[1]", ["db[1]"]),
        ("été*", ["été.example"]),
        ("web1,web1,", ["web1"]),
    ],
)
def test_what_fits(patterns: str, expected: list[str]) -> None:
    assert matching(HOSTS, patterns) == expected


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        ("web11", "--limit: no host fits 'web11'; did you mean 'web1'?"),
        ("!wbe2", "--limit: no host fits 'wbe2'; did you mean 'web2'?"),
        ("web1,cache*", "--limit: no host fits 'cache*'; the hosts are web1, web2, db1, db[1], été.example."),
        ("Web1", "did you mean 'web1'?"),
        ("web.", "--limit: no host fits 'web.'"),
        ("web1,!web*", "--limit 'web1,!web*' leaves none of the hosts web1"),
        ("", "--limit '' leaves none"),
        ("!", "--limit: no host fits ''"),
    ],
)
def test_what_fits_nothing_is_an_error(patterns: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        matching(HOSTS, patterns)
    assert said in str(caught.value)


def test_a_thousand_hosts_are_not_all_named() -> None:
    with pytest.raises(DocumentError) as caught:
        matching([f"web{number}" for number in range(1000)], "cache1")
    assert (
        str(caught.value) == "--limit: no host fits 'cache1'; the hosts are web0, web1, web2, web3, web4 and 995 more."
    )
