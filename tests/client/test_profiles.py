"""Which Runner a name or a URL means."""

import pytest

from ctl_jupyter.client import RunnerError, connect
from ctl_jupyter.client.profiles import PROFILES, Environment, Profile, resolve_profile


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
