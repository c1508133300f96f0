"""Which Runner a name or a URL means."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ctl_jupyter.client import RunnerError, connect
from ctl_jupyter.client.profiles import PROFILES, Environment, Profile, resolve_profile
from ctl_jupyter.settings import SettingsError

Write = Callable[[str], Path]


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Write:
    """Write config.toml."""
    path = tmp_path / "config.toml"
    monkeypatch.setenv("CTL_CONFIG", str(path))

    def write(text: str) -> Path:
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("name", "runner_url"),
    [("prod", "https://api.runner.ctl.io"), ("qa", "https://api.qa.automation.ctl.io")],
)
def test_hosted_profiles(name: str, runner_url: str) -> None:
    assert resolve_profile(name, Environment()) == Profile(name, runner_url, "https://api.ctl.io")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.runner.ctl.io", "prod"),
        ("https://api.runner.ctl.io/", "prod"),
        ("https://api.ctl.io", "prod"),
        ("https://api.qa.automation.ctl.io/", "qa"),
    ],
)
def test_the_urls_of_hosted_profiles(url: str, name: str) -> None:
    assert resolve_profile(url, Environment()) == PROFILES[name]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://127.0.0.1:8701", "http://127.0.0.1:8701"),
        ("http://127.0.0.1:8701/", "http://127.0.0.1:8701"),
        ("https://runner.example.org/base/", "https://runner.example.org/base"),
        ("http://[::1]:8701", "http://[::1]:8701"),
        ("https://runner.example.org?page=1#top", "https://runner.example.org"),
    ],
)
def test_any_other_url_answers_both(url: str, origin: str) -> None:
    assert resolve_profile(url, Environment()) == Profile(origin, origin, origin)


def test_the_environment_may_name_the_log_in() -> None:
    environment = Environment(login_url="https://login.example.org/")

    for name in ("prod", "https://api.runner.ctl.io", "https://runner.example.org"):
        assert resolve_profile(name, environment).login_url == "https://login.example.org"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "production",
        "runner.example.org",
        "ftp://runner.example.org",
        "http://",
        "http://[::1",
        "http://host:port",
        "http://host:99999",
        "http://ho st",
        "http://ho\tst",
        "https://ada@runner.example.org",
    ],
)
def test_what_is_neither_a_profile_nor_a_url(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLC_V2_API_USERNAME", "ada")
    monkeypatch.setenv("CLC_V2_API_PASSWD", "canary-password")

    with pytest.raises(RunnerError) as caught:
        connect(name)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["login.example.org", "http://[::1", "http://host:port", "ftp://login.example.org"])
def test_a_log_in_url_of_the_environment_that_is_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLC_V2_API_USERNAME", "ada")
    monkeypatch.setenv("CLC_V2_API_PASSWD", "canary-password")
    monkeypatch.setenv("CLC_V2_API_URL", url)

    with pytest.raises(RunnerError):
        connect("prod")


def test_the_environment_is_read_by_the_names_of_this_clouds_tools() -> None:
    variables = {
        "CLC_V2_API_USERNAME": "ada",
        "CLC_V2_API_PASSWD": "canary-password",
        "CLC_V2_API_TOKEN": "canary-token",
        "CLC_ACCT_ALIAS": "ACCT",
        "CLC_V2_API_URL": "https://login.example.org",
    }

    assert Environment.read(variables) == Environment(
        "ada", "canary-password", "canary-token", "ACCT", "https://login.example.org"
    )


def test_an_empty_variable_counts_as_none() -> None:
    assert Environment.read(dict.fromkeys(("CLC_V2_API_TOKEN", "CLC_ACCT_ALIAS"), "")) == Environment()


def test_a_profile_of_ones_own(config: Write) -> None:
    config("""
[profiles.team]
url = "https://runner.example.org/"
username = "ada"
account = "ACCT"

[profiles.apart]
runner_url = "https://runner.example.org"
login_url = "https://login.example.org"
""")

    one = "https://runner.example.org"
    assert resolve_profile("team", Environment()) == Profile("team", one, one, "ada", "ACCT")
    assert resolve_profile("apart", Environment()) == Profile("apart", one, "https://login.example.org")
    assert resolve_profile("https://login.example.org", Environment()).name == "apart"


def test_parts_of_a_built_in_profile(config: Write) -> None:
    config('[profiles.prod]\nusername = "ada"\n[profiles.qa]\nlogin_url = "https://login.example.org"\n')

    prod, qa = resolve_profile("prod", Environment()), resolve_profile("qa", Environment())

    assert (prod.runner_url, prod.login_url, prod.username) == (*urls_of("prod"), "ada")
    assert (qa.runner_url, qa.login_url) == (urls_of("qa")[0], "https://login.example.org")
    assert (qa.runner_source, qa.login_source) == ("built in", "config.toml")


def urls_of(name: str) -> tuple[str, str]:
    return PROFILES[name].runner_url, PROFILES[name].login_url


def test_a_built_in_profile_that_points_to_one_origin(config: Write) -> None:
    config('[profiles.prod]\nurl = "http://127.0.0.1:8701"\n')

    prod = resolve_profile("prod", Environment())

    assert (prod.runner_url, prod.login_url) == ("http://127.0.0.1:8701", "http://127.0.0.1:8701")
    # The hosted one is still there by its URL.
    assert resolve_profile("https://api.runner.ctl.io", Environment()) == PROFILES["prod"]


def test_the_environments_log_in_goes_before_the_files(config: Write) -> None:
    config('[profiles.team]\nurl = "https://runner.example.org"\n')

    team = resolve_profile("team", Environment(login_url="https://login.example.org"))

    assert (team.login_url, team.login_source) == ("https://login.example.org", "CLC_V2_API_URL")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[profiles.team]\npassword = 'canary'", "holds 'password', and secrets do not belong in a file"),
        ("[profiles.prod]\napi_token = 'canary'", "holds 'api_token', and secrets do not belong in a file"),
        ("[profiles.prod]\nsecret = ['canary']", "secrets do not belong"),
        (
            "[profiles.prod]\nuser_name = 'canary'",
            "'user_name' of profiles.prod in",
        ),
        ("[profiles.prod]\nuser_name = 'canary'", "did you mean 'username'?"),
        ("[profiles.prod]\nzzz = 'canary'", "there are url, runner_url, login_url, username, account."),
        ("[profiles.prod]\nusername = 5", "'username' of profiles.prod in"),
        ("[profiles.prod]\nusername = ''", "must be a text."),
        ("[profiles]\nprod = 'canary'", "must be a table: [profiles.prod]."),
        ("profiles = 'canary'", "must be a table: [profiles]."),
        ("[profile.prod]\nusername = 'canary'", "holds 'profile', which means nothing here; did you mean 'profiles'?"),
        ("[profiles.team]\nusername = 'canary'", "has no runner_url: give url, or runner_url and login_url."),
        ("[profiles.team]\nrunner_url = 'https://a.example.org'", "has no login_url"),
        ("[profiles.prod]\nurl = 'https://a.example.org'\nlogin_url = 'https://b.example.org'", "has url, which"),
        ("[profiles.prod]\nurl = 'canary'", "is not a URL such as https://runner.example.org."),
        ("[profiles.prod]\nlogin_url = 'https://ada:canary@a.example.org'", "A URL with a user name or password in it"),
        ("[profiles.local]\nurl = 'https://a.example.org'", "local is the embedded Runner of this machine"),
        ("[profiles.prod\n# canary", "cannot be read: "),
    ],
)
def test_a_config_file_that_cannot_be_used(config: Write, text: str, said: str) -> None:
    path = config(text)

    with pytest.raises(SettingsError) as caught:
        connect("prod", username="ada", password=lambda username: "x")

    error = str(caught.value)
    assert said in error
    assert str(path) in error
    assert "canary" not in error
    assert len(error.splitlines()) == 1


def test_a_config_file_that_is_no_text(config: Write) -> None:
    config("").write_bytes(b"\xff")

    with pytest.raises(SettingsError, match="cannot be read: it is not UTF-8"):
        connect("prod")


def test_a_misspelt_profile(config: Write) -> None:
    config('[profiles.team]\nurl = "https://runner.example.org"\n')

    with pytest.raises(RunnerError, match=r"'taem' is neither a profile \(local, prod, qa, team\) nor a URL .*'team'"):
        connect("taem")
