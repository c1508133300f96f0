"""``%ctl_login`` and what belongs to it."""

from typing import Any

from IPython.core.magic import magics_class

from ctl_jupyter.magics.running import Options, RunnerMagics, magic

__all__ = ["LogInMagics"]


@magics_class
class LogInMagics(RunnerMagics):
    """Log in, log out, who am I."""

    @magic
    def ctl_login(self, options: Options, _cell: str | None) -> Any:
        from ctl_jupyter.client import connect
        from ctl_jupyter.magics.prompts import ask_password
        from ctl_jupyter.magics.tables import Notice

        session = connect(
            options.profile or self.settings.profile,
            account_alias=options.account,
            username=options.username,
            password=ask_password,
        )
        who = f"{session.log_in.user_name}, " if session.log_in else ""
        where = f"{session.profile.name} ({session.profile.runner_url})"
        return Notice(f"Logged in to {where} as {who}account {session.account_alias}.")
