"""That the measurements run and say what they measured; how long things take is no matter of a test."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("load", r"difference of the medians -?\d+\.\d{3} s: (within|ABOVE) the limit of 0\.05 s \(ratio \d+\.\d{3}\)"),
        ("start", r"one debug task on one host(.*\n)+median ratio \d+\.\d{3}: (within|ABOVE) the limit of 0\.25\n"),
        (
            "store --executions 3000",
            r"with 3,000 executions(.*\n)+worst ratio \d+\.\d\d: (within|ABOVE) the limit of 2\n",
        ),
        ("calls --queued 5", r"5 starts accepted in (.*\n)+ratio of the p50 \d+\.\d\d, of the p99 \d+\.\d\d\n"),
    ],
    ids=["load", "start", "store", "calls"],
)
def test_a_measurement_prints_its_ratio(what: str, said: str) -> None:
    what, *options = what.split()
    command = [sys.executable, "-m", "tests.bench", what, "--pairs", "1", *options]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    assert re.search(said, result.stdout), result.stdout
    assert result.stderr == ""


def test_a_short_torture_leaves_nothing_behind() -> None:
    command = [sys.executable, "-m", "tests.bench", "torture", "--trials", "8"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 with surviving processes, 0 with events lost or twice, 0 stuck" in result.stdout


def test_a_few_kills_lose_nothing() -> None:
    command = [sys.executable, "-m", "tests.bench", "kills", "--kills", "20"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 lost, 0 twice, 0 stuck, 0 out of order, 0 untrue, 0 surviving, 0 key files" in result.stdout
