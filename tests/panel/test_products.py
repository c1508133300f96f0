"""The panel's products: a catalog is opened, a form filled wrongly and rightly, and its job started."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ctl_jupyter.catalogs import Product, ProductField, ProductPanel
from ctl_jupyter.documents import DocumentError, Job, read_job
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.products import ProductsTab
from ctl_jupyter.panel.products import tab as products_tab
from ctl_jupyter.panel.products.form import ProductForm
from ctl_jupyter.panel.products.starting import start_product
from ctl_jupyter.panel.products.values import as_value, read_number
from tests.live.stub_runner import StubRunner
from tests.service.git_repository import GitRepository
from tests.service.waiting import until

CONFIG = """
name: A disk
tags: [storage]
defaultPlaybook: disk.yml
fields:
  - {type: textblock, name: mind, title: Mind, level: warning, text: It is kept.}
  - {type: number, name: size, displayName: Size, required: true, min: 1, max: 9}
  - type: select
    name: place
    displayName: Place
    options: [{name: Here, value: h}, {name: There, value: t}]
  - {type: password, name: word, displayName: Password}
  - {type: servers, name: where, displayName: Servers, multiple: true, inventory: true}
"""
PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks: []\n"


class CreatingRunner(StubRunner):
    """A scripted Runner that takes new jobs, too."""

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.strip("/").split("/") == ["jobs", "ACME"]:
            self.jobs.append(read_job(json.loads(request.content) | {"id": f"job-{len(self.jobs) + 1:04}"}))
            return httpx.Response(200, json=self.jobs[-1].to_wire(), headers={"Runner-Cursor": "1"})
        return super()._answer(request)


@pytest.fixture
def runner() -> Iterator[StubRunner]:
    stub = CreatingRunner()
    yield stub
    stub.end_everything()
    for thread in threading.enumerate():
        if thread.name.startswith("ctl-jupyter"):
            thread.join(10)
    stub.session.close()


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    repository = GitRepository(tmp_path)
    files = {"Disk/config.yml": CONFIG, "Disk/disk.yml": PLAYBOOK, "Web/config.yml": "name: A web server\n"}
    repository.commit("A catalog", files)
    repository.publish()
    return repository


def _open(runner: StubRunner, source: str) -> ProductsTab:
    tab = ProductsTab(Desk(runner.session))
    tab.source.value = source
    tab.open()
    until(lambda: not tab.open_button.disabled, "the catalog is open")
    return tab


@pytest.fixture
def tab(runner: StubRunner, repository: GitRepository) -> ProductsTab:
    tab = _open(runner, repository.url)
    assert [row.key for row in tab._table.rows] == ["Disk", "Web"]
    tab.choose("Disk")
    return tab


def _field(form: ProductForm | None, name: str) -> Any:
    assert form is not None
    return form._fields[name]


def test_wrong_fields_say_so_and_nothing_is_sent(tab: ProductsTab, runner: StubRunner) -> None:
    before = list(runner.requests)
    _field(tab.form, "size").value = "much"
    assert tab.form is not None
    assert tab.form.errors == {"size": "Size must be a number."}
    tab.start()
    assert tab.form.errors == {"size": "Size must be a number."}
    assert "Nothing was started: look at Size." in tab._desk.status.value
    assert runner.requests == before


def test_a_right_form_starts_a_new_job_once_and_the_same_job_later(
    tab: ProductsTab, runner: StubRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products_tab, "DOUBLE_CLICK", 3600.0)
    opened: list[Any] = []
    changed: list[Job] = []
    tab._desk.execution_opened.listen(opened.append)
    tab._desk.job_changed.listen(changed.append)
    _field(tab.form, "size").value = "4"
    _field(tab.form, "place").value = "t"
    _field(tab.form, "where").value = "web1, web2"
    tab.start()
    tab.start()
    until(lambda: not tab.start_button.disabled, "the product is started")
    tab.start()
    until(lambda: not tab.start_button.disabled, "a click that came late is over")
    assert opened, tab._desk.status.value
    assert [start["properties"] for start in runner.starts] == [{"size": 4, "place": "t"}]
    assert runner.starts[0]["hosts"] == [{"id": "web1"}, {"id": "web2"}]
    assert [(job.name, job.id) for job in changed] == [("A disk", opened[0].job_id)]
    monkeypatch.setattr(products_tab, "DOUBLE_CLICK", 0.0)
    tab.start()
    until(lambda: len(opened) == 2 and not tab.start_button.disabled, "the product is started again")
    assert opened[1].job_id == opened[0].job_id
    assert len(changed) == 1


def test_a_log_in_as_another_leaves_no_secret_in_the_form(tab: ProductsTab, runner: StubRunner) -> None:
    assert tab.form is not None
    tab.form._secrets["word"]._set("s3cret", "given")
    assert tab.form.values["word"] == "s3cret"
    _field(tab.form, "size").value = "4"
    tab._desk.use(None)
    assert tab.form.values["word"] == ""
    assert tab.form.values["size"] == 4


def test_a_folder_in_no_repository_is_shown_and_not_started(runner: StubRunner, tmp_path: Path) -> None:
    (tmp_path / "Disk").mkdir()
    (tmp_path / "Disk" / "config.yml").write_text("name: A disk\ndefaultPlaybook: disk.yml\n")
    (tmp_path / "Disk" / "disk.yml").write_text(PLAYBOOK)
    tab = _open(runner, str(tmp_path))
    tab.choose("Disk")
    tab.start()
    until(lambda: "in no repository" in tab._desk.status.value, "it says why nothing was started")
    assert runner.requests == []


def test_a_catalog_that_cannot_be_opened_says_so_beside_its_address(runner: StubRunner, tmp_path: Path) -> None:
    tab = _open(runner, str(tmp_path / "nowhere"))
    assert "nowhere" in tab.source.error
    assert tab.source.value == str(tmp_path / "nowhere")
    assert tab.catalog is None


def test_the_search_narrows_the_list(tab: ProductsTab) -> None:
    tab.search.value = "storage"
    assert [row.key for row in tab._table.rows] == ["Disk"]


def test_credentials_in_an_address_leave_the_field(runner: StubRunner) -> None:
    tab = ProductsTab(Desk(runner.session))
    tab.source.value = "https://me:s3cret@git.example/c"
    tab.open()
    assert tab.source.value == "https://git.example/c"
    assert "credentials" in tab.source.error
    assert tab.catalog is None


@pytest.mark.parametrize(("text", "number"), [("", None), ("4", 4), ("4.5", 4.5), ("much", "much"), ("inf", "inf")])
def test_numbers_keep_their_kind(text: str, number: Any) -> None:
    found: Callable[[str], Any] = read_number
    assert found(text) == number
    assert type(found(text)) is type(number)


def test_ids_of_several_places_are_typed_with_commas() -> None:
    field = ProductField(type="servers", name="s", is_multiple=True)
    assert as_value(field, "WA1A, WA1B,") == ["WA1A", "WA1B"]


TYPES = ["text", "textarea", "number", "slider", "toggle", "select", "datacenters", "groups", "servers", "networks"]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("default", [None, "3", 3, True])
def test_every_type_has_a_control_whatever_its_default_is(kind: str, default: Any) -> None:
    field = ProductField(type=kind, name="it", label="It", default=default, help_text=element("b", "Help"))
    form = ProductForm(Product(folder="f", name="P", panels=(ProductPanel("One", (field,)),)), {}, lambda *_: "")
    assert "it" in form.values
    assert form.errors == {}


def test_a_secret_is_in_no_start_value() -> None:
    field = ProductField(type="password", name="word", label="Word", default="s3cret")
    form = ProductForm(
        Product(folder="f", name="P", panels=(ProductPanel("", (field,)),)), {"word": "s3cret"}, lambda *_: ""
    )
    assert form.values == {"word": ""}


def test_a_runner_that_would_keep_a_secret_gets_none(runner: StubRunner) -> None:
    job = runner.add_job("A disk")
    runner.session.calls.http.has_cursor = False
    with pytest.raises(DocumentError, match="where word would be kept"):
        start_product(runner.session, job, job, {"size": 1, "word": "s3cret"}, [], ["word"], lambda _job: None)
    assert runner.requests == []
    assert job.properties == {}
