"""The embedded service put together: store, dispatcher, recorder, deliverer and scheduler."""

import os
import threading
import time
from pathlib import Path

from ctl_jupyter.service.accounts import Accounts, LogInDelay
from ctl_jupyter.service.callbacks.deliverer import Deliverer
from ctl_jupyter.service.cloud.reading import AccountInventories
from ctl_jupyter.service.configuration import Configuration
from ctl_jupyter.service.dispatch import Dispatcher
from ctl_jupyter.service.engine import control
from ctl_jupyter.service.engine.starter import Engine, Starter
from ctl_jupyter.service.notify import Notifier
from ctl_jupyter.service.recorder import Recorder
from ctl_jupyter.service.recovery import take_up
from ctl_jupyter.service.schedules.scheduler import Scheduler
from ctl_jupyter.service.store.database import Database
from ctl_jupyter.service.store.event_columns import EventColumns
from ctl_jupyter.service.store.execution_columns import ExecutionColumns
from ctl_jupyter.service.store.executions import Executions
from ctl_jupyter.service.store.jobs import Jobs
from ctl_jupyter.service.store.schedules import Schedules
from ctl_jupyter.service.store.service_accounts import ServiceAccounts
from ctl_jupyter.service.store.tokens import Tokens
from ctl_jupyter.service.store.users import Users
from ctl_jupyter.service.vault import Vault

__all__ = ["Service"]

#: Seconds that killed executions are waited for when the service stops.
KILLED_WITHIN = 60.0


class Service:
    """Everything that lives as long as the service's process.

    Parameters
    ----------
    directory
        Where database and key file are.
    configuration
        What the service was told when it was started.
    """

    def __init__(self, directory: Path, configuration: Configuration | None = None) -> None:
        self.configuration = configuration or Configuration()
        self.pid = os.getpid()
        self.is_stopping = False
        #: Whether what has not ended is killed when the service stops.
        self.kills_at_stop = False
        self._run_ended = threading.Event()
        self._database = Database(directory / "runner.sqlite")
        self.vault = vault = Vault(directory / "secret.key")
        self.accounts = Accounts(Users(self._database))
        self.log_in_delay = LogInDelay()
        self.tokens = Tokens(self._database)
        self.jobs = Jobs(self._database, vault)
        self.executions = Executions(self._database, vault)
        self.execution_columns = ExecutionColumns(self._database)
        self.event_columns = EventColumns(self._database)
        self.notifier = Notifier()
        self._deliverer = Deliverer(self.executions.deliveries, public=self.configuration.public)
        self._recorder = Recorder(self.executions, self.notifier.tell, self._on_run_end)
        self._starter = Starter(Engine(self.configuration.engine))
        inventory_of = self.configuration.inventory_of
        self.dispatcher = Dispatcher(
            self.executions, self._recorder, self.notifier.tell, self._starter.launch, inventory_of
        )
        self.account_inventories = AccountInventories(inventory_of)
        self.schedules = Schedules(self._database, vault)
        self.service_accounts = ServiceAccounts(self._database, vault)
        self.scheduler = Scheduler(self.schedules, self.jobs, self.executions, self.dispatcher.wake)

    def start(self) -> None:
        """Take up the runs of the last process, and work."""
        self._starter.start()
        self._recorder.start(take_up(self.executions))
        self.dispatcher.start()
        self._deliverer.start()
        self.scheduler.start()

    def stop(self) -> None:
        """Stop taking work; runs go on under their supervisors, unless they are to be killed."""
        self.scheduler.stop()
        self.dispatcher.stop()
        if self.kills_at_stop:
            self._kill_live()
        self._starter.stop()
        self._recorder.stop()
        self._deliverer.stop()
        self._database.close()

    def announce_stop(self) -> None:
        """Let the answers that wait for something go."""
        self.is_stopping = True
        self.account_inventories.stop()
        self.notifier.wake_all()

    def _kill_live(self) -> None:
        """Kill every execution of every account and wait until they have ended."""
        for execution_id in self.executions.live_ids():
            self.dispatcher.order(execution_id, control.KILL, 0)
        deadline = time.monotonic() + KILLED_WITHIN
        while self.executions.live_ids() and (left := deadline - time.monotonic()) > 0:
            self._run_ended.wait(left)
            self._run_ended.clear()

    def _on_run_end(self) -> None:
        self._run_ended.set()
        self.dispatcher.wake()
