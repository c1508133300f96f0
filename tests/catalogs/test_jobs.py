"""The job that starts a product: made, and found again."""

from dataclasses import replace
from pathlib import Path

import pytest

from ctl_jupyter.catalogs import Catalog, Product, find_job, job_of, open_catalog
from ctl_jupyter.documents import DocumentError, Job, Repository
from ctl_jupyter.documents.jobs import check_job
from ctl_jupyter.documents.reading import decode_base64
from ctl_jupyter.markup import Markup
from tests.catalogs.folders import PLAYBOOK, write

SHOP = Product(folder="shop", name="Shop", description=Markup("Sells <b>things</b>"), default_playbook="shop/site.yml")
GIT = Catalog(source="https://example.org/team/catalog.git", url="https://example.org/team/catalog.git", branch="next")


def folder_of(root: Path, playbook: str, **files: str) -> tuple[Catalog, Product]:
    write(root, {"shop/config.yml": "name: Shop", "shop/site.yml": playbook})
    write(root, {f"shop/{name}/main.yml": text for name, text in files.items()})
    catalog = open_catalog(str(root))
    return catalog, catalog.products[0]


def test_the_job_of_a_repository_names_it() -> None:
    job = job_of(GIT, SHOP)
    check_job(job)
    assert (job.name, job.description) == ("Shop", "Sells things")
    assert job.repository is not None
    assert job.repository.url == "https://example.org/team/catalog.git"
    assert (job.repository.branch, job.repository.default_playbook) == ("next", "shop/site.yml")
    assert job.repository.credentials is None
    own = job_of(replace(GIT, branch="", prefix="lib/"), SHOP, credentials={"username": "ada", "password": "secret-1"})
    assert own.repository is not None
    assert own.repository.credentials is not None
    assert own.repository.credentials.password == "secret-1"
    assert (own.repository.branch, own.repository.default_playbook) == (None, "lib/shop/site.yml")
    assert "secret-1" not in repr(own)


def test_the_job_of_a_folder_holds_the_playbook(tmp_path: Path) -> None:
    tasks = "  tasks:\n  - copy: {content: a, dest: /b}\n  - copy: src=/etc/a dest=/b\n"
    playbook = f"- hosts: all\n  vars: {{roles: [admin]}}\n{tasks}"
    catalog, product = folder_of(tmp_path, playbook)
    job = job_of(catalog, product)
    check_job(job)
    assert job.repository is None
    assert decode_base64(job.playbook or "", "it").decode() == playbook


@pytest.mark.parametrize(
    ("playbook", "needed"),
    [
        ("- hosts: all\n  roles: [nginx]", "roles"),
        ("- hosts: all\n  vars_files: [v.yml]", "vars_files"),
        ("- import_playbook: other.yml\n", "import_playbook"),
        ("- hosts: all\n  tasks:\n  - block:\n    - ansible.builtin.include_tasks: other.yml", "include_tasks"),
        ("- hosts: all\n  tasks:\n  - template: {src: a.j2, dest: /a}", "template"),
        ("- hosts: all\n  tasks:\n  - copy: src=files/a dest=/a", "copy"),
        ("- hosts: all\n  tasks:\n  - script: prepare.sh now", "script"),
        ("- hosts: all\n  vars: {a: \"{{ lookup( 'file', 'b') }}\"}", "lookup"),
    ],
)
def test_a_folders_playbook_that_needs_other_files_needs_a_repository(
    tmp_path: Path, playbook: str, needed: str
) -> None:
    with pytest.raises(DocumentError, match=rf"needs other files \({needed}.*git repository"):
        job_of(*folder_of(tmp_path, playbook))


def test_files_that_ansible_takes_from_beside_a_playbook_count_too(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="group_vars"):
        job_of(*folder_of(tmp_path / "a", PLAYBOOK, group_vars=""))
    with pytest.raises(DocumentError, match="filter_plugins"):
        job_of(*folder_of(tmp_path / "b", PLAYBOOK, filter_plugins=""))


def test_a_product_that_cannot_be_started_says_why(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="has no playbook"):
        job_of(GIT, replace(SHOP, default_playbook=""))
    with pytest.raises(DocumentError, match="one mapping"):
        job_of(*folder_of(tmp_path, "hosts: all"))
    catalog, product = folder_of(tmp_path, PLAYBOOK)
    (tmp_path / "shop/site.yml").unlink()
    with pytest.raises(DocumentError, match="is not there"):
        job_of(catalog, product)


@pytest.mark.parametrize(
    ("url", "branch", "playbook", "name", "is_found"),
    [
        ("https://example.org/team/catalog.git", "next", "shop/site.yml", "Shop", True),
        ("https://EXAMPLE.org/team/catalog/", "next", "./shop/site.yml", "Shop", True),
        ("git@example.org:team/catalog.git", "next", "shop/site.yml", "Shop", True),
        ("ssh://git@example.org/team/catalog", "next", "shop/site.yml", "Shop", True),
        ("https://ada:x@example.org/team/catalog.git", "next", "shop/site.yml", "Shop", True),
        ("https://example.org/team/other.git", "next", "shop/site.yml", "Shop", False),
        ("https://example.org/team/catalog.git", None, "shop/site.yml", "Shop", False),
        ("https://example.org/team/catalog.git", "next", "site.yml", "Shop", False),
        ("https://example.org/team/catalog.git", "next", "shop/site.yml", "My shop", False),
    ],
)
def test_a_job_is_found_by_repository_branch_playbook_and_name(
    url: str, branch: str | None, playbook: str, name: str, is_found: bool
) -> None:
    job = Job(name=name, repository=Repository(url=url, branch=branch, default_playbook=playbook))
    jobs = [Job(name="Shop", playbook="bm8="), Job(), job]
    assert find_job(jobs, GIT, SHOP) is (job if is_found else None)


def test_a_job_of_a_folder_is_found_while_its_playbook_is_the_same(tmp_path: Path) -> None:
    catalog, product = folder_of(tmp_path, PLAYBOOK)
    job = job_of(catalog, product)
    jobs = [Job(name="Shop", playbook="!"), Job(name="Shop", repository=Repository(url="x")), job]
    assert find_job(jobs, catalog, product) is job
    (tmp_path / "shop/site.yml").write_text(PLAYBOOK + "# changed\n")
    assert find_job(jobs, catalog, product) is None
    (tmp_path / "shop/site.yml").write_text("- hosts: all\n  roles: [a]\n")
    assert find_job(jobs, catalog, product) is None
    assert find_job(jobs, catalog, replace(product, default_playbook="")) is None
