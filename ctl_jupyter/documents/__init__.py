"""The nouns of Runner's HTTP API, read from and written to the wire.

Client and embedded service both use them; nothing here sends or stores anything.

Facts come from Runner's API description; where its sources disagree this package takes every form it was
seen in: an empty ``failed_hosts`` printed as ``[0]``, times as ``start``/``end`` or as ``timers``, ``hostVars`` as
an object or as an array of objects, one job answered as an object or as an array of one.
"""

from ctl_jupyter.documents.executions import (
    FINAL_STATUSES,
    LIVE_STATUSES,
    Commit,
    Execution,
    RepositoryLog,
    ScheduledStart,
    Status,
    StatusEvent,
    Timer,
    read_execution,
    read_status_event,
)
from ctl_jupyter.documents.jobs import (
    Callback,
    Credentials,
    Host,
    Job,
    Repository,
    StartRequest,
    check_hosts,
    check_job,
    check_start_request,
    decode_private_key,
    read_job,
    read_many_jobs,
    read_start_request,
    with_encoded_playbook,
)
from ctl_jupyter.documents.log_in import LogIn
from ctl_jupyter.documents.members import near_miss
from ctl_jupyter.documents.pages import Page, read_page
from ctl_jupyter.documents.playbooks import parse_playbook, parse_yaml
from ctl_jupyter.documents.reading import DocumentError, check_json, decode_base64, read_json
from ctl_jupyter.documents.schedules import (
    Schedule,
    ServiceAccount,
    Trigger,
    check_schedule,
    check_service_account,
    read_schedule,
    read_service_account,
    read_service_account_aliases,
)
from ctl_jupyter.secrecy import MASK, SECRET_NAME, masked, restored, secret_values

__all__ = [
    "FINAL_STATUSES",
    "LIVE_STATUSES",
    "MASK",
    "SECRET_NAME",
    "Callback",
    "Commit",
    "Credentials",
    "DocumentError",
    "Execution",
    "Host",
    "Job",
    "LogIn",
    "Page",
    "Repository",
    "RepositoryLog",
    "Schedule",
    "ScheduledStart",
    "ServiceAccount",
    "StartRequest",
    "Status",
    "StatusEvent",
    "Timer",
    "Trigger",
    "check_hosts",
    "check_job",
    "check_json",
    "check_schedule",
    "check_service_account",
    "check_start_request",
    "decode_base64",
    "decode_private_key",
    "masked",
    "near_miss",
    "parse_playbook",
    "parse_yaml",
    "read_execution",
    "read_job",
    "read_json",
    "read_many_jobs",
    "read_page",
    "read_schedule",
    "read_service_account",
    "read_service_account_aliases",
    "read_start_request",
    "read_status_event",
    "restored",
    "secret_values",
    "with_encoded_playbook",
]
