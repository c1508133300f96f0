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
    ],
    ids=["load", "start"],
)
def test_a_measurement_prints_its_ratio(what: str, said: str) -> None:
    command = [sys.executable, "-m", "tests.bench", what, "--pairs", "1"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    assert re.search(said, result.stdout), result.stdout
    assert result.stderr == ""


def test_a_short_torture_leaves_nothing_behind() -> None:
    command = [sys.executable, "-m", "tests.bench", "torture", "--trials", "8"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 with surviving processes, 0 with events lost or twice, 0 stuck" in result.stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "capture --rounds 1 --hosts 2 --tasks 2 --alone",
            r"with Runner's events: [+-]\d+\.\d % over bare, .*: (within|ABOVE) the limit of 3 %",
        ),
        (
            "latency --hosts 2 --tasks 20",
            r"p95 from Ansible's callback \d+\.\d ms: (within|ABOVE) the limit of 50 ms",
        ),
    ],
    ids=["capture", "latency"],
)
def test_a_measurement_of_events_prints_its_figure(command: str, said: str) -> None:
    words = [sys.executable, "-m", "tests.bench", *command.split()]

    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    assert re.search(said, result.stdout), result.stdout
    assert result.stderr == ""
