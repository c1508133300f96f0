"""What ``%load_ext ctl_jupyter`` costs a notebook: CPU seconds on top of IPython's own."""

import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.pairs import measure_pairs, table, verdict

__all__ = ["LIMIT", "measure_load"]

#: CPU seconds.
LIMIT = 0.05


def measure_load(count: int) -> str:
    """Measure `count` pairs and return the table."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        pairs = measure_pairs(
            lambda: cpu_seconds("%load_ext ctl_jupyter", directory), lambda: cpu_seconds("pass", directory), count
        )
    difference = median(pairs.measured) - median(pairs.reference)
    ratio = median(pairs.ratios)
    rows = {
        'ipython -c "%load_ext ctl_jupyter"': pairs.measured,
        'ipython -c "pass"': pairs.reference,
        "difference of each pair": pairs.differences,
    }
    return "\n".join(
        [
            f"CPU seconds (user + system) of a whole process, {count} pairs in alternating order",
            table(rows),
            f"difference of the medians {difference:.3f} s: {verdict(difference, LIMIT, ' s')} (ratio {ratio:.3f})",
        ]
    )


def cpu_seconds(code: str, directory: Path) -> float:
    """Run code in an IPython of its own and return the CPU seconds that it took.

    Parameters
    ----------
    directory
        Takes IPython's profile, so that none of the developer's is read, and what it prints.

    Raises
    ------
    RuntimeError
        When it printed something, as it does when the code fails; IPython's exit code does not tell.
    """
    said = directory / "said"
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    pid = os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "IPython", "--colors=NoColor", "-c", code],
        {**os.environ, "IPYTHONDIR": str(directory)},
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, said, writing, 0o600), (os.POSIX_SPAWN_DUP2, 1, 2)],
    )
    _, _, usage = os.wait4(pid, 0)
    if text := said.read_text(errors="replace").strip():
        raise RuntimeError(f"IPython could not run {code!r}: {text.splitlines()[-1]}")
    return usage.ru_utime + usage.ru_stime
