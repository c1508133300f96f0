"""What is hidden of texts, however many secrets there are and however they resemble each other."""

import random

import pytest

from ctl_jupyter.service.engine.redact import Redactor


@pytest.mark.parametrize("letters", ["ab", 'abc/+%é"\\ '], ids=["much alike", "with signs"])
def test_no_secret_of_many_that_begin_alike_is_left(letters: str) -> None:
    dice = random.Random(letters)
    secrets = ["".join(dice.choices(letters, k=dice.randint(4, 40))) for _ in range(200)]
    redactor = Redactor(secrets, [])

    for secret in secrets:
        for text in (f"it is {secret}", f"{secret}!", f"https://ada:{secret}@here", f"{'=' * 300}{secret}"):
            assert secret not in redactor.text(text)


def test_of_two_secrets_that_begin_alike_the_longer_one_is_hidden_whole() -> None:
    redactor = Redactor(["hunter", "hunter22", "hunt", "hunter2-and-more"], [])

    assert redactor.text("hunter2-and-more hunter22 hunter2-and hunted") == "******** ******** ********2-and ********ed"


def test_secrets_that_each_begin_the_next_are_hidden() -> None:
    redactor = Redactor(["x" * length for length in range(4, 200)], [])

    assert redactor.text(f"({'x' * 199})") == "(********)"


def test_what_was_looked_at_before_gets_the_same_answer() -> None:
    redactor = Redactor(["hunter22"], [])

    answers = {redactor.text(text) for _ in range(2) for text in ("web1 hunter22", *map(str, range(5000)))}

    assert "web1 ********" in answers
    assert len(answers) == 5001
