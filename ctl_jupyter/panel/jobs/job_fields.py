"""The fields of a job form: labels, helps and controls."""

import ipywidgets

from ctl_jupyter.panel.fields import Field
from ctl_jupyter.panel.jobs.job_entries import PLAYBOOK, REPOSITORY

__all__ = ["job_fields"]

EXAMPLE = "- hosts: all\n  tasks:\n    - ansible.builtin.ping:"


def job_fields() -> dict[str, Field]:
    """Return a field for each member of `JobEntries` that is typed or ticked."""

    def text(placeholder: str = "") -> ipywidgets.Text:
        return ipywidgets.Text(placeholder=placeholder, continuous_update=False)

    def area(rows: int, placeholder: str = "") -> ipywidgets.Textarea:
        return ipywidgets.Textarea(placeholder=placeholder, rows=rows, continuous_update=False)

    source = ipywidgets.ToggleButtons(options=[("Playbook", PLAYBOOK), ("Repository", REPOSITORY)])
    source.add_class("ctl-choice")
    playbook = area(10, EXAMPLE)
    playbook.add_class("ctl-code")
    return {
        "name": Field("Name", text("deploy-web"), is_required=True),
        "description": Field("Description", text()),
        "source": Field("What runs", source),
        "playbook": Field("Playbook", playbook, "YAML: a list of plays, each beginning with '- hosts: …'."),
        "url": Field("Git repository", text("https://git.example.org/ops/site.git"), is_required=True),
        "branch": Field("Branch or tag", text("main"), "Empty for the repository's own."),
        "default_playbook": Field("Playbook in it", text("site.yml"), "Its path; site.yml when empty."),
        "username": Field(
            "User name", text(), "To log in to the repository; for another URL give password and key anew."
        ),
        "forgets_credentials": Field("Forget the password and key that Runner has", ipywidgets.Checkbox(indent=False)),
        "hosts": Field(
            "Hosts",
            area(4, "web1\nweb2 ansible_host=10.0.0.12"),
            "One on a line, with variables as name=value behind it; or names between commas.",
        ),
        "variables": Field("Variables", area(4, "version: 1.10.2"), "YAML, or name=value on each line."),
        "tags": Field("Tags", text("configuration,restart"), "Between commas; empty for every task."),
        "execution_ttl": Field("Longest run", text("60"), "Minutes after which a run is stopped; empty for 180."),
        "use_dynamic_inventory": Field(
            "Run on all hosts of the account's inventory", ipywidgets.Checkbox(indent=False)
        ),
    }
