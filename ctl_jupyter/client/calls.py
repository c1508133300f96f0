"""One method per call of Runner's API; each docstring names the call."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from ctl_jupyter.client.auth import BearerAuth
from ctl_jupyter.client.errors import AnswerNotUnderstood
from ctl_jupyter.client.http import HTTP
from ctl_jupyter.client.paging import event_identity, every_row
from ctl_jupyter.cloud import (
    DataCenter,
    Group,
    Network,
    Server,
    read_all,
    read_data_center,
    read_group,
    read_network,
    read_server,
)
from ctl_jupyter.documents import (
    DocumentError,
    Execution,
    Job,
    Page,
    Schedule,
    ServiceAccount,
    StartRequest,
    StatusEvent,
    read_execution,
    read_job,
    read_page,
    read_schedule,
    read_service_account,
    read_service_account_aliases,
    read_status_event,
)

__all__ = ["RunnerCalls"]

T = TypeVar("T")
PAGE_SIZE = 100


class RunnerCalls:
    """Runner's API for one account.

    Every method raises the member of `ctl_jupyter.client.errors`' tree that fits.

    Parameters
    ----------
    runner_url
        Origin of Runner.
    auth
        Who logs in.
    account_alias
        The account in the paths; that of the log-in when empty (it is then known after the first request).
    transport
        Where requests go; the network when absent.
    """

    def __init__(
        self,
        runner_url: str,
        auth: BearerAuth,
        account_alias: str,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.http = HTTP(runner_url, auth, transport)
        # The cloud answers where one logs in: elsewhere than the hosted Runner, with the embedded one.
        self._cloud = self.http if auth.login_url == runner_url else HTTP(auth.login_url, auth, transport)
        self.account_alias = account_alias
        #: Whether this Runner answers Arrow; ``None`` until it was asked for some.
        self.answers_arrow: bool | None = None

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()
        self._cloud.close()

    def create_job(self, job: Job, *, immediate: bool = False) -> Job:
        """Create a job and, when `immediate`, start it: ``POST /jobs/{alias}``."""
        return self._call(
            read_job,
            "POST",
            self.job_path(),
            params={"immediate": _flag(immediate)},
            document=job.to_wire(),
            once=True,
        )

    def jobs_page(self, page: int = 0, size: int = PAGE_SIZE) -> Page[Job]:
        """Return one page of jobs, newest first: ``GET /jobs/{alias}``."""
        return self._page(self.job_path(), read_job, page, size)

    def jobs(self) -> Iterator[Job]:
        """Yield every job, newest first: ``GET /jobs/{alias}``, page by page."""
        return every_row(self.jobs_page, lambda job: job.id)

    def get_job(self, job_id: str) -> Job:
        """Return a job: ``GET /jobs/{alias}/{jobId}``."""
        return self._call(read_job, "GET", self.job_path(job_id))

    def update_job(self, job: Job, *, immediate: bool = False) -> Job:
        """Replace a job by the whole document given: ``PUT /jobs/{alias}/{jobId}``."""
        return self._call(
            read_job, "PUT", self.job_path(job.id), params={"immediate": _flag(immediate)}, document=job.to_wire()
        )

    def delete_job(self, job_id: str) -> None:
        """Delete a job: ``DELETE /jobs/{alias}/{jobId}``."""
        self.http.request("DELETE", self.job_path(job_id))

    def start(self, job_id: str, request: StartRequest | None = None) -> Execution:
        """Create an execution of a job: ``POST /jobs/{alias}/{jobId}/start``. Sent once, never repeated.

        Raises
        ------
        DocumentError
            As `check_taken`; nothing was sent then.
        """
        self.check_taken(job_id, request)
        document = (request or StartRequest()).to_wire()
        return self._call(read_execution, "POST", self.job_path(job_id, "start"), document=document, once=True)

    def check_taken(self, job_id: str, request: StartRequest | None) -> None:
        """Check that this Runner takes what a start or a restart holds.

        Raises
        ------
        DocumentError
            When it has variables or tags, which the hosted Runner takes in a job alone.
        """
        if request is None or not (request.properties or request.playbook_tags) or self.http.has_cursor:
            return
        # Nothing may have been asked yet over these connections.
        self.get_job(job_id)
        if not self.http.has_cursor:
            raise DocumentError(
                "This Runner takes variables and tags in a job and not at a start: set them with %%ctl_job first."
            )

    def executions_page(self, job_id: str | None, page: int = 0, size: int = PAGE_SIZE) -> Page[Execution]:
        """Return one page of executions, newest first.

        ``GET /jobs/{alias}/{jobId}/executions``, or the account's ``GET /jobs/{alias}/executions`` without a job.
        """
        path = self.job_path(job_id, "executions") if job_id else self.job_path("executions")
        return self._page(path, read_execution, page, size)

    def executions(self, job_id: str | None = None) -> Iterator[Execution]:
        """Yield every execution of a job, or of the account, newest first, page by page."""
        return every_row(
            lambda page, size: self.executions_page(job_id, page, size),
            lambda execution: execution.execution_id,
        )

    def get_execution(self, job_id: str, execution_id: str) -> Execution:
        """Return an execution: ``GET /jobs/{alias}/{jobId}/executions/{executionId}``."""
        return self._call(read_execution, "GET", self.job_path(job_id, "executions", execution_id))

    def restart(self, job_id: str, execution_id: str, request: StartRequest | None = None) -> Execution:
        """Run a failed execution again on its failed hosts: ``POST …/executions/{executionId}/restart``. Sent once.

        Parameters
        ----------
        request
            Fewer of the failed hosts, and the keys that are needed: Runner keeps none.

        Raises
        ------
        DocumentError
            As `check_taken`; nothing was sent then.
        """
        self.check_taken(job_id, request)
        document = (request or StartRequest()).to_wire()
        path = self.job_path(job_id, "executions", execution_id, "restart")
        return self._call(read_execution, "POST", path, document=document, once=True)

    def stop(self, job_id: str, execution_id: str, expiry: float = 0) -> Execution:
        """Let running tasks end and start no others: ``POST …/executions/{executionId}/stop``.

        Parameters
        ----------
        expiry
            Seconds after which the process is interrupted; 0 for never.
        """
        return self._order(job_id, execution_id, "stop", expiry)

    def kill(self, job_id: str, execution_id: str, expiry: float = 0) -> Execution:
        """Kill every process of an execution: ``POST …/executions/{executionId}/kill``.

        Parameters
        ----------
        expiry
            Seconds to wait before; 0 for at once.
        """
        return self._order(job_id, execution_id, "kill", expiry)

    def _order(self, job_id: str, execution_id: str, action: str, expiry: float) -> Execution:
        path = self.job_path(job_id, "executions", execution_id, action)
        return self._call(read_execution, "POST", path, document={"expiryDuration": expiry})

    def status_events_page(
        self, job_id: str, execution_id: str | None = None, page: int = 0, size: int = PAGE_SIZE
    ) -> Page[StatusEvent]:
        """Return one page of status events.

        ``GET /status/{alias}/job/{jobId}/execution/{executionId}``, or the job's ``GET /status/{alias}/job/{jobId}``
        without an execution.
        """
        return self._page(self.status_path(job_id, execution_id), read_status_event, page, size)

    def status_events(self, job_id: str, execution_id: str | None = None) -> Iterator[StatusEvent]:
        """Yield every status event of an execution, or of a job, that the service has by now, as it lists them."""
        return every_row(
            lambda page, size: self.status_events_page(job_id, execution_id, page, size),
            event_identity,
        )

    def status_events_after(
        self, job_id: str, execution_id: str, cursor: int, wait: float, size: int = PAGE_SIZE
    ) -> Page[StatusEvent]:
        """Return the status events after a cursor; the embedded service's ``?after=SEQ&wait=SECONDS``.

        Parameters
        ----------
        cursor
            ``cursor`` of the last answer, 0 at first.
        wait
            Seconds that the service holds the answer back when nothing new is there.
        """
        return self._call(
            lambda document: read_page(document, read_status_event),
            "GET",
            self.status_path(job_id, execution_id),
            params={"after": cursor, "wait": wait, "size": size},
            wait=wait,
        )

    def data_centers(self) -> list[DataCenter]:
        """Return the data centers of the account: ``GET /v2/datacenters/{alias}``, of the cloud."""
        return self._ask_cloud(lambda document: read_all(document, read_data_center), "/v2/datacenters")

    def data_center(self, data_center_id: str) -> DataCenter:
        """Return a data center and its root group: ``GET /v2/datacenters/{alias}/{dataCenter}?groupLinks=true``."""
        return self._ask_cloud(read_data_center, "/v2/datacenters", data_center_id, params={"groupLinks": "true"})

    def group(self, group_id: str) -> Group:
        """Return a group, the groups within it and its servers' ids: ``GET /v2/groups/{alias}/{groupId}``."""
        return self._ask_cloud(read_group, "/v2/groups", group_id)

    def server(self, server_id: str) -> Server:
        """Return a server: ``GET /v2/servers/{alias}/{serverId}``."""
        return self._ask_cloud(read_server, "/v2/servers", server_id)

    def networks(self, data_center_id: str) -> list[Network]:
        """Return the networks of a data center: ``GET /v2-experimental/networks/{alias}/{dataCenter}``."""
        return self._ask_cloud(
            lambda document: read_all(document, read_network), "/v2-experimental/networks", data_center_id
        )

    def _ask_cloud(self, reader: Callable[[Any], T], kind: str, *parts: str, **request: Any) -> T:
        path = "/".join([kind, *[_quoted(part) for part in (self.account_alias, *parts)]])
        return self._call(reader, "GET", path, self._cloud, **request)

    def create_schedule(self, job_id: str, schedule: Schedule) -> Schedule:
        """Have a job started at set times: ``POST /jobs/{alias}/{jobId}/schedules``."""
        path = self.job_path(job_id, "schedules")
        return self._call(read_schedule, "POST", path, document=schedule.to_wire(), once=True)

    def schedules_page(self, job_id: str, page: int = 0, size: int = PAGE_SIZE) -> Page[Schedule]:
        """Return one page of a job's schedules, newest first: ``GET /jobs/{alias}/{jobId}/schedules``."""
        return self._page(self.job_path(job_id, "schedules"), read_schedule, page, size)

    def schedules(self, job_id: str) -> Iterator[Schedule]:
        """Yield every schedule of a job, newest first: ``GET /jobs/{alias}/{jobId}/schedules``, page by page."""
        return every_row(lambda page, size: self.schedules_page(job_id, page, size), lambda schedule: schedule.id)

    def update_schedule(self, job_id: str, schedule: Schedule) -> Schedule:
        """Replace the schedule of that id: ``PUT /jobs/{alias}/{jobId}/schedules/{jobScheduleId}``."""
        if not schedule.id:
            raise DocumentError("A schedule needs its 'id' to be updated.")
        path = self.job_path(job_id, "schedules", schedule.id)
        return self._call(read_schedule, "PUT", path, document=schedule.to_wire())

    def delete_schedule(self, job_id: str, schedule_id: str) -> None:
        """Delete a schedule: ``DELETE /jobs/{alias}/{jobId}/schedules/{jobScheduleId}``."""
        self.http.request("DELETE", self.job_path(job_id, "schedules", schedule_id))

    def create_service_account(self, account: ServiceAccount) -> ServiceAccount:
        """Store a log-in for schedules: ``POST /serviceAccounts/{alias}``. Its password is never answered."""
        path = self.service_account_path()
        return self._call(read_service_account, "POST", path, document=account.to_wire())

    def service_account_aliases(self) -> list[str]:
        """Return the aliases of the service accounts: ``GET /serviceAccounts/{alias}``."""
        return self._call(read_service_account_aliases, "GET", self.service_account_path())

    def update_service_account(self, account: ServiceAccount) -> ServiceAccount:
        """Replace the service account of that alias: ``PUT /serviceAccounts/{alias}/{serviceAccountAlias}``."""
        if not account.alias:
            raise DocumentError("A service account needs its 'alias' to be updated.")
        path = self.service_account_path(account.alias)
        return self._call(read_service_account, "PUT", path, document=account.to_wire())

    def service_account_path(self, alias: str | None = None) -> str:
        """Return the path of the account's service accounts, or of one of them."""
        parts = ["/serviceAccounts", _quoted(self.account_alias), *([] if alias is None else [_quoted(alias)])]
        return "/".join(parts)

    def status_path(self, job_id: str | None = None, execution_id: str | None = None) -> str:
        """Return the path of the status events of a job, of an execution or (embedded service) of the account."""
        of_account = f"/status/{_quoted(self.account_alias)}"
        if job_id is None:
            return of_account
        of_job = f"{of_account}/job/{_quoted(job_id)}"
        return of_job if execution_id is None else f"{of_job}/execution/{_quoted(execution_id)}"

    def job_path(self, *parts: str | None) -> str:
        """Return the path of the account's jobs, of one of them, or of what belongs to one."""
        return "/".join(["/jobs", _quoted(self.account_alias), *[_quoted(part) for part in parts if part is not None]])

    def _page(self, path: str, item: Callable[[Any], T], page: int, size: int) -> Page[T]:
        return self._call(lambda document: read_page(document, item), "GET", path, params={"page": page, "size": size})

    def _call(self, reader: Callable[[Any], T], method: str, path: str, http: HTTP | None = None, **request: Any) -> T:
        http = http or self.http
        answer = http.request(method, path, **request)
        try:
            return reader(answer)
        except DocumentError as error:
            raise AnswerNotUnderstood(
                f"{http.base_url} gave an answer that is not Runner's: {error}",
                method=method,
                path=path,
                may_have_happened=method != "GET",
            ) from error


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _quoted(part: str) -> str:
    return quote(part, safe="")
