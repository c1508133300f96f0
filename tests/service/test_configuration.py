"""What the service is told: ``config.toml``, and options that win over it."""

import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from ctl_jupyter.service.configuration import Configuration, ConfigurationError, read_configuration
from tests.service.api import RunnerApi
from tests.service.embedded import CTL_RUNNER, EmbeddedRunner

NOTHING = "- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.debug: }]\n"


def test_without_a_file_nothing_is_configured(tmp_path: Path) -> None:
    assert read_configuration(tmp_path) == Configuration(inventory=None)


@pytest.mark.parametrize(
    ("written", "read"),
    [("/etc/hosts.ini", "/etc/hosts.ini"), ("hosts", "{directory}/hosts"), ("~/hosts", "{home}/hosts")],
)
def test_the_inventory_of_the_file(tmp_path: Path, written: str, read: str) -> None:
    (tmp_path / "config.toml").write_text(f'inventory = "{written}"\n')

    expected = Path(read.format(directory=tmp_path, home=Path.home()))
    assert read_configuration(tmp_path).inventory == expected
    assert read_configuration(tmp_path, inventory=None).inventory == expected


def test_an_option_wins(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('inventory = "hosts"\n')

    assert read_configuration(tmp_path, inventory=Path("/other")).inventory == Path("/other")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'inventroy = "hosts"', "has an unknown member 'inventroy'; did you mean 'inventory'?"),
        (b"[server]\nport = 1", "has an unknown member 'server'; known are: "),
        (b"inventory = 7", "'inventory' must be a path, as in inventory = "),
        (b'inventory = ["hosts"]', "'inventory' must be a path, as in inventory = "),
        (b'inventory = " "', "'inventory' must be a path, as in inventory = "),
        (b'inventory = "~nobody-of-that-name/hosts"', "'inventory' cannot be used: "),
        (b"inventory = hosts", "is not TOML: "),
        (b'inventory = "\xff"', "is not UTF-8 text."),
        (b'inventories = "hosts"', "'inventories' must be a table, as in inventories = "),
        (b'[inventories]\n"../x" = "hosts"', "'inventories' names accounts by alias, capitals and digits, not '../x'."),
        (b"[inventories]\nOPS = 7", "'inventories.OPS' must be a path, as in inventories.OPS = "),
    ],
)
def test_what_cannot_be_used_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "config.toml").write_bytes(content)

    with pytest.raises(ConfigurationError) as caught:
        read_configuration(tmp_path)

    assert str(caught.value).startswith(str(tmp_path / "config.toml"))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_account_has_an_inventory_of_its_own(tmp_path: Path) -> None:
    for name in ("mine", "theirs"):
        (tmp_path / name).write_text(f"{name}1 ansible_connection=local datacenter={name.upper()}\n")
    base = tmp_path / "base"
    base.mkdir()
    with EmbeddedRunner(base) as service:
        (service.home / "config.toml").write_text(
            f'inventory = "{tmp_path}/mine"\ninventories.OPS = "{tmp_path}/theirs"\n'
        )
        service.start()
        password = "long enough a password"
        for username, alias in (("ada", "OPS"), ("bob", "NONE")):
            service.command("account", username, "--alias", alias, text=f"{password}\n")
        url = service.record.url
        with ExitStack() as stack:
            logged_in = [service.log_in(), RunnerApi(url, "ada", password), RunnerApi(url, "bob", password)]
            apis = [stack.enter_context(api) for api in logged_in]
            seen = [[center["id"] for center in api.call("GET", "/v2/datacenters/{alias}")] for api in apis]
            runs = [api.run(NOTHING, hosts=[], useDynamicInventory=True) for api in apis]
        assert seen == [["MINE"], ["THEIRS"], ["LOCAL"]]
        assert [list(run.messages("playbook_on_stats")[0]["stats"]) for run in runs[:2]] == [["mine1"], ["theirs1"]]
        assert runs[2].status == "INIT_FAILURE"
        service.stop()


def run(service: EmbeddedRunner, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [CTL_RUNNER, *words], env=service.environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("command", ["serve", "start"])
def test_a_wrong_configuration_is_said_and_nothing_starts(tmp_path: Path, command: str) -> None:
    with EmbeddedRunner(tmp_path) as service:
        (service.home / "config.toml").write_text("inventory = 7\n")

        done = run(service, command)

        assert done.returncode == (78 if command == "serve" else 69)
        (line,) = done.stderr.splitlines()
        assert f"{service.home}/config.toml: 'inventory' must be a path" in line
        assert run(service, "status").returncode == 1


def test_an_inventory_that_is_not_there_is_said_when_it_starts(tmp_path: Path) -> None:
    with EmbeddedRunner(tmp_path) as service:
        (service.home / "config.toml").write_text('inventory = "nothing"\n')

        done = run(service, "serve")

        assert done.returncode == 78
        said = f"The inventory {service.home}/nothing cannot be read: there is no such file or directory."
        assert done.stderr.splitlines() == [said]


def test_reading_makes_no_directory_and_stop_leaves_none(tmp_path: Path) -> None:
    with EmbeddedRunner(tmp_path) as service:
        service.runtime.rmdir()
        assert run(service, "status").returncode == 1
        assert run(service, "stop").returncode == 0
        assert not service.runtime.exists()

        service.start()
        with service.log_in() as api:
            assert api.run("- hosts: all\n  gather_facts: false").status == "SUCCESS"
        assert service.runtime.is_dir()
        service.stop()

        assert not service.runtime.exists()


def test_an_option_that_names_nothing(tmp_path: Path) -> None:
    with EmbeddedRunner(tmp_path) as service:
        done = run(service, "start", "--inventory", str(tmp_path / "nothing"))

        assert done.returncode == 2
        assert f"there is nothing at '{tmp_path}/nothing'" in done.stderr


def test_an_option_is_not_lost_on_a_service_that_runs(service: EmbeddedRunner, tmp_path: Path) -> None:
    done = run(service, "start", "--inventory", str(tmp_path))

    assert done.returncode == 75
    assert "ctl-runner stop" in done.stderr
    assert run(service, "start").returncode == 0
