"""That the benchmarks run and say what they measured; how long things take is no matter of a test."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORST = r"(.*\n)+worst ratio of the memory \d+\.\d{3}: (within|ABOVE) the limit of 2\n"
RATIO = r"\d+\.\d{3}: (within|ABOVE) the limit of"


def run(command: str) -> str:
    """Run a benchmark, which must be a success, and return what it printed."""
    words = [sys.executable, "-m", "tests.bench", *command.split()]
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("load --pairs 1", r"difference of the medians -?\d+\.\d{3} s: (within|ABOVE) the limit of 0\.05 s"),
        (
            "jobs --pairs 1",
            rf"median ratio of the wall time {RATIO} 1\.2\n(.*\n)+median ratio of the CPU time \d+\.\d{{3}}\n",
        ),
        ("interrupt --pairs 1", r"the slowest \d+ ms: (within|ABOVE) the limit of 200 ms"),
        (
            "completion --requests 2 --rows 150",
            r"beside a service that hangs( +\d+\.\d){3}\nthe slowest \d+ ms: (within|ABOVE) the limit of 150 ms",
        ),
        ("start --pairs 1 --case debug", rf"one debug task on one host(.*\n)+median ratio {RATIO} 0\.25\n"),
        (
            "store --pairs 1 --executions 3000",
            r"with 3,000 executions(.*\n)+worst ratio \d+\.\d\d: (within|ABOVE) the limit of 2\n",
        ),
        (
            "arrow --pairs 1 --executions 300 --naive 200",
            r"times as fast as page by page: (within|BELOW) the limit of 20",
        ),
        ("engines --executions 3000 --events 2", r"Parquet parts .*\nDuckDB file .*\nSQLite +\d"),
        (
            "load-history --pairs 1 --executions 3000",
            rf"ratio to pandas\.read_parquet {RATIO} 2\nmedian ratio to pyarrow {RATIO} 2\n",
        ),
        (
            "pull --pairs 1 --executions 1500",
            r"at 0 ms(.*\n)+ +\d+\.\d times as fast(.*\n)+ +\d+\.\d times as .*: (within|BELOW) the limit of 8",
        ),
        ("calls --pairs 1 --queued 5", r"5 starts accepted in (.*\n)+ratio of the p50 \d+\.\d\d, of the p99 \d+\.\d\d"),
        (
            "capture --rounds 1 --hosts 2 --tasks 2 --alone",
            r"with Runner's events: [+-]\d+\.\d % over bare, .*: (within|ABOVE) the limit of 3 %",
        ),
        (
            "latency --hosts 2 --tasks 20",
            r"p95 from Ansible's callback \d+\.\d ms: (within|ABOVE) the limit of 50 ms",
        ),
        (
            "host-measures --events 3000 --pairs 1",
            rf"stragglers .*\n{WORST}",
        ),
        (
            "second-pull --pairs 1 --executions 300 --arrow 300",
            r"(.*\n)+the second takes .*(within|ABOVE) the limit of 0.02\n",
        ),
        ("measures --executions 3000 --pairs 1", rf"change_points .*\n{WORST}"),
        ("charts --executions 3000 --hosts 3000 --pairs 1", rf"timeline .*\n{WORST}"),
        ("frames --executions 300", r"hosts"),
        (
            "panel-jobs --pairs 1 --jobs 150",
            r"a panel with 150 jobs .*\n +first rows .*(within|ABOVE) the limit of 1.5 s",
        ),
        (
            "panel-live --hosts 4 --tasks 5 --rate 50",
            r"to pixel, p95: .*(within|ABOVE) the limit of 500 ms\ncells that are not what the events say: 0: within",
        ),
        (
            "follow --hosts 3 --tasks 3",
            r"\d+\.\d updates of each card a second\n.* of one processor: (within|ABOVE) the limit of 10 %",
        ),
    ],
    ids=lambda text: text.split()[0],
)
def test_a_measurement_prints_its_figure(command: str, said: str) -> None:
    printed = run(command)
    assert re.search(said, printed), printed


def test_a_short_torture_leaves_nothing_behind() -> None:
    assert "0 with surviving processes, 0 with events lost or twice, 0 stuck" in run("torture --trials 8")


def test_a_few_pulls_are_whole() -> None:
    assert re.search(r"200 starts a second, 2 pulls .*: 0 missing, 0 twice, 0 misplaced", run("consistency --pulls 2"))


def test_a_few_kills_lose_nothing() -> None:
    printed = run("kills --kills 20")
    assert "0 lost, 0 twice, 0 stuck, 0 out of order, 0 untrue, 0 surviving, 0 key files" in printed
