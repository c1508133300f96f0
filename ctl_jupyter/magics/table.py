"""The one table of magics: parser, ``-h``, ``?``, completion and the reference page all read it."""

from ctl_jupyter.magics import values
from ctl_jupyter.magics.options import Argument, Completes, Kind, MagicSpec, Option

__all__ = ["MAGICS", "TOPICS"]

# --- options that several magics share -----------------------------------------------------------------------------


def _out(what: str) -> Option:
    return Option(
        "--out",
        f"put {what} into the variable NAME",
        metavar="NAME",
        short="-o",
        read=values.python_name,
        completes=Completes.VARIABLES,
    )


def _host(what: str) -> Option:
    return Option("--host", what, metavar="NAME", repeats=True, read=values.host_name, completes=Completes.HOSTS)


HOSTS = Option(
    "--hosts",
    "hosts from a Python variable: names, host entities, or a DataFrame's column as DF.COLUMN",
    metavar="PYNAME",
    read=values.python_path,
    completes=Completes.COLUMNS,
)
VARIABLE = Option(
    "--var",
    "a variable of the playbook, always a text; a secret goes into a Python variable and --vars",
    metavar="NAME=VALUE",
    repeats=True,
    read=values.variable,
    completes=Completes.PROPERTIES,
)
VARIABLES = Option(
    "--vars",
    "variables of the playbook from a Python dict, which may hold secrets",
    metavar="PYNAME",
    repeats=True,
    read=values.python_name,
    completes=Completes.VARIABLES,
)
TAGS = Option("--tags", "run the tasks of these tags alone", metavar="TAG[,TAG]")
SSH_KEY = Option(
    "--ssh-key",
    "a private key's file, read by the kernel and sent along this once",
    metavar="PATH",
    completes=Completes.FILES,
)
DRY_RUN = Option("--dry-run", "show the request, secrets masked, and send nothing")
ROWS = Option("--rows", "the newest N alone", metavar="N", read=values.rows, setting="rows")
QUIET = Option("--quiet", "show no card", setting="quiet")


def _waiting(until: str) -> tuple[Option, ...]:
    return (
        Option("--wait", until, setting="wait"),
        Option(
            "--timeout",
            "wait, but no longer than this; the execution goes on",
            metavar="SECONDS",
            read=values.seconds,
            setting="timeout",
            implies="wait",
        ),
        Option(
            "--on-interrupt",
            "what interrupting the waiting cell does to the execution",
            metavar="WHAT",
            choices=("detach", "stop", "kill"),
            setting="on_interrupt",
            implies="wait",
        ),
        QUIET,
        _out("the execution's handle (of several, a list)"),
    )


WAITING = _waiting("wait for the end; the cell fails when the execution does")
#: Of magics that end executions: no way in which these end is a failure of the cell.
WAITING_FOR_THE_END = _waiting("wait for the end; the cell does not fail by how the execution ends")
ALL_RUNNING = Option(
    "--all-running",
    "every execution of that job that has not ended",
    metavar="JOB",
    completes=Completes.JOBS,
)
EXPIRY = "--expiry"

# --- arguments that several magics share ---------------------------------------------------------------------------

JOB = Argument("job", "the job's name, its id, or the beginning of its id (4 characters or more)", Completes.JOBS)
JOB_OR_ACCOUNT = Argument("job", f"{JOB.help}; default: the whole account", Completes.JOBS, "?")
AN_EXECUTION = "its id, the beginning of it (4 characters or more), or the variable of its handle"
EXECUTION = Argument("execution", f"{AN_EXECUTION}; default: the last one of this notebook", Completes.EXECUTIONS, "?")
EXECUTIONS = Argument("execution", f"{AN_EXECUTION}; several may be given", Completes.EXECUTIONS, "*")

# --- the table -----------------------------------------------------------------------------------------------------

_JOB_PATH = "/jobs/{alias}/{jobId}"
_EXECUTION_PATH = f"{_JOB_PATH}/executions/{{executionId}}"

_LOG_IN = (
    MagicSpec(
        "ctl_login",
        Kind.LINE,
        "Log in to a Runner; every other magic then uses this log-in.",
        calls=("POST /v2/authentication/login",),
        arguments=(
            Argument(
                "profile",
                "local (the embedded Runner, started when none runs), prod, qa, a profile of config.toml, or a URL; "
                "default: %config Ctl.profile",
                Completes.PROFILES,
                "?",
            ),
        ),
        options=(
            Option("--account", "the account; default: CLC_ACCT_ALIAS, the profile's, or the log-in's", "ALIAS"),
            Option("--username", "default: CLC_V2_API_USERNAME, the saved one, or the profile's", "NAME"),
            Option("--save", "keep user name and password in this machine's keyring"),
            Option("--ask", "ask for the password, whatever is saved or set"),
        ),
        note="No magic takes a secret on its line. The password comes from CLC_V2_API_PASSWD, the keyring or a prompt, "
        "a token from CLC_V2_API_TOKEN or, for its two weeks, the keyring (without one, this kernel's memory).",
        example="%ctl_login prod --username ada --save",
    ),
    MagicSpec(
        "ctl_logout",
        Kind.LINE,
        "Log out: forget the token, in this kernel and in the keyring.",
        arguments=(
            Argument("profile", "of which profile; default: where this notebook is logged in", Completes.PROFILES, "?"),
        ),
        options=(Option("--forget", "forget the saved user name and password, too"),),
        note="Executions go on.",
        example="%ctl_logout --forget",
    ),
    MagicSpec(
        "ctl_whoami",
        Kind.LINE,
        "Show who is logged in, where, to which account, and where each of that came from.",
        options=(_out("a dict of it"),),
        example="%ctl_whoami",
    ),
)

_JOBS = (
    MagicSpec(
        "ctl_jobs",
        Kind.LINE,
        "List the account's jobs, newest first.",
        calls=("GET /jobs/{alias}",),
        arguments=(
            Argument(
                "search",
                "only those with this in their name or description, or with an id that begins so",
                Completes.JOBS,
                "?",
            ),
        ),
        options=(ROWS, _out("a list of all that were found")),
        example="%ctl_jobs nightly",
    ),
    MagicSpec(
        "ctl_job",
        Kind.BOTH,
        "Create a job, or update the job of that name; what is not said stays as it is.",
        calls=("POST /jobs/{alias}", f"PUT {_JOB_PATH}"),
        arguments=(Argument("name", "the job's name", Completes.JOBS),),
        options=(
            _host("a host of the job"),
            HOSTS,
            VARIABLE,
            VARIABLES,
            Option("--description", "what the job is for", "TEXT"),
            TAGS,
            Option("--repository", "the git repository that holds the playbook, instead of a cell", "URL"),
            Option("--branch", "its branch or tag; default: the repository's own", "NAME"),
            Option("--playbook", "the playbook's path in it; default: site.yml", "PATH"),
            Option(
                "--credentials",
                "a Python dict with username and password, or sshPrivateKey, for the repository",
                "PYNAME",
                read=values.secret_name,
                completes=Completes.VARIABLES,
            ),
            Option("--ttl", "stop an execution that runs longer", "MINUTES", read=values.minutes),
            Option("--dynamic-inventory", "run on all hosts of the account"),
            DRY_RUN,
            _out("the job"),
        ),
        body="a playbook (a list of plays), or a whole job document (a mapping); empty with --repository, or to "
        "change what the options say alone.",
        note="Hosts that are given replace the job's own, variables are added to its own. Another repository starts "
        "afresh: neither branch nor credentials of the one before are kept.",
        example="%%ctl_job hello --host web1 --var greeting=Hi\n- hosts: all\n  tasks:\n"
        '    - ansible.builtin.debug: {msg: "{{ greeting }}"}',
    ),
    MagicSpec(
        "ctl_delete",
        Kind.LINE,
        "Delete a job, or one of its schedules; past executions stay.",
        calls=(f"DELETE {_JOB_PATH}", f"DELETE {_JOB_PATH}/schedules/{{jobScheduleId}}"),
        arguments=(Argument("job", "the job's whole name or whole id, not a beginning of it here", Completes.JOBS),),
        options=(
            Option("--schedule", "delete this schedule of the job, by its id or its variable, and leave the job", "ID"),
            DRY_RUN,
        ),
        example="%ctl_delete hello",
    ),
)

_CONTROL = (
    MagicSpec(
        "ctl_start",
        Kind.BOTH,
        "Start a job. The start is sent once, never repeated.",
        calls=(f"POST {_JOB_PATH}/start",),
        arguments=(JOB,),
        options=(
            _host("a host to run on, beside those of the cell, in place of the job's own"),
            HOSTS,
            Option(
                "--limit",
                "of those hosts, the ones that fit: names, * and ? as wildcards, !NAME for all but it",
                "PATTERN[,PATTERN]",
                completes=Completes.HOSTS,
            ),
            VARIABLE,
            VARIABLES,
            TAGS,
            SSH_KEY,
            Option("--once", "do not start again when this same cell runs again, as Run All does; show its card"),
            DRY_RUN,
            *WAITING,
        ),
        body="hosts and their variables, as YAML or JSON: Runner's own start document; nothing in it is expanded.",
        note="--var, --vars and --tags hold for this start alone where the service takes them, as the embedded "
        "Runner does; the hosted one has them in the job: set them with %%ctl_job.",
        example="%%ctl_start hello --wait\nhosts:\n  - id: web1\n    hostVars: {ansible_host: 10.0.0.12}",
    ),
    MagicSpec(
        "ctl_stop",
        Kind.LINE,
        "Stop executions: running tasks end on every host, no other starts.",
        calls=(f"POST {_EXECUTION_PATH}/stop",),
        arguments=(EXECUTIONS,),
        options=(
            ALL_RUNNING,
            Option(EXPIRY, "interrupt what still runs after this", "SECONDS", read=values.duration),
            DRY_RUN,
            *WAITING_FOR_THE_END,
        ),
        note="What has ended already, or is too late to stop, fails the cell after the others were stopped.",
        example="%ctl_stop --all-running hello --wait",
    ),
    MagicSpec(
        "ctl_kill",
        Kind.LINE,
        "Kill executions: every process of them ends at once.",
        calls=(f"POST {_EXECUTION_PATH}/kill",),
        arguments=(EXECUTIONS,),
        options=(
            ALL_RUNNING,
            Option(EXPIRY, "wait this long first", "SECONDS", read=values.duration),
            DRY_RUN,
            *WAITING_FOR_THE_END,
        ),
        note="What has ended already fails the cell after the others were killed.",
        example="%ctl_kill 3f0c9a41",
    ),
    MagicSpec(
        "ctl_restart",
        Kind.LINE,
        "Run failed executions again on their failed hosts, and show which these are.",
        calls=(f"POST {_EXECUTION_PATH}/restart",),
        arguments=(EXECUTIONS,),
        options=(_host("of the failed hosts, this one"), HOSTS, SSH_KEY, DRY_RUN, *WAITING),
        note="Runner keeps no private keys: give again those that the start needed. The restart is sent once.",
        example="%ctl_restart 3f0c9a41 --wait",
    ),
    MagicSpec(
        "ctl_watch",
        Kind.LINE,
        "Watch executions live, wherever they were started: before a kernel restart, in another notebook, elsewhere.",
        calls=(f"GET {_EXECUTION_PATH}", "GET /status/{alias}/job/{jobId}/execution/{executionId}"),
        arguments=(EXECUTIONS,),
        options=(
            ALL_RUNNING,
            Option("--job", "its job, when known: finds it faster", "JOB", completes=Completes.JOBS),
            *WAITING,
        ),
        example="%ctl_watch 3f0c9a41 --wait",
    ),
)

_RESULTS = (
    MagicSpec(
        "ctl_executions",
        Kind.LINE,
        "Show the executions of a job, or of the account, newest first, as a DataFrame.",
        calls=(f"GET {_JOB_PATH}/executions", "GET /jobs/{alias}/executions", "GET /jobs/{alias}"),
        arguments=(JOB_OR_ACCOUNT,),
        options=(
            Option("--status", "only those in this status", "STATUS", repeats=True, completes=Completes.STATUSES),
            Option(
                "--since",
                "only those that began then or later: a date, a time (UTC without an offset), or how long ago (7d)",
                "TIME",
                read=values.past,
            ),
            Option("--until", "only those that began before; written as --since", "TIME", read=values.past),
            Option("--rows", "the newest N alone; default: all", "N", read=values.rows),
            _out("the DataFrame"),
        ),
        example="%ctl_executions hello --status FAILURE -o df",
    ),
    MagicSpec(
        "ctl_events",
        Kind.LINE,
        "Show what happened in an execution, one row per host and task, as a DataFrame.",
        calls=("GET /status/{alias}/job/{jobId}/execution/{executionId}",),
        arguments=(EXECUTION,),
        options=(
            _host("only those of this host"),
            Option("--failed", "only failed and unreachable ones"),
            Option("--all", "every status event as Runner sent it, not the results of hosts alone"),
            _out("the DataFrame"),
        ),
        example="%ctl_events 3f0c9a41 --failed",
    ),
    MagicSpec(
        "ctl_why",
        Kind.LINE,
        "Say why an execution ended as it did: what failed first, where, and what differs from the last success.",
        calls=(
            "GET /status/{alias}/job/{jobId}/execution/{executionId}",
            f"GET {_JOB_PATH}/executions",
            f"GET {_JOB_PATH}",
        ),
        arguments=(EXECUTION,),
        options=(_out("the reasons; .frame is a DataFrame of them, one row per failed host"),),
        note="After a restart the last run counts. Variables are compared by name, where the service tells names.",
        example="%ctl_why 3f0c9a41",
    ),
)

_SCHEDULES = (
    MagicSpec(
        "ctl_schedule",
        Kind.BOTH,
        "Have a job started at set times, or change a schedule of it.",
        calls=(f"POST {_JOB_PATH}/schedules", f"PUT {_JOB_PATH}/schedules/{{jobScheduleId}}"),
        arguments=(JOB,),
        options=(
            Option(
                "--cron",
                "five fields, in quotes: minute, hour, day of month, month, day of week",
                "'* * * * *'",
                read=values.cron,
            ),
            Option("--date", "once, at this time; with an offset or Z, else as --timezone", "DATE", read=values.moment),
            Option("--timezone", "the IANA zone of these times; default: UTC; embedded Runner only", "ZONE"),
            Option(
                "--service-account",
                "the service account it logs in with (%ctl_service_account)",
                "ALIAS",
                completes=Completes.SERVICE_ACCOUNTS,
            ),
            Option("--description", "what it is for", "TEXT"),
            Option("--id", "change this schedule, as far as is said, instead of creating one", "ID"),
            DRY_RUN,
            _out("the schedule"),
        ),
        body="Runner's own schedule document, as YAML or JSON; what options say is added to it.",
        note="Each run of the cell creates another schedule, unless --id names the one to change.",
        example="%ctl_schedule hello --cron '30 2 * * *' --timezone Europe/Berlin --service-account nightly",
    ),
    MagicSpec(
        "ctl_schedules",
        Kind.LINE,
        "List the schedules of a job, or of every job, and when each fires next.",
        calls=(f"GET {_JOB_PATH}/schedules",),
        arguments=(JOB_OR_ACCOUNT,),
        options=(_out("a list of them"),),
        example="%ctl_schedules hello",
    ),
    MagicSpec(
        "ctl_service_account",
        Kind.LINE,
        "Create or change a log-in for schedules; without an alias, list them.",
        calls=(
            "GET /serviceAccounts/{alias}",
            "POST /serviceAccounts/{alias}",
            "PUT /serviceAccounts/{alias}/{serviceAccountAlias}",
        ),
        arguments=(Argument("alias", "what schedules call it", Completes.SERVICE_ACCOUNTS, "?"),),
        options=(
            Option("--username", "who it logs in as", "NAME"),
            Option(
                "--password",
                "the Python variable that holds the password; default: a prompt",
                "PYNAME",
                read=values.secret_name,
                completes=Completes.VARIABLES,
            ),
            DRY_RUN,
            _out("the account, or the list of aliases"),
        ),
        example="%ctl_service_account nightly --username ada",
    ),
)

_PANEL = (
    MagicSpec(
        "ctl_panel",
        Kind.LINE,
        "Show the panel: jobs, hosts and a Start button, without writing code.",
        example="%ctl_panel",
    ),
)

#: Heading of the reference → its magics, in the order they are learnt.
TOPICS: dict[str, tuple[MagicSpec, ...]] = {
    "Log in": _LOG_IN,
    "Jobs": _JOBS,
    "Start and control": _CONTROL,
    "Results": _RESULTS,
    "Schedules": _SCHEDULES,
    "Panel": _PANEL,
}

#: Every magic by its name without percent signs.
MAGICS: dict[str, MagicSpec] = {spec.name: spec for specs in TOPICS.values() for spec in specs}
