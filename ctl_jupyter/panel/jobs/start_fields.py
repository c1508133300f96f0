"""The fields of a start form, each checked as it is filled, and what they say together."""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets

from ctl_jupyter.documents import DocumentError, Job
from ctl_jupyter.inputs.keys import encode_key, read_key
from ctl_jupyter.inputs.names import listed
from ctl_jupyter.inputs.starts import tags_of
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.fields import Field, form
from ctl_jupyter.panel.jobs.hosts_field import HostsField
from ctl_jupyter.panel.jobs.secret_variables import SecretVariables
from ctl_jupyter.panel.secret_field import SecretField
from ctl_jupyter.panel.start_words import StartWords, start_of
from ctl_jupyter.panel.variables import read_variables, variables_without_secrets

__all__ = ["StartFields"]


class StartFields:
    """The fields of a start form.

    Parameters
    ----------
    desk
        The middle of the panel.
    namespace
        Returns the notebook's variables.
    changed
        Called when somebody changed one of them.
    """

    def __init__(self, desk: Desk, namespace: Callable[[], Mapping[str, Any]], changed: Callable[[], None]) -> None:
        self._changed = changed
        self.hosts = HostsField(desk, namespace, changed)
        self.limit = Field(
            "Limit", _text("web*,!web3"), "Of those hosts, the ones that fit: * and ? as wildcards, ! for all but it."
        )
        self.tags = Field("Tags", _text("configuration,restart"), "Between commas; empty for the job's own.")
        self.variables = Field(
            "Variables",
            ipywidgets.Textarea(placeholder="version: 1.10.2\nreplicas: 3", rows=4, continuous_update=False),
            "YAML, or name=value on each line. They hold for this start, over those of the job.",
        )
        self.secrets = SecretVariables()
        self.key_path = Field("Private key's file", _text("~/.ssh/id_ed25519"), "A path; the kernel reads it.")
        self.key = SecretField(
            "… or upload it", kind="file", help_text="Sent with the start; saved neither here nor by Runner."
        )
        for field, check in (
            (self.limit, lambda: None),
            (self.tags, self._read_tags),
            (self.variables, self._read_variables),
            (self.key_path, self._read_key_path),
        ):
            field.control.observe(self._checker(field, check), "value")
        self.key.on_change(self._check_key)
        self.variables.widget.add_class("ctl-wide")
        self.widget = form(
            self.hosts.widget,
            self.limit,
            self.tags,
            self.variables,
            self.secrets.widget,
            self.key_path,
            self.key.widget,
        )

    def use(self, job: Job, *, is_other: bool) -> None:
        """Show the fields for a job; what was given for another one is forgotten: no job runs with another's."""
        if is_other:
            self._forget()
        self.hosts.use(job, is_other=is_other)

    def clear(self) -> None:
        """Forget all that was given, in an account that was left."""
        self._forget()
        self.hosts.clear()

    def _forget(self) -> None:
        self.secrets.clear()
        self.key.take()
        self.key.error = ""
        for field in (self.limit, self.tags, self.variables, self.key_path):
            field.value = field.error = ""

    def forget_secrets(self) -> None:
        """Forget the secrets, which were sent."""
        self.secrets.forget()
        self.key.take()

    def words(self, job: Job) -> StartWords:
        """Return what the fields say of a start of a job.

        Raises
        ------
        DocumentError
            The first thing that cannot be used; each stands beside its field.
        """
        wrong: list[DocumentError] = []

        def read(field: Field | None, reader: Callable[[], Any], otherwise: Any) -> Any:
            try:
                value = reader()
            except DocumentError as error:
                wrong.append(error)
                if field is not None:
                    field.error = str(error)
                return otherwise
            if field is not None:
                field.error = ""
            return value

        hosts = read(None, self.hosts.choice, None)
        tags = read(self.tags, self._read_tags, [])
        variables = read(self.variables, self._read_variables, {})
        secrets = read(None, self.secrets.peek, {})
        key_path = read(self.key_path, self._read_key_path, "")
        key = read(None, self._read_key, "")
        if wrong:
            raise wrong[0]
        words = StartWords(
            hosts=hosts,
            limit=self.limit.value.strip(),
            variables=variables,
            secret_variables=secrets,
            tags=tags,
            key_path=key_path,
            key=key,
        )
        read(self.limit if words.limit else None, lambda: start_of(words, job), None)
        if wrong:
            raise wrong[0]
        return words

    def _checker(self, field: Field, check: Callable[[], Any]) -> Callable[[Any], None]:
        def look(_: Any) -> None:
            self._changed()
            try:
                check()
            except DocumentError as error:
                field.error = str(error)
            else:
                field.error = ""

        return look

    def _read_tags(self) -> list[str]:
        return tags_of(self.tags.value, "The field") if self.tags.value.strip() else []

    def _read_variables(self) -> dict[str, Any]:
        text, removed = variables_without_secrets(self.variables.value)
        if removed:
            # What stands in a widget can end in the saved notebook.
            self.variables.value = text
            raise DocumentError(
                f"{listed(removed)} was taken out, since it is a secret: give it as a secret variable, "
                "which is sent and not kept."
            )
        return read_variables(text)

    def _read_key_path(self) -> str:
        path: str = self.key_path.value.strip()
        if path and not self.key.is_empty:
            raise DocumentError("There are two keys, a path and a file that was uploaded: give one.")
        if path:
            read_key(path)
        return path

    def _read_key(self) -> str:
        return "" if self.key.is_empty else encode_key(self.key.peek())

    def _check_key(self) -> None:
        self._changed()
        try:
            self._read_key()
        except DocumentError as error:
            self.key.error = str(error)
        else:
            self.key.error = ""


def _text(placeholder: str) -> ipywidgets.Text:
    return ipywidgets.Text(placeholder=placeholder, continuous_update=False)
