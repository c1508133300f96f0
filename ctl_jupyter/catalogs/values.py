"""A form's values: those it begins with, and what of them goes to Ansible."""

from collections.abc import Mapping
from typing import Any

from ctl_jupyter.catalogs.checks import is_empty, names_in, takes_value
from ctl_jupyter.catalogs.field_types import CHOSEN, NUMBERS, PASSWORDS
from ctl_jupyter.catalogs.members import as_number
from ctl_jupyter.catalogs.product import Product, ProductField

__all__ = ["hosts_of", "initial_values", "secret_names", "variables_of"]


def initial_values(product: Product) -> dict[str, Any]:
    """Return what each field begins with, by name.

    Returns
    -------
    dict
        Texts and passwords: a text. Numbers: a number or ``None``; sliders: a number. Toggles: a truth. What is
        chosen (``select``, ``servers`` …): a text, of several (``is_multiple``) a list of texts.
    """
    return {field.name: _initial(field) for field in product.fields if takes_value(field)}


def _initial(field: ProductField) -> Any:
    if field.type in CHOSEN or field.type == "select":
        names = names_in(field.default)
        return names if field.is_multiple else next(iter(names), "")
    if field.type == "slider" and field.default is None:
        return field.minimum
    if field.type in NUMBERS:
        return field.default
    if field.type == "toggle":
        return bool(field.default)
    return field.default or ""


def variables_of(product: Product, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables for Ansible, in their types; those that `check_values` finds nothing wrong with.

    What was left empty is left out, so that a playbook's own default counts. Servers that become hosts are not
    variables; see `hosts_of`.
    """
    variables = {}
    for field in product.fields:
        value = values.get(field.name)
        if takes_value(field) and not field.is_inventory and not is_empty(value):
            variables[field.name] = _variable(field, value)
    return variables


def _variable(field: ProductField, value: Any) -> Any:
    if field.type in NUMBERS:
        return as_number(value)
    if field.type == "toggle":
        return bool(value)
    if field.type in CHOSEN or field.type == "select":
        names = names_in(value)
        return names if field.is_multiple else names[0]
    return str(value)


def hosts_of(product: Product, values: Mapping[str, Any]) -> list[str]:
    """Return the names of the servers that become hosts, each once, in the order of the form."""
    chosen = [name for field in product.fields if field.is_inventory for name in names_in(values.get(field.name))]
    return list(dict.fromkeys(chosen))


def secret_names(product: Product) -> frozenset[str]:
    """Return the names of the fields that hold passwords."""
    return frozenset(field.name for field in product.fields if field.type in PASSWORDS)
