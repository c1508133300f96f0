"""The words of a sample account: hosts, jobs, roles and their tasks, what goes wrong, who commits what."""

from typing import NamedTuple

__all__ = ["AUTHORS", "CAUSES", "COMMIT_MESSAGES", "HOST_GROUPS", "JOBS", "ROLES", "Cause", "JobWords", "TaskWords"]

#: How many hosts there are of each group: web1, web2 … 60 in all.
HOST_GROUPS = {
    "web": 16,
    "app": 14,
    "db": 8,
    "store": 6,
    "build": 4,
    "cache": 4,
    "queue": 4,
    "lb": 2,
    "mon": 2,
}


class TaskWords(NamedTuple):
    """A task: its name, its module and how many seconds it takes on a host, usually."""

    task: str
    action: str
    seconds: float
    ignore_errors: bool = False


class JobWords(NamedTuple):
    """A job: when it is started, on which groups of hosts (how many of each at most), and which roles it runs."""

    name: str
    kind: str
    groups: tuple[str, ...]
    hosts: int
    roles: tuple[str, ...]
    forks: int = 50


class Cause(NamedTuple):
    """What Ansible says when a task fails; ``{n}``, ``{m}`` are numbers that differ each time."""

    message: str
    rc: int | None = None


def _builtin(task: str, module: str, seconds: float, ignore_errors: bool = False) -> TaskWords:
    return TaskWords(task, f"ansible.builtin.{module}", seconds, ignore_errors)


#: The tasks of each role, in order.
ROLES: dict[str, tuple[TaskWords, ...]] = {
    "facts": (_builtin("Gathering Facts", "setup", 2.5),),
    "base": (
        _builtin("Refresh the package list", "apt", 6),
        _builtin("Install the base packages", "apt", 11),
        _builtin("Configure sshd", "template", 0.8),
        _builtin("Start sshd", "service", 1.2),
    ),
    "patch": (
        _builtin("Take the host out of monitoring", "uri", 0.7),
        _builtin("Upgrade all packages", "apt", 24),
        _builtin("Ask whether a reboot is needed", "stat", 0.4),
        _builtin("Reboot", "reboot", 12),
        _builtin("Put the host back into monitoring", "uri", 0.7),
    ),
    "deploy": (
        _builtin("Download the release", "get_url", 5),
        _builtin("Unpack the release", "unarchive", 8),
        _builtin("Install the dependencies", "pip", 14),
        _builtin("Write the configuration", "template", 0.9),
        _builtin("Switch to the new release", "file", 0.4),
        _builtin("Restart the application", "systemd_service", 5),
        _builtin("Wait for the application", "wait_for", 6),
    ),
    "smoke": (
        _builtin("Ask for the front page", "uri", 0.8),
        _builtin("Ask for the version", "uri", 0.5),
        _builtin("Look for errors in the log", "command", 1.1, ignore_errors=True),
    ),
    "nginx": (
        _builtin("Install nginx", "apt", 7),
        _builtin("Copy the sites", "copy", 1.5),
        _builtin("Check the configuration", "command", 0.9),
        _builtin("Reload nginx", "service", 1.1),
    ),
    "migrate": (
        _builtin("Take a snapshot", "command", 18),
        _builtin("Migrate the schema", "command", 31),
        _builtin("Refresh the statistics", "shell", 12),
        _builtin("Count the rows", "command", 3),
    ),
    "dump": (
        _builtin("Make room for the dump", "file", 0.5),
        _builtin("Dump the databases", "shell", 42),
        _builtin("Compress the dump", "archive", 16),
        _builtin("Ship the dump", "command", 22),
        _builtin("Drop old dumps", "shell", 1.3),
    ),
    "files": (
        _builtin("Copy the manifests", "copy", 4),
        _builtin("Unpack the archive", "unarchive", 15),
        _builtin("Install the tools", "apt", 9),
        _builtin("Set the owners", "file", 1.4),
        _builtin("Verify the checksums", "command", 6),
    ),
    "certificates": (
        _builtin("Ask how long the certificate is valid", "command", 0.7),
        _builtin("Fetch the new certificate", "get_url", 1.6),
        _builtin("Install the certificate", "copy", 0.9),
        _builtin("Reload the service", "service", 1.3),
    ),
    "queue": (
        _builtin("Pause the consumers", "command", 2),
        _builtin("Write the queue's policy", "template", 0.8),
        _builtin("Restart the broker", "systemd_service", 9),
        _builtin("Wait for the broker", "wait_for", 5),
        _builtin("Resume the consumers", "command", 2),
    ),
    "cache": (
        _builtin("Write the cache's configuration", "template", 0.7),
        _builtin("Flush the cache", "command", 1.2),
        _builtin("Warm the cache", "uri", 13),
    ),
    "build": (
        _builtin("Check out the sources", "git", 5),
        _builtin("Build", "command", 48),
        _builtin("Run the tests", "command", 35),
        _builtin("Upload the package", "uri", 7),
    ),
    "users": (
        _builtin("Create the accounts", "user", 1.1),
        _builtin("Put the keys in place", "authorized_key", 0.9),
        _builtin("Remove those who left", "user", 0.8),
    ),
    "logs": (
        _builtin("Rotate the logs", "command", 2.2),
        _builtin("Ship the logs", "shell", 7),
        _builtin("Measure the disk", "command", 0.6),
    ),
    "index": (
        _builtin("Export the documents", "command", 9),
        _builtin("Rebuild the index", "command", 21),
        _builtin("Swap the index", "uri", 0.9),
    ),
    "probe": (
        _builtin("Ask for the health page", "uri", 0.6),
        _builtin("Measure the load", "command", 0.5),
        _builtin("Report", "uri", 0.4),
    ),
}

#: The account's jobs. Those with a part in what is hidden are named by `ctl_jupyter.samples.plan`.
JOBS: tuple[JobWords, ...] = (
    JobWords("check web health", "quarterly", ("lb", "cache"), 6, ("probe", "logs")),
    JobWords("reindex search", "hourly", ("db",), 4, ("index",)),
    JobWords("rotate logs", "hourly", ("mon", "cache"), 6, ("logs",)),
    JobWords("sync exchange rates", "hourly", ("cache",), 4, ("probe", "cache")),
    JobWords("warm caches", "hourly", ("cache", "lb"), 6, ("cache", "probe")),
    JobWords("patch linux", "nightly", ("web", "app", "db", "cache"), 40, ("patch",), forks=5),
    JobWords("deploy web", "by hand", ("web",), 12, ("facts", "deploy", "smoke")),
    JobWords("deploy api", "by hand", ("app",), 8, ("facts", "deploy")),
    JobWords("deploy billing", "by hand", ("app",), 6, ("facts", "deploy", "smoke")),
    JobWords("migrate database", "by hand", ("db",), 5, ("facts", "migrate")),
    JobWords("configure nginx", "by hand", ("web",), 8, ("facts", "nginx")),
    JobWords("build installer", "by hand", ("build",), 2, ("build",)),
    JobWords("restart brokers", "by hand", ("queue",), 4, ("queue",)),
    JobWords("publish files", "by hand", ("store",), 6, ("facts", "files")),
    JobWords("roll out firewall", "by hand", ("lb", "mon"), 4, ("facts", "base")),
    JobWords("update mirror", "nightly", ("store",), 4, ("files",)),
    JobWords("nightly backup", "nightly", ("db",), 5, ("facts", "dump")),
    JobWords("archive documents", "by hand", ("store",), 5, ("files",)),
    JobWords("rotate certificates", "by hand", ("lb",), 2, ("facts", "certificates")),
    JobWords("deploy workers", "by hand", ("queue", "app"), 10, ("facts", "deploy")),
    JobWords("create users", "by hand", ("build", "mon"), 6, ("facts", "users")),
    JobWords("deploy search", "by hand", ("db",), 7, ("facts", "deploy")),
    JobWords("build web", "by hand", ("build",), 4, ("build",)),
    JobWords("build api", "by hand", ("build",), 3, ("build", "smoke")),
    JobWords("base configuration", "nightly", ("web", "db", "lb"), 20, ("facts", "base", "users")),
    JobWords("nightly build", "nightly", ("build",), 4, ("build",)),
    JobWords("backup configuration", "nightly", ("mon", "lb"), 4, ("facts", "dump")),
    JobWords("clean up docker", "nightly", ("build", "app"), 9, ("logs",)),
    JobWords("tune database", "by hand", ("db",), 6, ("facts", "migrate", "smoke")),
    JobWords("check backups", "nightly", ("mon",), 1, ("dump",)),
    JobWords("deploy landing page", "by hand", ("web",), 4, ("deploy", "smoke")),
    JobWords("flush caches", "by hand", ("cache",), 4, ("cache",)),
    JobWords("deploy reports", "by hand", ("app",), 5, ("facts", "deploy")),
    JobWords("renew api keys", "by hand", ("app",), 5, ("certificates",)),
    JobWords("set up monitoring", "by hand", ("mon",), 2, ("facts", "base", "probe")),
    JobWords("deploy dashboards", "by hand", ("mon",), 2, ("deploy",)),
    JobWords("configure cache", "by hand", ("cache",), 3, ("facts", "cache", "base")),
    JobWords("drain load balancer", "by hand", ("lb",), 2, ("probe", "certificates")),
    JobWords("copy production data", "weekly", ("db",), 2, ("dump", "migrate")),
    JobWords("audit accounts", "weekly", ("web", "db", "build"), 20, ("facts", "users")),
    JobWords("report capacity", "weekly", ("mon",), 1, ("probe", "logs")),
    JobWords("nightly smoke test", "nightly", ("web",), 6, ("smoke",)),
    JobWords("sync time zones", "nightly", ("db", "lb"), 8, ("base",)),
    JobWords("rotate database keys", "by hand", ("db",), 5, ("facts", "certificates", "migrate")),
    JobWords("rebuild search", "by hand", ("db",), 5, ("index", "smoke")),
    JobWords("deploy mail", "by hand", ("mon", "lb"), 3, ("facts", "deploy", "probe")),
    JobWords("upgrade nginx", "by hand", ("lb",), 2, ("facts", "nginx", "base")),
    JobWords("build documentation", "by hand", ("build",), 1, ("build",)),
    JobWords("deploy documentation", "by hand", ("lb",), 2, ("nginx", "smoke")),
    JobWords("nightly statistics", "nightly", ("db",), 3, ("migrate",)),
)

_MISSING = Cause("Could not find or access '/srv/releases/app-{n}.{m}.tar.gz'")
#: What goes wrong, by module; "" for any other.
CAUSES: dict[str, tuple[Cause, ...]] = {
    "ansible.builtin.apt": (
        Cause("Could not get lock /var/lib/dpkg/lock-frontend. It is held by process {n} (unattended-upgr)", 100),
        Cause("Failed to update apt cache: E:The repository 'http://mirror.example.com jammy Release' is not signed."),
    ),
    "ansible.builtin.get_url": (
        Cause("Request failed: HTTP Error 503: Service Unavailable"),
        Cause("failed to download: The read operation timed out after {n} seconds"),
    ),
    "ansible.builtin.unarchive": (_MISSING,),
    "ansible.builtin.copy": (_MISSING,),
    "ansible.builtin.template": (
        Cause("Destination directory /etc/app-{n} does not exist"),
        Cause("AnsibleUndefinedVariable: 'release_channel' is undefined"),
    ),
    "ansible.builtin.service": (Cause("Unable to restart service: Job for unit failed, see journalctl -xe", 1),),
    "ansible.builtin.systemd_service": (
        Cause("Unable to restart service app: control process exited with error code (pid {n})", 1),
    ),
    "ansible.builtin.uri": (
        Cause("Status code was 502 and not [200]: HTTP Error 502: Bad Gateway"),
        Cause("Status code was -1 and not [200]: Connection refused after {n} ms"),
    ),
    "ansible.builtin.wait_for": (Cause("Timeout when waiting for 10.0.{m}.{n}:8080"),),
    "ansible.builtin.git": (Cause("Failed to download remote objects and refs: fatal: early EOF", 128),),
    "ansible.builtin.pip": (Cause("stdout: Could not fetch URL https://pypi.example.com/simple/: timed out ({n})", 1),),
    "": (
        Cause("non-zero return code: worker {n} exited before it was ready", 1),
        Cause("non-zero return code: lock held by pid {n} since {m} s", 75),
        Cause("MODULE FAILURE: Killed", 137),
    ),
}

AUTHORS = (
    "Ada Brandt",
    "Jonas Keller",
    "Mina Sato",
    "Luca Moretti",
    "Priya Nair",
    "Tom Becker",
    "Eva Lind",
    "Omar Haddad",
)
COMMIT_MESSAGES = (
    "Pin the version of the base image",
    "Use the new mirror",
    "Add a health check",
    "Raise the number of workers",
    "Split the role in two",
    "Do not restart when nothing changed",
    "Verify checksums after the copy",
    "Clean up old releases",
    "Read the port from the inventory",
    "Fix a typo in the template",
    "Log as JSON",
    "Retry the download",
    "Move secrets to the vault",
    "Wait until the service answers",
    "Update the dependencies",
    "Set ownership recursively",
)
