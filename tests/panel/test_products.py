"""The panel's products: a catalog is opened, a form filled wrongly and rightly, and its job started."""

import socket
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ctl_jupyter.catalogs import Product, ProductField, ProductPanel, check_value
from ctl_jupyter.documents import DocumentError, Job
from ctl_jupyter.live import work
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.products import ProductsTab
from ctl_jupyter.panel.products.form import ProductForm
from ctl_jupyter.panel.products.listing import LARGEST_PICTURE, MOST_OF_A_LIST, product_rows
from ctl_jupyter.panel.products.starting import start_product
from ctl_jupyter.panel.products.values import as_value, read_number
from tests.live.stub_runner import StubRunner
from tests.panel.clicking import give
from tests.panel.parts import is_shown, part, state_of
from tests.service.git_repository import GitRepository, GitWebServer
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
    options: [{displayName: Here, value: h}, {displayName: There, value: t}]
  - {type: password, name: word, displayName: Password}
  - {type: servers, name: where, displayName: Servers, multiple: true, inventory: true}
"""
PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks: []\n"


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    repository = GitRepository(tmp_path)
    files = {"Disk/config.yml": CONFIG, "Disk/disk.yml": PLAYBOOK, "Web/config.yml": "name: A web server\n"}
    repository.commit("A catalog", files)
    repository.publish()
    return repository


def _open(runner: StubRunner, source: str) -> ProductsTab:
    tab = ProductsTab(Desk(runner.session))
    tab.bar.source.value = source
    tab.bar.open()
    until(lambda: not tab.bar.open_button.disabled, "the catalog is open")
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
    assert tab.form.errors == {"size": "'much' is no number. A number from 1 to 9."}
    tab.start()
    assert tab.form.errors == {"size": "'much' is no number. A number from 1 to 9."}
    assert "Nothing was started: look at Size." in tab._desk.status.value
    assert runner.requests == before
    _field(tab.form, "size").value = "3"
    assert tab.form.errors == {}
    assert "Nothing was started" not in tab._desk.status.value


def test_a_right_form_starts_a_new_job_once_and_the_same_job_later(
    tab: ProductsTab, runner: StubRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "DOUBLE_CLICK", 3600.0)
    opened: list[Any] = []
    changed: list[Job] = []
    tab._desk.execution_opened.listen(opened.append)
    tab._desk.job_changed.listen(changed.append)
    _field(tab.form, "size").value = "4"
    _field(tab.form, "place").value = "t"
    assert tab.form is not None
    place = tab.form._places["where"]
    # This Runner has no list of servers, so that their names are typed.
    until(lambda: "cannot be read" in place._note.value, "the servers were asked for")
    place._typed.control.value = "web1, web2"
    tab.start()
    tab.start()
    until(lambda: not tab.start_button.disabled, "the product is started")
    tab.start()
    until(lambda: not tab.start_button.disabled, "a click that came late is over")
    assert opened, tab._desk.status.value
    assert [start["properties"] for start in runner.starts] == [{"size": 4, "place": "t"}]
    assert runner.starts[0]["hosts"] == [{"id": "web1"}, {"id": "web2"}]
    assert [(job.name, job.id) for job in changed] == [("A disk", opened[0].job_id)]
    monkeypatch.setattr(work, "DOUBLE_CLICK", 0.0)
    tab.start()
    until(lambda: len(opened) == 2 and not tab.start_button.disabled, "the product is started again")
    assert opened[1].job_id == opened[0].job_id
    assert len(changed) == 1


def test_the_cells_of_a_product_create_its_job_and_start_it_without_its_secrets(
    tab: ProductsTab, runner: StubRunner, repository: GitRepository
) -> None:
    assert tab.form is not None
    _field(tab.form, "size").value = "4"
    tab.form._secrets["word"]._set("s3cret", "given")
    tab.copy()
    until(lambda: "what Start product would do. Not in them: word." in tab._desk.status.value, "the cells are there")
    creating, starting = tab._boxes
    assert creating.text == f"%ctl_job --repository {repository.url} --playbook Disk/disk.yml 'A disk'\n"
    assert starting.text.startswith("%%ctl_start 'A disk' --vars secret_variables\n")
    assert starting.text.endswith("properties:\n  size: 4\n")
    assert "s3cret" not in starting.text
    _field(tab.form, "size").value = "5"
    assert {box.layout.display for box in tab._boxes} == {"none"}
    assert runner.starts == []


def test_a_password_says_how_hard_it_is_to_guess(runner: StubRunner) -> None:
    field = ProductField(type="passwordStrength", name="word", label="Word", required_strength=3)
    form = ProductForm(Product(folder="f", name="P", panels=(ProductPanel("", (field,)),)), {}, check_value)
    give(form._secrets["word"], "password")
    assert form._secrets["word"].help_text == "Strength: very weak."
    assert "Too easy to guess" in form.errors["word"]
    give(form._secrets["word"], "four unlikely words together")
    assert form._secrets["word"].help_text == "Strength: strong."
    assert form.errors == {}
    form.forget_secrets()
    assert form._secrets["word"].help_text == ""


def test_a_repository_that_is_not_public_opens_with_a_log_in_which_its_job_gets(
    runner: StubRunner, repository: GitRepository
) -> None:
    with GitWebServer(repository.bare, {"ada": "s3cret"}) as server:
        url = f"http://{server.address}/"
        tab = _open(runner, url)
        assert "does not let you in" in tab.bar.source.error
        tab.bar.user.value = "ada"
        give(tab.bar.password, "s3cret")
        tab.bar.open()
        until(lambda: tab.catalog is not None and not tab.bar.open_button.disabled, "the catalog is open")
        assert tab.bar.password.is_empty
        tab.choose("Disk")
        _field(tab.form, "size").value = "4"
        tab.start()
        until(lambda: "was started" in tab._desk.status.value, "it is started")
    sent = runner.jobs[0].repository
    assert sent is not None
    assert sent.credentials is not None
    assert (sent.url, sent.credentials.username, sent.credentials.password) == (url, "ada", "s3cret")
    assert "s3cret" not in state_of(tab.widget)


def test_opening_a_catalog_can_be_cancelled(runner: StubRunner, repository: GitRepository) -> None:
    tab = ProductsTab(Desk(runner.session))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tab.bar.source.value = f"git://127.0.0.1:{silent.getsockname()[1]}/never"
        tab.bar.open()
        assert tab.bar.cancel_button.layout.display == ""
        tab.bar.cancel_button.click()
        until(lambda: not tab.bar.open_button.disabled, "it ended")
    assert "stopped" in tab.bar.source.error
    assert tab.bar.cancel_button.layout.display == "none"


def test_a_log_in_as_another_leaves_no_secret_in_the_form(tab: ProductsTab, runner: StubRunner) -> None:
    assert tab.form is not None
    tab.form._secrets["word"]._set("s3cret", "given")
    assert tab.form.values["word"] == "s3cret"
    _field(tab.form, "size").value = "4"
    tab._desk.use(None)
    assert tab.form.values["word"] == ""
    assert tab.form.values["size"] == 4


def test_a_folder_in_no_repository_is_started_by_its_playbook_itself(runner: StubRunner, tmp_path: Path) -> None:
    (tmp_path / "Disk").mkdir()
    (tmp_path / "Disk" / "config.yml").write_text("name: A disk\ndefaultPlaybook: Disk/disk.yml\n")
    (tmp_path / "Disk" / "disk.yml").write_text(PLAYBOOK)
    tab = _open(runner, str(tmp_path))
    tab.choose("Disk")
    tab.start()
    until(lambda: "was started" in tab._desk.status.value, "it is started")
    assert b64decode(runner.jobs[0].playbook or "").decode() == PLAYBOOK
    assert len(runner.starts) == 1


def test_a_product_without_a_field_for_hosts_takes_typed_ones(runner: StubRunner, tmp_path: Path) -> None:
    (tmp_path / "Disk").mkdir()
    (tmp_path / "Disk" / "config.yml").write_text("name: A disk\ndefaultPlaybook: Disk/disk.yml\n")
    (tmp_path / "Disk" / "disk.yml").write_text(PLAYBOOK)
    tab = _open(runner, str(tmp_path))
    tab.choose("Disk")
    typed = part(tab.widget, "Hosts")
    typed.value = "web1 port"
    tab.start()
    assert "Nothing was started: look at Hosts." in tab._desk.status.value
    typed.value = "web1 ansible_password=s3cret"
    assert typed.value.strip() == "web1"
    typed.value = "web1 port=22\nweb2"
    tab.copy()
    until(lambda: "These two cells do" in tab._desk.status.value, "the cells are there")
    assert "--host web2" in tab._boxes[1].text
    tab.start()
    until(lambda: "was started" in tab._desk.status.value, "it is started")
    assert runner.starts[0]["hosts"] == [{"id": "web1", "hostVars": {"port": "22"}}, {"id": "web2"}]


def test_a_start_goes_to_the_account_of_the_click(tab: ProductsTab, runner: StubRunner) -> None:
    other = StubRunner()
    _field(tab.form, "size").value = "4"
    assert tab.form is not None
    give(tab.form._secrets["word"], "s3cret")
    told: list[Job] = []
    tab._desk.job_changed.listen(told.append)
    runner.requested.clear()
    runner.may_answer.clear()
    tab.start()
    assert runner.requested.wait(20)
    tab._desk.use(other.session)
    runner.may_answer.set()
    until(lambda: "was started" in tab._desk.status.value, "it is started")
    assert [start["properties"]["word"] for start in runner.starts] == ["s3cret"]
    assert other.starts == []
    assert told == []
    other.session.close()


def test_a_log_in_to_a_repository_does_not_come_into_jobs_of_another_account(
    runner: StubRunner, repository: GitRepository
) -> None:
    other = StubRunner()
    with GitWebServer(repository.bare, {"ada": "s3cret"}) as server:
        tab = ProductsTab(Desk(runner.session))
        tab.bar.source.value = f"http://{server.address}/"
        tab.bar.user.value = "ada"
        give(tab.bar.password, "s3cret")
        server.may_answer.clear()
        tab.bar.open()
        tab._desk.use(other.session)
        server.may_answer.set()
        until(lambda: tab.catalog is not None and not tab.bar.open_button.disabled, "the catalog is open")
    tab.choose("Disk")
    _field(tab.form, "size").value = "4"
    tab.start()
    until(lambda: "was started" in tab._desk.status.value, "it is started")
    sent = other.jobs[0].repository
    assert sent is not None
    assert sent.credentials is None
    other.end_everything()
    other.session.close()


def test_a_catalog_that_cannot_be_opened_says_so_beside_its_address(runner: StubRunner, tmp_path: Path) -> None:
    tab = _open(runner, str(tmp_path / "nowhere"))
    assert "nowhere" in tab.bar.source.error
    assert tab.bar.source.value == str(tmp_path / "nowhere")
    assert tab.catalog is None


def test_a_product_without_a_playbook_can_be_looked_at_alone(tab: ProductsTab) -> None:
    tab.choose("Web")
    assert "It has no playbook" in tab._about.value
    assert not is_shown(tab._buttons)
    tab.choose("Disk")
    assert is_shown(tab._buttons)


def test_cells_are_not_shown_under_another_product(tab: ProductsTab, runner: StubRunner) -> None:
    _field(tab.form, "size").value = "4"
    runner.may_answer.clear()
    tab.copy()
    tab.choose("Web")
    runner.may_answer.set()
    until(lambda: "another product was chosen" in tab._desk.status.value, "the cells are there")
    assert {box.layout.display for box in tab._boxes} == {"none"}


def test_a_list_holds_small_pictures_and_not_endless_ones() -> None:
    sizes = [LARGEST_PICTURE, LARGEST_PICTURE + 1, 0, *[LARGEST_PICTURE] * 20]
    products = [Product(folder=f"p{place}", name="P", picture="x" * size) for place, size in enumerate(sizes)]
    shown = [bool(row.picture) for row in product_rows(products)]
    assert shown[:4] == [True, False, False, True]
    assert sum(shown) == MOST_OF_A_LIST // LARGEST_PICTURE


def test_the_search_narrows_the_list(tab: ProductsTab) -> None:
    tab.search.value = "storage"
    assert tab._table._sheet.found == [0]


def test_credentials_in_an_address_leave_the_field(runner: StubRunner) -> None:
    tab = ProductsTab(Desk(runner.session))
    tab.bar.source.value = "https://me:s3cret@git.example/c"
    tab.bar.open()
    assert tab.bar.source.value == "https://git.example/c"
    assert "a log-in in it, which was removed" in tab.bar.source.error
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
