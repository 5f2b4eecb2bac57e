"""Errors of pydantic in the words of the contract: a code, a sentence, and a place (RFC 6901 pointer or parameter)."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from openapi.runtime.wire import FieldError, Refusal

MAX_FINDINGS = 50
MAX_NAME = 100
MAX_SENTENCE = 200

# Error type of Pydantic -> (code, sentence). Sentences may name limits of the contract, never what was sent.
_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("missing", "is required"),
    "extra_forbidden": ("unknown", "is not known here"),
    "string_type": ("wrong_type", "must be a string"),
    "string_unicode": ("wrong_format", "must be valid Unicode"),
    "string_too_short": ("too_short", "must have at least {min_length} characters"),
    "string_too_long": ("too_long", "must have at most {max_length} characters"),
    "string_pattern_mismatch": ("wrong_format", "is not in the form that is wanted here"),
    "int_type": ("wrong_type", "must be an integer"),
    "int_from_float": ("wrong_type", "must be an integer"),
    "float_type": ("wrong_type", "must be a number"),
    "finite_number": ("out_of_range", "must be a finite number"),
    "bool_type": ("wrong_type", "must be true or false"),
    "list_type": ("wrong_type", "must be an array"),
    "dict_type": ("wrong_type", "must be an object"),
    "model_type": ("wrong_type", "must be an object"),
    "model_attributes_type": ("wrong_type", "must be an object"),
    "enum": ("unknown_value", "must be {expected}"),
    "literal_error": ("unknown_value", "must be {expected}"),
    "union_tag_invalid": ("unknown_value", "must be one of {expected_tags}"),
    "union_tag_not_found": ("missing", "is required"),
    "date_from_datetime_parsing": ("wrong_format", "must be a day of the calendar"),
    "datetime_from_date_parsing": ("wrong_format", "must be a time of the calendar"),
    "datetime_parsing": ("wrong_format", "must be a time of the calendar"),
    "greater_than_equal": ("too_small", "must be at least {ge}"),
    "greater_than": ("too_small", "must be more than {gt}"),
    "less_than_equal": ("too_large", "must be at most {le}"),
    "less_than": ("too_large", "must be less than {lt}"),
    "too_short": ("too_few", "must have at least {min_length} items"),
    "too_long": ("too_many", "must have at most {max_length} items"),
    "multiple_of": ("wrong_step", "must be a multiple of {multiple_of}"),
}
# The same of a limit of one.
_OF_ONE: Mapping[str, str] = {
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most one character",
    "too_short": "must not be empty",
    "too_long": "must have at most one item",
}
# What the annotations in formats.py find, in words of their own.
_OWN = frozenset({"not_unique", "out_of_range", "too_few_properties", "wrong_format", "wrong_step"})


def validation_failed(errors: Sequence[FieldError]) -> Refusal:
    """Return the 422 with these errors; with the first of them only, since a hostile body may hold thousands."""
    return Refusal(422, "validation-failed", "The request does not fit the contract.", errors=errors[:MAX_FINDINGS])


def in_body(error: ValidationError, document: object) -> list[FieldError]:
    """List what is wrong with a body, each error with its pointer."""
    return [
        FieldError(*_words(found), pointer=_pointer(found, document))
        for found in error.errors(include_url=False, include_input=False)[:MAX_FINDINGS]
    ]


def in_parameters(error: ValidationError, wire_names: Mapping[str, str]) -> list[FieldError]:
    """List what is wrong with parameters, each error with the parameter's name on the wire."""
    findings = []
    for found in error.errors(include_url=False, include_input=False)[:MAX_FINDINGS]:
        name = str(found["loc"][0]) if found["loc"] else ""
        findings.append(FieldError(*_words(found), parameter=wire_names.get(name, name)))
    return findings


def _words(found: ErrorDetails) -> tuple[str, str]:
    context = found.get("ctx", {})
    if found["type"] in _OWN:
        return found["type"], found["msg"]
    # Messages of Pydantic that are not listed could quote the input.
    code, sentence = _WORDS.get(found["type"], ("invalid", "does not fit the contract"))
    if 1 in (context.get("min_length"), context.get("max_length")):
        sentence = _OF_ONE.get(found["type"], sentence)
    words = sentence.format_map(context)
    return code, words if len(words) <= MAX_SENTENCE else "must be one of the values that the contract lists"


def _pointer(found: ErrorDetails, document: object) -> str:
    """Return the RFC 6901 pointer of an error's place.

    A step of the place that is not in the document is the tag of a union, unless it is the very name that is missing.
    """
    value, pointer = document, ""
    for depth, step in enumerate(found["loc"], start=1):
        absent = found["type"] == "missing" and depth == len(found["loc"])
        if isinstance(value, dict) and isinstance(step, str) and (step in value or absent):
            if len(step) > MAX_NAME:
                break
            pointer += "/" + step.replace("~", "~0").replace("/", "~1")
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            pointer += f"/{step}"
            value = value[step] if step < len(value) else None
    if found["type"].startswith("union_tag_"):  # told of the whole object, though one property decides
        pointer += "/" + found["ctx"]["discriminator"].strip("'")
    return pointer
