"""A product's form: its fields under their headings, and what is wrong with them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import ipywidgets

from ctl_jupyter.catalogs import Product, ProductField, password_strength, plain_text
from ctl_jupyter.catalogs.strength import STRENGTHS
from ctl_jupyter.markup import element
from ctl_jupyter.panel.fields import Field, form
from ctl_jupyter.panel.products.account_things import Choices
from ctl_jupyter.panel.products.controls import control_of, help_of, text_block
from ctl_jupyter.panel.products.place_field import PlaceField
from ctl_jupyter.panel.products.values import PLACES, SECRETS, SHOWN_ONLY, as_value, starting_value
from ctl_jupyter.panel.secret_field import SecretField

__all__ = ["ProductForm"]


class ProductForm:
    """The form of one product; what is typed in a secret field stays in no widget.

    Parameters
    ----------
    product
        Whose form it is.
    initial
        What the fields begin with, by name.
    check
        Says what is wrong with a field's value, empty when nothing is.
    ask
        Returns what the account has of a kind (``servers``), narrowed by ids and by what these are; ids are typed where
        it is absent.
    on_change
        Called when something was typed or chosen.
    """

    def __init__(
        self,
        product: Product,
        initial: Mapping[str, Any],
        check: Callable[[ProductField, Any], str],
        ask: Callable[[str, Sequence[str], str], Choices] | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._check = check
        self._on_change = on_change
        self._ask = ask
        self._places: dict[str, PlaceField] = {}
        self._is_judging = False
        self._kinds = {each.name: each for each in product.fields if each.type not in SHOWN_ONLY}
        self._fields: dict[str, Field] = {}
        self._secrets: dict[str, SecretField] = {}
        parts: list[Any] = []
        for panel in product.panels:
            if panel.name:
                heading = ipywidgets.HTML(element("h4", panel.name))
                heading.add_class("ctl-wide")
                parts.append(heading)
            parts += [self._part(each, initial) for each in panel.fields]
        self.widget = form(*parts)
        self._is_judging = True
        for place in self._places.values():
            place.load()

    def _part(self, field: ProductField, initial: Mapping[str, Any]) -> Any:
        if field.type in SHOWN_ONLY:
            return text_block(field)
        if field.type in SECRETS:
            label = f"{field.label} (required)" if field.is_required else field.label
            secret = SecretField(label, help_text=plain_text(field.help_text))
            secret.on_change(partial(self._take_secret, field.name))
            self._secrets[field.name] = secret
            return secret.widget
        if field.type in PLACES and self._ask is not None:
            place = PlaceField(
                field, starting_value(field, initial), partial(self._things, field), partial(self._take_place, field)
            )
            self._places[field.name] = place
            return place.widget
        control = control_of(field, starting_value(field, initial))
        # A text counts when the field is left, so that nobody is scolded in the middle of a word.
        if hasattr(control, "continuous_update"):
            control.continuous_update = False
        made = Field(field.label, control, help_of(field), is_required=field.is_required)
        control.observe(lambda _change: self._judge(field.name), "value")
        self._fields[field.name] = made
        return made

    @property
    def values(self) -> dict[str, Any]:
        """The value of each field by name, secrets included: never to be kept or shown."""
        values = {name: as_value(self._kinds[name], each.value) for name, each in self._fields.items()}
        values |= {name: each.value for name, each in self._places.items()}
        return values | {name: each.peek() for name, each in self._secrets.items()}

    @property
    def errors(self) -> dict[str, str]:
        """The sentences that stand beside fields now, by the fields' names."""
        shown: dict[str, Any] = {**self._fields, **self._places, **self._secrets}
        return {name: each.error for name, each in shown.items() if each.error}

    def show_errors(self, sentences: Mapping[str, str]) -> None:
        """Put a sentence beside each field that is wrong, and take it from those that are not."""
        shown: dict[str, Any] = {**self._fields, **self._places, **self._secrets}
        for name, each in shown.items():
            each.error = sentences.get(name, "")

    def label_of(self, name: str) -> str:
        """Return what a field is called on the form."""
        return self._kinds[name].label if name in self._kinds else name

    def forget_secrets(self) -> None:
        """Empty the secret fields."""
        for name, each in self._secrets.items():
            each.take()
            self._show_strength(name)

    def take_over(self, other: "ProductForm") -> None:
        """Have the same in the fields as another form of the product; neither secrets nor the account's things."""
        for name, field in self._fields.items():
            field.value = other._fields[name].value if name in other._fields else field.value

    def _take_secret(self, name: str) -> None:
        self._judge(name)
        self._show_strength(name)

    def _show_strength(self, name: str) -> None:
        """Tell beside a password how hard it is to guess, where that counts; of an empty one nothing."""
        field, secret = self._kinds[name], self._secrets[name]
        if field.type == "passwordStrength":
            said = "" if secret.is_empty else f"Strength: {STRENGTHS[password_strength(secret.peek())]}."
            secret.help_text = " ".join(filter(None, [plain_text(field.help_text), said]))

    def _judge(self, name: str) -> None:
        field = self._kinds[name]
        shown: Any = self._fields.get(name) or self._places.get(name) or self._secrets[name]
        shown.error = self._check(field, self.values[name])
        self._on_change()

    def _things(self, field: ProductField) -> Choices:
        """Return what there is to choose from; called in a thread of the field's own."""
        assert self._ask is not None
        parent = self._places.get(field.parent)
        chosen = parent.value if parent is not None else []
        parents = chosen if isinstance(chosen, list) else [chosen] if chosen else []
        return self._ask(field.type, parents, self._kinds[field.parent].type if parent is not None else "")

    def _take_place(self, field: ProductField) -> None:
        """Judge a place that was chosen, and have what it narrows asked for again."""
        if not self._is_judging:
            return
        if self._places[field.name].value:
            self._judge(field.name)
        else:
            self._on_change()
        for name, place in self._places.items():
            if self._kinds[name].parent == field.name:
                place.load()
