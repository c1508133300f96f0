"""Settings: the environment over config.toml over the defaults, and what is wrong said in one sentence."""

from pathlib import Path
from typing import Any

import pytest

from ctl_jupyter.magics.configuration import Ctl
from ctl_jupyter.settings import SETTINGS, SettingsError, config_path, setting


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("CTL_CONFIG", str(path))
    return path


def test_each_has_its_default_without_a_file(config: Path) -> None:
    assert {name: setting(name) for name in SETTINGS} == {
        "profile": "local",
        "wait": False,
        "timeout": None,
        "on_interrupt": "detach",
        "quiet": False,
        "rows": 100,
        "completion": True,
        "keyring": True,
    }


def test_the_file_goes_over_the_default_and_the_environment_over_the_file(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("[settings]\nrows = 20\nwait = true\ntimeout = 1.5\non_interrupt = 'stop'\n")
    monkeypatch.setenv("CTL_ROWS", "30")
    monkeypatch.setenv("CTL_WAIT", "")

    assert [setting(name) for name in ("rows", "wait", "timeout", "on_interrupt")] == [30, True, 1.5, "stop"]


def test_the_file_stands_in_the_users_configuration_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CTL_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert config_path() == tmp_path / "ctl-jupyter" / "config.toml"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("wait", "Yes", True),
        ("wait", "off", False),
        ("rows", "7", 7),
        ("timeout", "60", 60.0),
        ("timeout", "0.5", 0.5),
        ("profile", "https://runner.example.org", "https://runner.example.org"),
    ],
)
def test_texts_of_the_environment(monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: Any) -> None:
    monkeypatch.setenv(f"CTL_{name.upper()}", text)

    assert setting(name) == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("wait", "canary", "must be true or false."),
        ("rows", "canary", "must be a whole number, 1 or more."),
        ("rows", "0", "must be a whole number, 1 or more."),
        ("rows", "-3", "must be a whole number, 1 or more."),
        ("rows", "1.5", "must be a whole number, 1 or more."),
        ("timeout", "canary", "must be a number greater than 0."),
        ("timeout", "nan", "must be a number greater than 0."),
        ("timeout", "inf", "must be a number greater than 0."),
        ("on_interrupt", "canary", "must be one of detach, stop, kill."),
    ],
)
def test_a_bad_value_in_the_environment(monkeypatch: pytest.MonkeyPatch, name: str, text: str, said: str) -> None:
    monkeypatch.setenv(f"CTL_{name.upper()}", text)

    with pytest.raises(SettingsError) as caught:
        setting(name)

    assert str(caught.value) == f"CTL_{name.upper()} {said}"


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("wait = 'canary'", "wait", "settings.wait in {} must be true or false."),
        ("wait = 2", "wait", "settings.wait in {} must be true or false."),
        ("rows = true", "rows", "settings.rows in {} must be a whole number, 1 or more."),
        ("rows = 2.5", "rows", "settings.rows in {} must be a whole number, 1 or more."),
        ("profile = 5", "profile", "settings.profile in {} must be a text."),
        ("timeout = false", "timeout", "settings.timeout in {} must be a number greater than 0."),
        ("on_interrupt = ['canary']", "on_interrupt", "settings.on_interrupt in {} must be one of detach, stop, kill."),
        ("row = 5", "wait", "settings.row in {} is not a setting; did you mean 'rows'?"),
        ("password = 'canary'", "rows", "settings.password in {} is not a setting: there are profile, wait, timeout,"),
    ],
)
def test_a_bad_value_in_the_file(config: Path, text: str, name: str, said: str) -> None:
    config.write_text(f"[settings]\n{text}\n")

    with pytest.raises(SettingsError) as caught:
        setting(name)

    assert str(caught.value).startswith(said.format(config))
    assert "canary" not in str(caught.value)


def test_every_setting_is_a_trait_that_tells_its_default(config: Path) -> None:
    traits = Ctl.class_own_traits(config=True)

    assert sorted(traits) == sorted(SETTINGS)
    for name, trait in traits.items():
        assert f"Default: {SETTINGS[name].default}" in trait.help
        assert getattr(Ctl(), name) == SETTINGS[name].default
