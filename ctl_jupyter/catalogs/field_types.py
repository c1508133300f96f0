"""The types that a field of a product may have, and what goes with them."""

__all__ = ["CHOSEN", "KNOWN_MEMBERS", "NARROWED_BY", "NUMBERS", "PASSWORDS", "TEXTS", "TYPES"]

TEXTS = frozenset({"text", "textarea", "password", "passwordStrength"})
PASSWORDS = frozenset({"password", "passwordStrength"})
NUMBERS = frozenset({"number", "slider"})
#: What is chosen of the account: its data centers, groups of servers, servers and networks.
CHOSEN = frozenset({"datacenters", "groups", "servers", "networks"})
TYPES = TEXTS | NUMBERS | CHOSEN | {"toggle", "select", "textblock"}

#: Which types of field may be the ``parent`` of one. What narrows always holds what is narrowed, so that no field
#: can be its own parent's parent.
NARROWED_BY = {
    "groups": frozenset({"datacenters"}),
    "networks": frozenset({"datacenters"}),
    "servers": frozenset({"datacenters", "groups"}),
}

_COMMON = frozenset({"type", "name", "displayName", "helpText", "required", "default"})
_LENGTHS = frozenset({"minLength", "maxLength"})
_NUMBER = frozenset({"min", "max"}) | _LENGTHS
_STRENGTH = frozenset({"requiredStrength", "validationMsg", "disallowedCharacters", "dissallowedCharacters"})
_CHOSEN = frozenset({"parent", "multiple", "detail"})
_BY_TYPE = {
    **dict.fromkeys(TEXTS, _LENGTHS),
    **dict.fromkeys(NUMBERS, _NUMBER),
    **dict.fromkeys(CHOSEN, _CHOSEN),
    "toggle": frozenset(),
    "select": frozenset({"options", "multiple"}),
    "textblock": frozenset({"title", "text", "level"}),
    "passwordStrength": _LENGTHS | _STRENGTH,
    "servers": _CHOSEN | {"inventory"},
}
#: Type → the members that mean something on a field of it.
KNOWN_MEMBERS = {type_: _COMMON | more for type_, more in _BY_TYPE.items()}
