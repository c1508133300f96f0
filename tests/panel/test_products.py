"""The panel's products: a catalog is opened, a form filled wrongly and rightly, and its job started."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ctl_jupyter.catalogs import Catalog, Choice, Product, ProductField, ProductPanel
from ctl_jupyter.documents import DocumentError, Host, Job
from ctl_jupyter.markup import element
from ctl_jupyter.panel.desk import Desk
from ctl_jupyter.panel.products import ProductsTab
from ctl_jupyter.panel.products.form import ProductForm
from ctl_jupyter.panel.products.starting import start_product
from ctl_jupyter.panel.products.values import as_value, read_number
from tests.live.stub_runner import StubRunner
from tests.service.waiting import until

SIZE = ProductField(type="number", name="size", label="Size", is_required=True, minimum=1, maximum=9)
PLACE = ProductField(type="select", name="place", label="Place", options=(Choice("Here", "h"), Choice("There", "t")))
WORD = ProductField(type="password", name="word", label="Password")
BLOCK = ProductField(type="textblock", title="Mind", level="warning")
PRODUCT = Product(
    folder="Disk", name="A disk", tags=("storage",), panels=(ProductPanel("", (BLOCK, SIZE, PLACE, WORD)),)
)
OTHER = Product(folder="Web", name="A web server")
CATALOG = Catalog(source="https://git.example/c", url="https://git.example/c", products=(PRODUCT, OTHER))


def _check(field: ProductField, value: Any) -> str:
    return "Size must be a number." if field is SIZE and not isinstance(value, int) else ""


def _check_all(product: Product, values: dict[str, Any]) -> dict[str, str]:
    return {each.name: said for each in product.fields if (said := _check(each, values.get(each.name)))}


#: What `ctl_jupyter.catalogs` does, as far as the tab asks for it.
CATALOGS = SimpleNamespace(
    open_catalog=lambda _source: CATALOG,
    initial_values=lambda _product: {},
    check_value=_check,
    check_values=_check_all,
    variables_of=lambda _product, values: values,
    hosts_of=lambda _product, _values: [Host(id="web1")],
    secret_names=lambda _product: ["word"],
    job_of=lambda _catalog, product: Job(name=product.name),
    find_job=lambda jobs, _catalog, product: next((job for job in jobs if job.name == product.name), None),
)


@pytest.fixture
def tab(runner: StubRunner) -> ProductsTab:
    runner.add_job("A disk")
    tab = ProductsTab(Desk(runner.session), CATALOGS)
    tab.source.value = "https://git.example/c"
    tab.open()
    until(lambda: tab.catalog is not None and not tab.open_button.disabled, "the catalog is open")
    tab.choose("Disk")
    return tab


def _field(form: ProductForm | None, name: str) -> Any:
    assert form is not None
    return form._fields[name]


def test_wrong_fields_say_so_and_nothing_is_sent(tab: ProductsTab, runner: StubRunner) -> None:
    before = list(runner.requests)
    _field(tab.form, "size").value = "much"
    tab.start()
    assert tab.form is not None
    assert tab.form.errors == {"size": "Size must be a number."}
    assert "Nothing was started: look at Size." in tab._desk.status.value
    assert runner.requests == before


def test_a_right_form_starts_the_products_job_once(tab: ProductsTab, runner: StubRunner) -> None:
    opened: list[Any] = []
    tab._desk.execution_opened.listen(opened.append)
    _field(tab.form, "size").value = "4"
    _field(tab.form, "place").value = "t"
    runner.may_answer.clear()
    tab.start()
    tab.start()
    runner.may_answer.set()
    until(lambda: bool(opened) and not tab.start_button.disabled, "the product is started")
    assert [start["properties"] for start in runner.starts] == [{"size": 4, "place": "t", "word": ""}]
    assert runner.starts[0]["hosts"] == [{"id": "web1"}]
    assert opened[0].job_id == "job-0001"


def test_the_search_narrows_the_list(tab: ProductsTab) -> None:
    tab.search.value = "storage"
    assert [row.key for row in tab._table.rows] == ["Disk"]


def test_credentials_in_an_address_leave_the_field(runner: StubRunner) -> None:
    tab = ProductsTab(Desk(runner.session), CATALOGS)
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
    form = ProductForm(Product(folder="f", name="P", panels=(ProductPanel("", (field,)),)), {"word": "s3cret"}, _check)
    assert form.values == {"word": ""}


def test_a_runner_that_would_keep_a_secret_gets_none(runner: StubRunner) -> None:
    job = runner.add_job("A disk")
    runner.session.calls.http.has_cursor = False
    with pytest.raises(DocumentError, match="where word would be kept"):
        start_product(runner.session, job, job, {"size": 1, "word": "s3cret"}, [], ["word"])
    assert runner.requests == []
    assert job.properties == {}
