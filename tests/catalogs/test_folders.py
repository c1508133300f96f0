"""A folder as a catalog: which products it has, and what of its files is left alone."""

import os
from pathlib import Path
from threading import Event

import pytest

from ctl_jupyter.catalogs import CatalogError, open_catalog
from tests.catalogs.folders import PLAYBOOK, product_of, write


def test_every_folder_with_a_configuration_is_a_product_at_any_depth(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "config.yml": "name: At the root",
            "web/config.yml": "name: Web server",
            "more/deep/er/config.yaml": "name: Deep",
            ".git/config.yml": "name: not one",
            "web/roles/nginx/files/config.yml": "name: a role's own file",
            "nothing/readme.md": "no product",
        },
    )
    catalog = open_catalog(str(tmp_path))
    assert [(product.folder, product.name) for product in catalog.products] == [
        (".", "At the root"),
        ("more/deep/er", "Deep"),
        ("web", "Web server"),
    ]
    assert catalog.source == str(tmp_path)
    assert catalog.url == ""


def test_what_a_product_says_of_itself_is_read(tmp_path: Path) -> None:
    product = product_of(
        tmp_path,
        """
name: Web server
description: Serves <a href="https://example.org/web">pages</a>
shortDescription: Serves &amp; <b>logs</b>
version: 1.10
updateDate: 2016-04-06
public: false
schedulable: true
author: Ada
organization: Example
organizationUrl: https://example.org
defaultPlaybook: playbook.yml
tags: [web, nginx, web]
""",
    )
    assert product.name == "Web server"
    assert 'href="https://example.org/web"' in product.description
    assert product.short_description == "Serves & logs"
    assert (product.version, product.update_date) == ("1.10", "2016-04-06")
    assert (product.is_public, product.is_schedulable) == (False, True)
    assert (product.author, product.organization, product.organization_url) == ("Ada", "Example", "https://example.org")
    assert product.tags == ("web", "nginx")
    assert product.default_playbook == "shop/playbook.yml"
    assert product.notes == ()


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("name: [unclosed\nfields:", "line "),
        ("name: A: B", "is no YAML"),
        ("", "is empty"),
        ("- a\n- b", "is a list"),
        ("just words", "is a text"),
        ("{{ template }}: 1", "is no YAML"),
        ("? [a]\n: b", "is no YAML"),
        ("a: !!timestamp nonsense", "has 'a'"),
        ("[" * 200_000, "is no YAML"),
        ("- " * 50_000, "is no YAML"),
        ("x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_configuration_that_cannot_be_used_leaves_a_product_with_its_folders_name(
    tmp_path: Path, config: str, told: str
) -> None:
    product = product_of(tmp_path, config)
    assert product.name == "shop"
    assert product.default_playbook == "shop/playbook.yml"
    assert told in product.notes[0]


def test_a_text_that_is_not_utf8_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    product = product_of(tmp_path, "name: Caf\xe9".encode("latin-1"))
    assert product.name == "Caf\N{REPLACEMENT CHARACTER}"
    assert "not UTF-8" in product.notes[0]


def test_untidy_members_of_a_product_are_used_as_far_as_they_go(tmp_path: Path) -> None:
    product = product_of(
        tmp_path,
        """
name: 2048
version: 1.10.2
public: "no"
schedulable: perhaps
organizationUrl: javascript:alert(1)
author: [Ada]
tags: web, nginx
colour: red
""",
    )
    assert (product.name, product.version) == ("2048", "1.10.2")
    assert (product.is_public, product.is_schedulable) == (False, True)
    assert (product.organization_url, product.author) == ("", "")
    assert product.tags == ("web", "nginx")
    for member in ("public", "schedulable", "organizationUrl", "author", "tags", "colour"):
        assert any(f"'{member}'" in note for note in product.notes), member


@pytest.mark.parametrize(
    ("written", "files", "expected"),
    [
        ("deploy.yml", {"shop/deploy.yml": PLAYBOOK, "deploy.yml": PLAYBOOK}, "shop/deploy.yml"),
        ("deploy.yml", {"deploy.yml": PLAYBOOK}, "deploy.yml"),
        ("/shop/deploy.yml", {"shop/deploy.yml": PLAYBOOK}, "shop/deploy.yml"),
        ("../common/deploy.yml", {"common/deploy.yml": PLAYBOOK}, "common/deploy.yml"),
        ("gone.yml", {"shop/site.yml": PLAYBOOK}, "shop/site.yml"),
        ("", {"shop/main.yml": PLAYBOOK, "shop/site.yml": PLAYBOOK}, "shop/site.yml"),
        ("../../outside.yml", {}, ""),
        ("gone.yml", {}, ""),
        ("", {}, ""),
    ],
)
def test_the_playbook_is_the_named_one_or_one_of_a_usual_name(
    tmp_path: Path, written: str, files: dict[str, str | bytes], expected: str
) -> None:
    write(tmp_path, {"outside.yml": PLAYBOOK})
    catalog = tmp_path / "catalog"
    write(catalog, {"shop/config.yml": f"name: Shop\ndefaultPlaybook: '{written}'", **files})
    (product,) = open_catalog(str(catalog)).products
    assert product.default_playbook == expected
    assert bool(product.notes) == (expected != f"shop/{written}" and bool(expected == "" or "gone" in written))


def test_links_that_lead_out_of_the_catalog_are_not_followed(tmp_path: Path) -> None:
    outside = write(
        tmp_path / "outside", {"config.yml": "name: Outside", "secret.yml": PLAYBOOK, "p.png": b"\x89PNG\r\n\x1a\n"}
    )
    catalog = write(
        tmp_path / "catalog", {"good/config.yml": "name: Good\ndefaultPlaybook: out.yml\nimagePath: out.png"}
    )
    (catalog / "folder").symlink_to(outside)
    (catalog / "bad").mkdir()
    (catalog / "bad/config.yml").symlink_to(outside / "config.yml")
    (catalog / "good/out.yml").symlink_to(outside / "secret.yml")
    (catalog / "good/out.png").symlink_to(outside / "p.png")
    (catalog / "good/README.md").symlink_to(outside / "secret.yml")
    bad, good = open_catalog(str(catalog)).products
    assert (bad.name, good.name) == ("bad", "Good")
    assert (good.default_playbook, good.picture, good.readme) == ("", "", "")
    assert "no file within the catalog" in bad.notes[0]


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    os.mkfifo(tmp_path / "shop/config.yml")
    (product,) = open_catalog(str(tmp_path)).products
    assert "no file within the catalog" in product.notes[0]


def test_a_folder_whose_name_is_no_text_is_opened_too(tmp_path: Path) -> None:
    write(tmp_path, {os.fsdecode(b"caf\xe9/config.yml"): "version: 1"})
    (product,) = open_catalog(str(tmp_path)).products
    assert product.name == product.folder == "caf\N{REPLACEMENT CHARACTER}"


def test_what_is_no_catalog_is_said_in_a_sentence(tmp_path: Path) -> None:
    write(tmp_path, {"empty/readme.md": "", "file.txt": ""})
    for source, told in {
        "": "Give the path of a folder",
        str(tmp_path / "gone"): "There is no folder",
        "github.com/owner/catalog": "begins with https://",
        str(tmp_path / "file.txt"): "is a file",
        str(tmp_path / "empty"): "There is no product in",
        "--upload-pack=x": "neither",
        "x\0y": "neither",
        "a" * 5000: "no path of a folder",
    }.items():
        with pytest.raises(CatalogError, match=told) as raised:
            open_catalog(source)
        assert str(raised.value).endswith(".")


def test_opening_ends_when_it_is_stopped(tmp_path: Path) -> None:
    write(tmp_path, {"shop/config.yml": "name: Shop"})
    stop = Event()
    stop.set()
    with pytest.raises(CatalogError, match="stopped"):
        open_catalog(str(tmp_path), stop=stop)
