"""What a product's form offers of the account, of the embedded Runner with a real inventory."""

from collections.abc import Iterator
from typing import Any

import pytest

from ctl_jupyter.catalogs import ProductField
from ctl_jupyter.client import Session, connect
from ctl_jupyter.client.errors import Unreachable
from ctl_jupyter.panel.products.account_things import Choices, things_of
from ctl_jupyter.panel.products.place_field import PlaceField
from tests.panel.clicking import wait_until
from tests.panel.parts import words
from tests.service.embedded import EmbeddedRunner
from tests.service.inventories import write_inventory


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    inventory = write_inventory("ini", tmp_path_factory.mktemp("inventory"))
    with EmbeddedRunner(tmp_path_factory.mktemp("service")) as service:
        (service.home / "config.toml").write_text(f'inventory = "{inventory}"\n')
        service.start()
        record = service.record
        session = connect(record.url, username=record.username, password=lambda _: record.password, keyring=False)
        yield session
        session.close()
        service.stop()


def values(choices: Choices) -> list[str]:
    return [value for _, value in choices]


def test_data_centers_narrow_servers_and_networks(session: Session) -> None:
    calls = session.calls
    centers = values(things_of(calls, "datacenters", [], ""))
    assert {"WA1", "CA1"} <= set(centers)
    assert values(things_of(calls, "servers", ["WA1"], "datacenters")) == ["web1", "web2"]
    assert {"web1", "web2", "db1", "lonely"} <= set(values(things_of(calls, "servers", [], "")))
    here = things_of(calls, "networks", ["WA1"], "datacenters")
    assert here
    assert not set(here) & set(things_of(calls, "networks", ["CA1"], "datacenters"))


def test_groups_narrow_servers(session: Session) -> None:
    groups = things_of(session.calls, "groups", ["WA1"], "datacenters")
    web = next(value for label, value in groups if label.startswith("web"))
    assert values(things_of(session.calls, "servers", [web], "groups")) == ["web1", "web2"]


class Filled:
    """A field for servers and what it was told."""

    def __init__(self, ask: Any, start: Any = None, *, is_multiple: bool = True) -> None:
        self.changes = 0
        field = ProductField(type="servers", name="on", label="On", is_multiple=is_multiple)
        self.place = PlaceField(field, start, ask, self._count)
        self.place.load()

    def _count(self) -> None:
        self.changes += 1

    @property
    def text(self) -> str:
        return " ".join(words(self.place.widget).split())


def test_what_is_chosen_is_the_value_and_stays_while_it_is_there() -> None:
    there: Choices = [("Web 1", "web1"), ("Web 2", "web2")]
    filled = Filled(lambda: list(there), ["web2", "gone"])
    wait_until(lambda: filled.place.value == ["web2"] and "Asking" not in filled.text)
    there.pop()
    filled.place.load()
    wait_until(lambda: filled.place.value == [])


def test_ids_are_typed_where_nothing_can_be_read() -> None:
    def ask() -> Choices:
        raise Unreachable("The cloud cannot be reached.")

    filled = Filled(ask, ["web1", "web2"])
    wait_until(lambda: "cannot be read" in filled.text)
    assert filled.place.value == ["web1", "web2"]
    assert "The cloud cannot be reached." in filled.text


def test_there_may_be_none() -> None:
    filled = Filled(list, is_multiple=False)
    wait_until(lambda: "none to choose from" in filled.text)
    assert filled.place.value == ""
