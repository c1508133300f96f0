"""The package as it is installed: version, imports, rooms."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import ctl_jupyter

ROOT = Path(__file__).parents[2]


def python(code: str) -> str:
    """Run code in a fresh interpreter and return what it printed."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_version_comes_from_one_place() -> None:
    assert version("ctl-jupyter") == ctl_jupyter.__version__


def test_loading_the_extension_imports_nothing_heavy() -> None:
    code = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
shell.run_line_magic("load_ext", "ctl_jupyter")
heavy = {"pandas", "httpx", "ipywidgets", "altair", "pyarrow", "msgspec", "yaml", "ansible", "starlette"}
print(sorted(heavy & (set(sys.modules) - before)), shell.find_cell_magic("ctl_start") is not None)
"""
    assert python(code).split("\n")[0] == "[] True"


@pytest.mark.parametrize("first", ["", "import ctl_jupyter.history, ctl_jupyter.panel\n"])
def test_rooms_named_like_functions_are_callable(first: str) -> None:
    code = f"""
{first}import ctl_jupyter
from ctl_jupyter.client import NotLoggedIn
try:
    ctl_jupyter.history("hello")
except NotLoggedIn as error:
    print(error)
print(callable(ctl_jupyter.panel), callable(ctl_jupyter.connect))
"""
    assert python(code).splitlines() == [
        "Not logged in: run %ctl_login (in Python: ctl_jupyter.connect()) first.",
        "True True",
    ]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'conect'"):
        ctl_jupyter.conect  # noqa: B018


def test_without_the_extra_local_one_sentence_names_it() -> None:
    code = """
import sys
for name in ("ansible", "cryptography", "sqlalchemy", "starlette", "uvicorn"):
    sys.modules[name] = None
import ctl_jupyter
from ctl_jupyter.cli import main
try:
    ctl_jupyter.connect("local")
except Exception as error:
    print(error)
print(main(["serve"]), main(["start"]))
"""
    lines = python(code).splitlines()
    assert lines[0].startswith("The embedded Runner is not installed here: pip install 'ctl-jupyter[local]' brings it")
    assert "in a clone of the repository pip install '.[local]'" in lines[0]
    assert lines[1] == "69 69"


def test_arrows_between_rooms_point_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "5 kept, 0 broken" in done.stdout
