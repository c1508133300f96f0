"""What an execution needs on disk and in memory before Ansible can run: playbook, keys, inventory, variables.

Two directories: ``work`` holds the playbook or the repository, ``private`` (in memory where there is tmpfs) holds
keys, inventory and variables, all 0600, and is removed at the end.
"""

import json
import os
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ctl_jupyter.secrecy import SHORTEST_TOKEN, secret_values
from ctl_jupyter.service.engine import dynamic
from ctl_jupyter.service.engine.inventory import InventoryUnreadable

__all__ = ["PreparationError", "Workspace"]

#: Names of this machine for which Ansible connects without ssh when an inventory says nothing.
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
COMMIT_FIELDS = {"commit": "%H", "author": "%an", "author_email": "%ae", "date": "%ad", "message": "%B"}


#: A command and additions to its environment → exit code, output, errors.
RunHelper = Callable[[list[str], dict[str, str]], tuple[int, str, str]]


class PreparationError(Exception):
    """Why the playbook could not even be started, in one sentence for the user."""


class Workspace:
    """Prepares the files of one run.

    Parameters
    ----------
    order
        What to run; see `ctl_jupyter.service.engine.launch.order_for`.
    run_helper
        Runs a command of git's or ssh's.
    """

    def __init__(self, order: dict[str, Any], run_helper: RunHelper) -> None:
        self._order = order
        self.run_helper = run_helper
        self.work = Path(order["work_directory"])
        self.private = Path(order["private_directory"])
        self.repository_log: dict[str, Any] | None = None
        self.playbook = self.work / "playbook.yml"
        #: Whether every host is this machine.
        self.is_local = False
        #: Secrets that the order does not hold, found while preparing.
        self.secrets: list[str] = []

    def prepare(self) -> None:
        """Make every file that the run needs.

        Raises
        ------
        PreparationError
            When repository, branch, playbook, inventory or a key is wrong.
        """
        for directory in (
            self.work,
            self.private,
            self.private / "keys",
            self.private / "ssh",
            self.private / "host_vars",
        ):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._order.get("repository"):
            self._check_out(self._order["repository"])
        else:
            self.playbook.write_text(self._order["playbook"])
        self._write_private("hosts.ctl.json", json.dumps(self._inventory()))
        self._write_private("limit", "\n".join(self._order["limit"]))
        self._write_private("variables.json", json.dumps(_as_data(self._order.get("properties") or {})))

    def command(self) -> list[str]:
        """Return the arguments for ``ansible-playbook``."""
        # The run's own source comes last and so wins.
        sources = [source for source in (self._order.get("inventory"), str(self.private / "hosts.ctl.json")) if source]
        arguments = [word for source in sources for word in ("-i", source)]
        arguments += ["-e", f"@{self.private / 'variables.json'}"]
        if self._order.get("tags"):
            arguments.append("--tags=" + ",".join(self._order["tags"]))
        if self._order["limit"]:
            arguments.append(f"--limit=@{self.private / 'limit'}")
        return [*arguments, str(self.playbook)]

    @property
    def directory(self) -> Path:
        """Where ``ansible-playbook`` runs, so that a repository's ``ansible.cfg`` and roles are found."""
        return self.work / "repository" if self._order.get("repository") else self.work

    def _write_private(self, name: str, text: str) -> Path:
        path = self.private / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        return path

    # --- inventory -------------------------------------------------------------------------------------------

    def _inventory(self) -> dict[str, Any]:
        """Return host name → variables, as the inventory plugin reads it."""
        keys, given = _KeyFiles(self), self._order["hosts"]
        if not self._order.get("inventory"):
            hosts = {host["id"]: self._host_variables(host, keys) for host in given}
            self.is_local = all(variables.get("ansible_connection") == "local" for variables in hosts.values())
            return hosts
        try:
            listing = dynamic.read(self._order, self.private, self.run_helper)
        except InventoryUnreadable as error:
            raise PreparationError(str(error)) from None
        self.secrets = dynamic.known_secrets(listing)
        added = dynamic.additions(listing, given, lambda host: self._host_variables(host, keys))
        for name, variables in dynamic.variable_files(listing, given, added).items():
            self._write_private(f"host_vars/{name}.json", json.dumps(_as_data(variables)))
        return added

    def _host_variables(self, host: dict[str, Any], keys: "_KeyFiles") -> dict[str, Any]:
        """Return a host's variables and those that reach it.

        A ``key_file`` is one that its inventory names: the key of the start is not for such a host.
        """
        variables = dict(host.get("vars") or {})
        key = host.get("key") or (None if host.get("key_file") else self._order.get("default_key"))
        address = variables.get("ansible_host") or variables.get("ansible_ssh_host") or host["id"]
        says_how = {"ansible_connection", "ansible_port", "ansible_ssh_port"} & variables.keys()
        if str(address) in THIS_MACHINE and not says_how and not key:
            # What Ansible does for a localhost that no inventory names.
            variables["ansible_connection"] = "local"
        if variables.get("ansible_connection") == "local":
            # The Python at hand works; looking for another one costs time and may find a stand-in for none.
            variables.setdefault("ansible_python_interpreter", self._order["python"])
            # Modules lie there with their arguments while they run; what a kill leaves of them goes with the run.
            variables.setdefault("ansible_remote_tmp", str(self.work / "tmp"))
        elif key:
            number, path = keys.file_for(key, f"the host {host['id']!r}" if host.get("key") else "this start")
            variables["ansible_ssh_private_key_file"] = str(path)
            # Only the key that was given: one from the user's agent would hide that it is wrong.
            variables.setdefault("ansible_ssh_extra_args", "-o IdentitiesOnly=yes")
            variables["ansible_control_path_dir"] = str(self._control_directory(str(number)))
        elif host.get("key_file"):
            name = sha256(host["key_file"].encode()).hexdigest()[:8]
            variables["ansible_control_path_dir"] = str(self._control_directory(name))
        return variables

    def _control_directory(self, name: str) -> Path:
        """Make a directory for connections: a shared one ignores the key, so each key has connections of its own."""
        directory = self.private / "ssh" / name
        directory.mkdir(mode=0o700, exist_ok=True)
        return directory

    # --- repository ------------------------------------------------------------------------------------------

    def _check_out(self, repository: dict[str, Any]) -> None:
        target, url = self.directory, _without_password(repository["url"])
        command = ["clone", "--quiet", "--recurse-submodules"]
        if repository.get("branch"):
            command += ["--branch", repository["branch"]]
        try:
            self._git(
                [*command, "--depth=1", "--shallow-submodules", "--", url, str(target)],
                repository,
            )
        except _GitFailed as error:
            if "shallow" not in error.said:
                raise PreparationError(_why_no_clone(repository, error.said)) from None
            try:
                self._git([*command, "--", url, str(target)], repository)
            except _GitFailed as again:
                raise PreparationError(_why_no_clone(repository, again.said)) from None
        self.repository_log = self._log(target)
        self.playbook = (target / repository["default_playbook"]).resolve()
        if not self.playbook.is_relative_to(target.resolve()) or not self.playbook.is_file():
            raise PreparationError(
                f"The repository has no playbook {repository['default_playbook']!r}"
                + (f" on {repository['branch']!r}." if repository.get("branch") else ".")
            )

    def _log(self, target: Path) -> dict[str, Any]:
        separator = "\x1f"
        try:
            # The form of the answer is Runner's, whatever the user's own settings of git say.
            form = ["--no-show-signature", "--date=default", "--format=" + separator.join(COMMIT_FIELDS.values())]
            line = self._git(["-C", str(target), "log", "-1", *form], {})
            tags = self._git(["-C", str(target), "tag", "--points-at", "HEAD"], {})
        except _GitFailed as error:
            raise PreparationError(f"The repository holds no commit: {error.said}") from None
        commit = dict(zip(COMMIT_FIELDS, (part.strip() for part in line.split(separator)), strict=True))
        return {"recent_commit": [commit], "tags": tags.split()}

    def _git(self, arguments: list[str], repository: dict[str, Any]) -> str:
        options, environment = self._git_credentials(repository.get("url", ""), repository.get("credentials") or {})
        quiet = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **environment}
        exit_code, output, errors = self.run_helper(["git", *options, *arguments], quiet)
        if exit_code != 0:
            raise _GitFailed(errors)
        return output

    def _git_credentials(self, url: str, credentials: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
        """Return git's options and environment for a log-in; secrets stand in private files alone."""
        ssh = ["ssh", "-o", "BatchMode=yes", *_known_hosts(self._order)]
        options: list[str] = []
        if credentials.get("key"):
            _, path = _KeyFiles(self, "repository").file_for(credentials["key"], "the repository")
            ssh += ["-i", str(path), "-o", "IdentitiesOnly=yes"]
        parts = urlsplit(url)
        password = credentials.get("password") or unquote(parts.password or "")
        if password and parts.scheme in ("http", "https"):
            user = quote(credentials.get("username") or unquote(parts.username or "") or "git", safe="")
            host = parts.netloc.rpartition("@")[2]
            line = f"{parts.scheme}://{user}:{quote(password, safe='')}@{host}\n"
            path = self._write_private("git-credentials", line)
            # The empty helper drops the user's own ones, which would be tried first.
            options += ["-c", "credential.helper=", "-c", f"credential.helper=store --file={path}"]
            if credentials.get("username"):
                options += ["-c", f"credential.username={credentials['username']}"]
        return options, {"GIT_SSH_COMMAND": " ".join(ssh)}


def _without_password(url: str) -> str:
    """Return a URL fit for a command line, which every user of the machine can read."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise PreparationError(f"The URL of the repository cannot be read: {error}.") from None
    if not next(iter(secret_values(url)), None):
        return url
    user = parts.username or ""
    # A user name as long as a token is one; git learns it from the file of credentials.
    login = f"{user}@" if user and len(user) < SHORTEST_TOKEN else ""
    return parts._replace(netloc=login + parts.netloc.rpartition("@")[2]).geturl()


class _GitFailed(Exception):
    def __init__(self, stderr: str) -> None:
        lines = [line.strip() for line in stderr.splitlines() if line.strip() and not line.startswith("Cloning into")]
        telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "ERROR"))] or lines
        self.said = re.sub(r"^(fatal|error|remote): *", "", telling[0]) if telling else "git gave no reason"
        super().__init__(self.said)


def _why_no_clone(repository: dict[str, Any], said: str) -> str:
    if "Remote branch" in said and "not found" in said:
        return f"The repository has no branch or tag {repository['branch']!r}."
    return f"The repository cannot be cloned: {said}"


class _KeyFiles:
    """Writes each different key once."""

    def __init__(self, workspace: Workspace, prefix: str = "host") -> None:
        self._workspace = workspace
        self._prefix = prefix
        self._files: dict[str, tuple[int, Path]] = {}

    def file_for(self, key: str, whose: str) -> tuple[int, Path]:
        """Return a number and the file of a key, written and checked when it is new.

        Raises
        ------
        PreparationError
            When ssh cannot read it; the sentence names whose it is.
        """
        if key not in self._files:
            path = self._workspace._write_private(f"keys/{self._prefix}-{len(self._files)}", key)
            _check_key(self._workspace.run_helper, path, whose)
            self._files[key] = (len(self._files), path)
        return self._files[key]


def _check_key(run_helper: RunHelper, path: Path, whose: str) -> None:
    exit_code, _, errors = run_helper(["ssh-keygen", "-y", "-P", "", "-f", str(path)], {})
    if exit_code == 0:
        return
    if "passphrase" in errors:
        raise PreparationError(f"The private key of {whose} is locked by a passphrase; Runner needs one without.")
    raise PreparationError(f"The private key of {whose} cannot be read by ssh.")


def _known_hosts(order: dict[str, Any]) -> list[str]:
    """Return ssh's options to take a new host's key and refuse a changed one, with nobody there to ask."""
    files = f'"{order["known_hosts"]}" ~/.ssh/known_hosts'
    return ["-o", "StrictHostKeyChecking=accept-new", "-o", f"'UserKnownHostsFile={files}'"]


def ssh_common_arguments(order: dict[str, Any]) -> str:
    """Return what every ssh of the run is called with."""
    return " ".join(_known_hosts(order))


def _as_data(value: Any) -> Any:
    """Return a copy that Ansible reads from JSON as it is, taking none of its texts for a template.

    The same in YAML, ``!unsafe "0777"``, would become a number, and ``!unsafe "yes"`` a truth.
    """
    if isinstance(value, str):
        return {"__ansible_unsafe": value}
    if isinstance(value, dict):
        return {name: _as_data(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_data(part) for part in value]
    return value
