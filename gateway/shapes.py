"""What is wrong with a document of a given shape, in our own words: place, value, and what is known there."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

SHOWN_CHARS_MAX = 200
WORDS = {
    "string_type": "is not text",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "int_parsing": "is not a whole number",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
    "list_type": "is not a list",
    "tuple_type": "is not a list",
    "dict_type": "is not a table",
    "mapping_type": "is not a table",
    "model_type": "is not a table",
    "model_attributes_type": "is not a table",
    "date_type": "is not a date such as 2027-12-31",
    "date_parsing": "is not a date such as 2027-12-31",
    "date_from_datetime_parsing": "is not a date such as 2027-12-31",
    "date_from_datetime_inexact": "is not a date such as 2027-12-31",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "string_too_long": "has more than {max_length} characters",
    "string_too_short": "has fewer than {min_length} characters",
    "too_long": "has more than {max_length} items",
    "too_short": "has fewer than {min_length} items",
    "string_pattern_mismatch": "does not have the form {pattern}",
}


def faults_of(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One line per fault, such as `lanes[0].scale.unit: 'kgs'; known: 'kg', 'g', 't', 'lb'`."""
    return list(dict.fromkeys(_fault(dict(item), model) for item in error.errors(include_url=False)))


def place_of(location: tuple[int | str, ...]) -> str:
    """`lanes[0].scale.unit`. What pydantic says of a key stands at that key."""
    text = ""
    for part in location:
        if part != "[key]":
            text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _fault(item: Mapping[str, Any], model: type[BaseModel]) -> str:
    place, kind, context = place_of(item["loc"]), item["type"], item.get("ctx", {})
    if kind == "missing":
        return f"{place}: is missing"
    if kind == "extra_forbidden":
        return f"{place}: unknown key; known: {', '.join(_known(model, item['loc']))}"
    if kind == "value_error":
        return f"{place}: {context['error']}" if place else str(context["error"])
    shown = repr(item["input"])
    shown = shown if len(shown) <= SHOWN_CHARS_MAX else shown[:SHOWN_CHARS_MAX] + "..."
    if kind in ("literal_error", "enum"):
        return f"{place}: {shown}; known: {str(context['expected']).replace(' or ', ', ')}"
    return f"{place}: {shown} {WORDS.get(kind, 'cannot stand here').format_map(context)}"


def _known(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys of the table at `location`, whose last part is the unknown one."""
    known: type[BaseModel] | None = model
    for part in location[:-1]:
        if isinstance(part, str) and known is not None:
            fields = {field.alias or name: field for name, field in known.model_fields.items()}
            known = _model_in(fields[part].annotation) if part in fields else None
    return [] if known is None else [field.alias or name for name, field in known.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((found for found in inner if found is not None), None)
