"""Logging in and out: `connect` and `log_out`, which the magics call, too."""

from collections.abc import Callable
from contextlib import suppress

import httpx

from ctl_jupyter.client import local
from ctl_jupyter.client.auth import BearerAuth, Credentials
from ctl_jupyter.client.calls import RunnerCalls
from ctl_jupyter.client.credentials import Found, LogInOrder
from ctl_jupyter.client.errors import NotLoggedIn, RequestRefused, WrongCredentials
from ctl_jupyter.client.keyring_store import KeyringStore
from ctl_jupyter.client.profiles import LOCAL, Environment, Profile, resolve_profile
from ctl_jupyter.client.saved import Saved
from ctl_jupyter.client.session import Session, current_session, make_current
from ctl_jupyter.documents import LogIn
from ctl_jupyter.settings import setting

__all__ = ["connect", "log_out"]


def connect(
    profile: str = LOCAL,
    *,
    account_alias: str | None = None,
    username: str | Callable[[], str] | None = None,
    password: Callable[[str], str] | None = None,
    save: bool = False,
    ask: bool = False,
    keyring: bool | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Session:
    """Log in and make this the session that magics, panel and Python share.

    Where user name, password, account and token come from, and in which order, stands in
    `ctl_jupyter.client.credentials`: arguments, environment (``CLC_*``), keyring, config.toml, a prompt.

    Parameters
    ----------
    profile
        ``local`` (the embedded Runner, started when none runs), ``prod``, ``qa``, a profile of config.toml, or a URL.
    account_alias
        Another account than the log-in's own.
    username
        Who logs in; or a function that asks for it when nothing else says it.
    password
        A function that is given the user name and asks for its password, such as `getpass.getpass`; called when
        neither environment nor keyring knows the password, and never once the session is there.
    save
        Keep user name and password in this machine's keyring; `Session.not_saved` says why when that was not possible.
    ask
        Call `password` whatever is known.
    keyring
        Whether the keyring may be used; by default as the setting ``keyring`` says.
    transport
        Where requests go; the network when absent.

    Returns
    -------
    Session
        Logged in: by ``POST /v2/authentication/login``, or by a token kept of an earlier one, which has been tried by
        ``GET /jobs/{alias}``. ``CLC_V2_API_TOKEN`` is used as it is.

    Raises
    ------
    NotLoggedIn
        Without credentials, or when they are refused.
    RunnerError
        When the service cannot be reached or started.
    SettingsError
        When config.toml or the environment holds what cannot be used.
    """
    if isinstance(password, str) or (ask and password is None):
        raise TypeError("password is a function that asks for it, such as getpass.getpass; a text is not taken.")
    if profile == LOCAL:
        if isinstance(username, str) or save or ask:
            raise NotLoggedIn(
                "local logs in by itself, without user name and password: leave --username, --save and --ask out. "
                "Another user logs in with the URL that `ctl-runner status` shows."
            )
        session = _connect_local(account_alias)
    else:
        environment = Environment.read()
        resolved = resolve_profile(profile, environment)
        saved = Saved(resolved, _keyring_store(keyring))
        order = LogInOrder(
            resolved,
            environment,
            saved,
            account_alias=account_alias,
            username=username,
            password=password,
            ask=ask,
        )
        if environment.token and not (isinstance(username, str) or save or ask):
            session = _connect_by_token(resolved, environment, order, transport)
        else:
            session = _connect_by_user(resolved, saved, order, transport, save=save, fresh=save or ask)
    make_current(session)
    return session


def log_out(profile: str | None = None, *, forget: bool = False, keyring: bool | None = None) -> str:
    """Forget the token, here and in the keyring, and the session that magics, panel and Python share.

    What still follows an execution with it ends with `NotLoggedIn`; the executions go on.

    Parameters
    ----------
    profile
        Of which one; by default of the session that there is.
    forget
        Forget the saved user name and password, too.
    keyring
        Whether the keyring may be used; by default as the setting ``keyring`` says.

    Returns
    -------
    str
        What was done, a sentence or two for the user.

    Raises
    ------
    RunnerError, SettingsError
        As `connect`, about the profile's name.
    """
    session = None
    with suppress(NotLoggedIn):
        session = current_session()
    if profile is not None:
        environment = Environment.read()
        named = Profile(LOCAL, "", "") if profile == LOCAL else resolve_profile(profile, environment)
        if session is not None and session.profile.name != named.name:
            session = None
    elif session is not None:
        named = session.profile
    else:
        hint = " To forget a saved password, name its profile: %ctl_logout prod --forget." if forget else ""
        return f"Nobody is logged in.{hint}"
    users = {session.identity.user, session.user_given} if session else set()
    done = f"Logged out of {named.name}." if session else f"Nobody is logged in to {named.name}."
    if named.name != LOCAL:
        saved = Saved(named, _keyring_store(keyring))
        users |= {saved.username(), named.username, Environment.read().username}
        for user in filter(None, users):
            saved.drop_token(user)
            if forget:
                saved.forget(user)
        if saved.store.has_failed:
            done += f" Nothing could be forgotten in the keyring: {saved.store.problem}."
        elif forget:
            done += " User name and password are no longer saved."
    if session is not None:
        session.log_out()
        make_current(None)
    return done


def _keyring_store(wanted: bool | None) -> KeyringStore:
    use = setting("keyring") if wanted is None else wanted
    return KeyringStore(None if use else "the keyring is turned off by %config Ctl.keyring or CTL_KEYRING")


def _connect_local(account_alias: str | None) -> Session:
    record = local.find_or_start()
    source = "the embedded Runner"

    def credentials() -> Credentials:
        # Read at each log-in: a service that was started again has another password.
        now = local.find_or_start()
        return Credentials(now.username, now.password, source)

    profile = Profile(LOCAL, record.url, record.url, runner_source=source, login_source=source)
    auth = BearerAuth(record.url, credentials)
    account = Found(account_alias, "the argument") if account_alias else Found(record.account_alias, source)
    calls = RunnerCalls(profile.runner_url, auth, account.value)
    _log_in(calls, Credentials(record.username, record.password, source))
    return Session(profile, calls, auth, Found(record.username, source), account)


def _connect_by_token(
    profile: Profile, environment: Environment, order: LogInOrder, transport: httpx.BaseTransport | None
) -> Session:
    """Use the environment's token; where it is refused, log in with the user name and password that are known."""
    account = order.account()
    if account is None:
        raise NotLoggedIn("CLC_V2_API_TOKEN is set and the account is not: set CLC_ACCT_ALIAS or give --account.")
    user = environment.username
    auth = BearerAuth(
        profile.login_url,
        lambda: order.known_password(user) if user else None,
        environment.token,
        source="CLC_V2_API_TOKEN",
    )
    calls = RunnerCalls(profile.runner_url, auth, account.value, transport)
    if not _is_taken(calls):
        calls.close()
        raise NotLoggedIn(
            "The token of CLC_V2_API_TOKEN is not or no longer valid: set it again, or unset it to log in with a "
            "user name and a password."
        )
    return Session(profile, calls, auth, None, account)


def _connect_by_user(
    profile: Profile,
    saved: Saved,
    order: LogInOrder,
    transport: httpx.BaseTransport | None,
    *,
    save: bool,
    fresh: bool,
) -> Session:
    user, account = order.username(), order.account()
    kept, source = (None if fresh else saved.token(user.value)) or (None, "")
    auth = BearerAuth(
        profile.login_url,
        lambda: order.known_password(user.value),
        kept,
        source=source,
        on_token=lambda token: saved.keep_token(user.value, token),
        on_refusal=lambda value: saved.drop_token(user.value, value),
    )
    own = kept.log_in.account_alias if kept else ""
    calls = RunnerCalls(profile.runner_url, auth, account.value if account else own, transport)
    not_saved = None
    if kept is None or not _is_taken(calls):
        credentials = order.password(user.value)
        log_in = _log_in(calls, credentials)
        own = log_in.account_alias
        if save and not saved.save(credentials):
            not_saved = f"The password could not be saved: {saved.store.problem}. The log-in holds all the same."
    if account is None:
        account = Found(own, "the log-in")
        calls.account_alias = own
    return Session(profile, calls, auth, user, account, not_saved)


def _is_taken(calls: RunnerCalls) -> bool:
    """Try a kept token; with a password that is known this has logged in again where it was refused."""
    try:
        calls.jobs_page(size=1)
    except WrongCredentials:
        calls.close()
        raise
    except NotLoggedIn:
        return False
    except RequestRefused:
        # Not this account, perhaps; the token was taken.
        return True
    except BaseException:
        calls.close()
        raise
    return True


def _log_in(calls: RunnerCalls, credentials: Credentials) -> LogIn:
    try:
        return calls.http.log_in(credentials)
    except BaseException:
        calls.close()
        raise
