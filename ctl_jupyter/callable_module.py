"""A package that can be called like the function of its own name."""

import sys
from types import ModuleType
from typing import Any

__all__ = ["make_callable"]


class _CallableModule(ModuleType):
    """Calls the function that is named like the module."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return getattr(self, self.__name__.rpartition(".")[2])(*arguments, **options)


def make_callable(module_name: str) -> None:
    """Let ``ctl_jupyter.history("hello")`` work beside ``from ctl_jupyter.history import History``.

    Parameters
    ----------
    module_name
        The package's ``__name__``; it holds a function of the same last name.
    """
    sys.modules[module_name].__class__ = _CallableModule
