"""The small form by which a service account, the log-in of schedules, is created or given another password."""

from collections.abc import Callable

import ipywidgets

from ctl_jupyter.client import RunnerError, Session
from ctl_jupyter.client.unclear import explained
from ctl_jupyter.documents import MASK, DocumentError, ServiceAccount, check_service_account
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.fields import Field, form
from ctl_jupyter.panel.secret_field import SecretField

__all__ = ["ServiceAccountForm"]


class ServiceAccountForm:
    """The form of a service account; its password is sent and kept nowhere.

    Parameters
    ----------
    desk
        The middle of the panel.
    learn
        Told of the alias that was created or updated.
    """

    def __init__(self, desk: Desk, learn: Callable[[str], None]) -> None:
        self._desk = desk
        self._learn = learn
        #: Another one each time the form is hidden: what was sent from it touches no later one.
        self._shown = object()
        self.alias = Field("Alias", ipywidgets.Text(), "What schedules call it; one that is there is updated.")
        self.username = Field("User name", ipywidgets.Text(), "Who it logs in as.")
        self.password = SecretField("Account password", help_text="Sent to Runner, which keeps it encrypted.")
        self.save_button = ipywidgets.Button(
            description="Save account", tooltip="Create the service account, or update the one of this alias"
        )
        self.close_button = ipywidgets.Button(description="Close", tooltip="Leave the service accounts as they are")
        self.save_button.on_click(lambda _: self._save())
        self.close_button.on_click(lambda _: self.hide())
        self._work = desk.work(self.save_button, self.close_button)
        self.alias.control.observe(lambda _: self._clear(self.alias), "value")
        self.username.control.observe(lambda _: self._clear(self.username), "value")
        self.password.on_change(self._forgive)
        buttons = ipywidgets.HBox([self.save_button, self.close_button])
        buttons.add_class("ctl-row")
        title = ipywidgets.HTML(element("h4", "Service account"))
        fields = form(self.alias, self.username, self.password.widget)
        self.widget = ipywidgets.VBox([title, fields, buttons], layout={"display": "none"})
        self.widget.add_class("ctl-account-form")
        desk.session_changed.listen(lambda _: self._leave())

    def show(self) -> None:
        """Show the form."""
        self.widget.layout.display = ""

    def hide(self) -> None:
        """Hide the form, and forget the password."""
        self._shown = object()
        self.password.take()
        self.widget.layout.display = "none"

    def _leave(self) -> None:
        """Forget what was typed: the account is another one."""
        self.hide()
        self.alias.value = self.username.value = ""

    @staticmethod
    def _clear(field: Field) -> None:
        field.error = ""

    def _forgive(self) -> None:
        self.password.error = ""

    def _save(self) -> None:
        account = ServiceAccount(alias=self.alias.value.strip(), username=self.username.value.strip(), password=MASK)
        self.username.error = "" if account.username else "Say who it logs in as."
        self.password.error = "Give its password." if self.password.is_empty else ""
        self.alias.error = ""
        try:
            # Of the alias alone: the others were looked at above.
            check_service_account(ServiceAccount(alias=account.alias, username="x", password=MASK))
        except DocumentError as error:
            self.alias.error = str(error)
        sentence = self.alias.error or self.username.error or self.password.error
        if sentence:
            self._desk.report(sentence, is_well=False)
            return
        account.password, shown = self.password.peek(), self._shown
        announcement = f"Saving the service account {account.alias} …"
        self._work.send(announcement, lambda session: self._send(session, account, shown))

    def _send(self, session: Session, account: ServiceAccount, shown: object) -> str:
        try:
            session.save_service_account(account)
        except RunnerError as error:
            raise explained(
                error, f"the service account {account.alias}", "the list of service accounts shows the aliases"
            ) from error
        finally:
            account.password = None
        if self._shown is shown and self._desk.session_now() is session:
            self._learn(account.alias)
            self.hide()
        return f"Service account {account.alias} saved."
