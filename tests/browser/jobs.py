"""Cells that make and start jobs, as users write them."""

from pathlib import Path

__all__ = ["LOG_IN", "job_that_fails", "job_that_waits_for", "start"]

LOG_IN = ("%load_ext ctl_jupyter", "%ctl_login local")


def job_that_waits_for(gate: Path) -> str:
    """Return the cell of the job ``waits``, which runs until a file is there."""
    return f"""%%ctl_job waits
- name: Wait
  hosts: all
  gather_facts: false
  tasks:
    - name: Wait for the gate
      ansible.builtin.wait_for:
        path: {gate}
        timeout: 240"""


def job_that_fails(message: str) -> str:
    """Return the cell of the job ``fails``."""
    return f"""%%ctl_job fails
- name: Fail
  hosts: all
  gather_facts: false
  tasks:
    - name: Look for room
      ansible.builtin.fail:
        msg: {message}"""


def start(job: str, options: str = "") -> str:
    """Return the cell that starts a job on this machine."""
    return f"%%ctl_start {job} {options}\nhosts:\n  - id: localhost"
