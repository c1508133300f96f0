import pytest

from ctl_jupyter.charts.texts import counted, cut, duration_in_words, names_in_words


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (0, "0 ms"),
        (840, "840 ms"),
        (12_345, "12.3 s"),
        (59_949, "59.9 s"),
        (59_950, "1 min 00 s"),
        (185_000, "3 min 05 s"),
        (3_599_600, "1 h 00 min"),
        (7_200_000, "2 h 00 min"),
        (86_399_000, "1 d 00 h"),
        (100 * 3_600_000, "4 d 04 h"),
        (-1_500, "-1.5 s"),
    ],
)
def test_durations(milliseconds: float, words: str) -> None:
    assert duration_in_words(milliseconds) == words


@pytest.mark.parametrize(
    ("text", "short"),
    [("deploy", "deploy"), ("deploy it", "deploy…"), ("deployed!", "deploye…"), ("a\n b", "a b"), ("", "")],
)
def test_names_are_cut(text: str, short: str) -> None:
    assert cut(text, 8) == short


def test_names_are_listed_to_a_number() -> None:
    assert names_in_words(["a", "b"]) == "a, b"
    assert names_in_words(list("abcde")) == "a, b, c, d, e"
    assert names_in_words(list("abcdefg")) == "a, b, c, d, e, … 2 more"


def test_numbers_come_with_their_noun() -> None:
    assert [counted(number, "job") for number in (0, 1, 1_200)] == ["0 jobs", "1 job", "1,200 jobs"]
