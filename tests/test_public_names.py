"""Each module's ``__all__`` is sorted and names what is there."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import ctl_jupyter

ROOT = Path(ctl_jupyter.__path__[0])


def public_names(path: Path) -> list[str] | None:
    """Return the literal ``__all__`` of a source file, without importing it."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "__all__" for target in node.targets):
            return [str(name) for name in ast.literal_eval(node.value)]
    return None


def place(name: str) -> tuple[int, list[tuple[int, str]]]:
    """Return where a name stands: constants, classes, the rest; numbers by their value (ruff's RUF022)."""
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
    parts = re.findall(r"\d+|\D+", name)
    return kind, [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


MODULES = {
    ".".join(["ctl_jupyter", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__"): names
    for path in sorted(ROOT.rglob("*.py"))
    if (names := public_names(path)) is not None
}


def test_there_are_modules_with_public_names() -> None:
    assert {"ctl_jupyter.documents", "ctl_jupyter.places", "ctl_jupyter.client"} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_public_names_are_sorted(module: str) -> None:
    assert MODULES[module] == sorted(set(MODULES[module]), key=place)


@pytest.mark.parametrize("module", MODULES)
def test_public_names_are_there(module: str) -> None:
    found = importlib.import_module(module)

    assert [name for name in MODULES[module] if not hasattr(found, name)] == []
