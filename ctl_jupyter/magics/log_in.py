"""``%ctl_login`` and what belongs to it."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from IPython.core.magic import magics_class

from ctl_jupyter.magics.errors import MagicError
from ctl_jupyter.magics.running import Options, RunnerMagics, magic

if TYPE_CHECKING:
    from ctl_jupyter.client import Identity

__all__ = ["LogInMagics"]


@magics_class
class LogInMagics(RunnerMagics):
    """Log in, log out, who am I."""

    @magic
    def ctl_login(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.client import connect
        from ctl_jupyter.magics.prompts import ask_password, ask_username
        from ctl_jupyter.magics.tables import Notice

        try:
            session = connect(
                options.profile or self.settings.profile,
                account_alias=options.account,
                username=options.username or ask_username,
                password=ask_password,
                save=options.save,
                ask=options.ask,
                keyring=self.settings.keyring,
            )
        except KeyboardInterrupt:
            raise MagicError("The log-in was interrupted, and nobody was logged in by it.") from None
        identity = session.identity
        who = f"{identity.user}, " if identity.user else ""
        sentences = [f"Logged in to {identity.profile} ({identity.runner_url}) as {who}account {identity.account}."]
        if session.not_saved:
            sentences.append(session.not_saved)
        elif options.save:
            sentences.append("User name and password are saved in the keyring.")
        return Notice("\n".join(sentences))

    @magic
    def ctl_logout(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.client import log_out
        from ctl_jupyter.magics.tables import Notice

        return Notice(log_out(options.profile, forget=options.forget, keyring=self.settings.keyring))

    @magic
    def ctl_whoami(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.client import current_session
        from ctl_jupyter.magics.tables import Table

        identity = current_session().identity
        if options.out:
            return self.bind(options.out, asdict(identity))
        return Table(("", "", "from"), _rows(identity), "")


def _rows(identity: "Identity") -> list[tuple[str, str, str]]:
    """Return who is logged in as lines of a table."""
    from ctl_jupyter.live.times import local_time

    until = identity.token_until
    sources = identity.sources
    return [
        ("user", identity.user or "not known, a token does not say", sources["user"]),
        ("account", identity.account, sources["account"]),
        ("profile", identity.profile, ""),
        ("Runner", identity.runner_url, sources["runner_url"]),
        ("log-in", identity.login_url, sources["login_url"]),
        ("token", f"until {local_time(int(until.timestamp() * 1000))}" if until else "end not known", sources["token"]),
    ]
