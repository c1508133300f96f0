"""The strip at the top of the panel: who is logged in where, logging in and out, the embedded Runner."""

import ipywidgets

from ctl_jupyter.client import (
    ExecutionHandle,
    NotLoggedIn,
    RunnerError,
    Session,
    WrongCredentials,
    current_session,
    local,
    log_out,
)
from ctl_jupyter.client.profiles import LOCAL
from ctl_jupyter.live.html import BAD, QUIET, coloured
from ctl_jupyter.live.html import GOOD as WELL
from ctl_jupyter.markup import Markup, element
from ctl_jupyter.panel.desk import Desk, Signal
from ctl_jupyter.panel.latest import Latest
from ctl_jupyter.panel.log_in_form import LogIn, LogInForm, log_in
from ctl_jupyter.panel.runner_state import RunnerState, ask_state, runner_text, who

__all__ = ["LogInStrip"]


class LogInStrip:
    """Who is logged in: one line, and the form of a log-in below it while nobody is.

    Parameters
    ----------
    desk
        The middle of the panel.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._refusal = ""
        #: What was found out about the Runner, each time.
        self.state_known: Signal[RunnerState] = Signal()
        self._who = ipywidgets.HTML()
        self._who.add_class("ctl-who")
        self._log_out = _button("Log out", "Forget the log-in; what runs goes on")
        self._runner = ipywidgets.HTML()
        self._runner.add_class("ctl-runner")
        self._start = _button("Start it", "Start the embedded Runner of this machine")
        self._look = _button("Refresh", "Look again what runs and what waits")
        self._form = LogInForm()
        state = ipywidgets.HBox([self._runner, self._start, self._look])
        state.add_class("ctl-runner-state")
        self._line = ipywidgets.HBox([self._who, self._log_out, state])
        self._line.add_class("ctl-strip")
        self._alert = ipywidgets.HTML()
        self._alert.add_class("ctl-alert")
        self.widget = ipywidgets.VBox([self._line, self._alert, self._form.widget])
        controls = (*self._form.controls, self._log_out, self._start)
        self._work = desk.work(*controls)
        self._looking = Latest(desk.report)
        self._form.button.on_click(lambda _button: self._begin_log_in())
        self._log_out.on_click(lambda _button: self._work.begin("Logging out …", self._do_log_out))
        self._start.on_click(lambda _button: self._work.begin("Starting the embedded Runner …", self._do_start))
        self._look.on_click(lambda _button: self.look())
        self._form.on_choice(lambda _change: self.look())
        desk.session_changed.listen(self._take_session)
        desk.log_in_refused.listen(self._take_refusal)
        desk.execution_opened.listen(self._take_execution)
        self._draw()
        self._draw_state(None)

    def look(self) -> None:
        """Find out, in a thread of its own, how the Runner is, and show it; the status line says nothing about it."""
        self._looking.begin(self._do_look)

    # --- what buttons do ---------------------------------------------------------------------------------------

    def _begin_log_in(self) -> None:
        wanted = self._form.take()
        if wanted is None:
            self._desk.report("The log-in is not complete: see the form.", is_well=False)
            return
        self._work.begin(f"Logging in to {wanted.profile} …", lambda: self._do_log_in(wanted))

    def _do_log_in(self, wanted: LogIn) -> str:
        try:
            session = log_in(wanted)
        except RunnerError as error:
            # Where the password came from is plain here. And refused is this log-in, not the one there may be.
            said = error.service_message if isinstance(error, WrongCredentials) and wanted.password else ""
            sentence = f"The log-in was refused: {said}" if said else str(error)
            self._form.tell(error, sentence)
            raise RunnerError(sentence) from None
        self._refusal = ""
        self._desk.use(None)
        identity = session.identity
        return f"Logged in to {identity.profile} ({identity.runner_url}) as {who(identity)}."

    def _do_log_out(self) -> str:
        session = self._session()
        if session is None or session is _current():
            sentence = log_out()
        else:
            session.log_out()
            sentence = f"Logged out of {session.profile.name}."
        self._refusal = ""
        self._desk.use(None)
        return sentence

    def _do_start(self) -> str:
        record = local.find_or_start()
        self.look()
        return f"The embedded Runner {record.version} answers at {record.url}."

    def _do_look(self) -> None:
        self._look.disabled = True
        session = self._session()
        is_local = session.profile.name == LOCAL if session else self._form.is_local
        try:
            state = ask_state(None if self._refusal else session, is_local=is_local)
        except NotLoggedIn as error:
            self._desk.log_in_refused.tell(error)
        except RunnerError as error:
            self._runner.value = _quiet(coloured("✗", str(error), BAD))
            # Whoever has mended it can look again.
            self._look.layout.display = ""
        else:
            self._draw_state(state)
            self.state_known.tell(state)
        finally:
            self._look.disabled = False

    # --- what it shows -----------------------------------------------------------------------------------------

    def _take_session(self, _session: Session | None) -> None:
        self._refusal = ""
        self._draw()
        self.look()

    def _take_refusal(self, error: NotLoggedIn) -> None:
        session = self._session()
        if session is None:
            self._desk.look()
            return
        self._refusal = str(error)
        self._form.fill(session.identity)
        self._draw()

    def _take_execution(self, handle: ExecutionHandle) -> None:
        self.look()
        handle.follow(lambda: self.look() if handle.is_read else None)

    def _session(self) -> Session | None:
        return self._desk.session_now()

    def _draw(self) -> None:
        session = self._session()
        is_folded = session is not None and not self._refusal
        if session is None:
            self._who.value = element("span", coloured("○", "Not logged in", QUIET))
        elif self._refusal:
            said = f"{who(session.identity)}: the log-in is no longer taken"
            self._who.value = element("span", coloured("✗", said, BAD))
        else:
            words = coloured("●", who(session.identity), WELL)
            self._who.value = element("span", words, title=f"{session.identity.runner_url}")
        alert = element("div", f"✗ {self._refusal}", role="alert", **{"class": "ctl-error"})
        self._alert.value = alert if self._refusal else ""
        self._alert.layout.display = "" if self._refusal else "none"
        self._log_out.layout.display = "none" if session is None else ""
        self._form.widget.layout.display = "none" if is_folded else ""

    def _draw_state(self, state: RunnerState | None) -> None:
        session = self._session()
        is_local = session.profile.name == LOCAL if session else self._form.is_local
        words = runner_text(state, is_local=is_local) if state else ""
        self._runner.value = _quiet(words)
        self._start.layout.display = "" if is_local and state and not state.url else "none"
        self._look.layout.display = "" if words else "none"


def _current() -> Session | None:
    try:
        return current_session()
    except NotLoggedIn:
        return None


def _button(words: str, tooltip: str) -> ipywidgets.Button:
    return ipywidgets.Button(description=words, tooltip=tooltip, layout={"width": "auto"})


def _quiet(words: str) -> Markup:
    return element("span", words, **{"class": "ctl-help"})
