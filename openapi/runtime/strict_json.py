"""Strict JSON by RFC 8259: a text that parsers read differently is refused."""

import json
import math
import re
from decimal import Decimal, InvalidOperation
from typing import NoReturn

type JsonValue = bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None

MAX_DEPTH = 32

_BOM = b"\xef\xbb\xbf"
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class MalformedJsonError(ValueError):
    """Raised when a text is not JSON that every parser reads alike; the message tells why and quotes nothing."""


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJsonError(f"{name} is not a JSON number.")


def _number(text: str) -> int | float:
    """Read 1.0 as the integer that it is for JSON Schema, and refuse 1e400, which nobody could keep.

    Whether a number is whole is asked of its text: the double nearest to 0.99999999999999999999 is 1.
    """
    value = float(text)
    if math.isinf(value):
        raise MalformedJsonError("A number is too large.")
    if not value.is_integer():
        return value
    try:
        exact = Decimal(text)
    except InvalidOperation as error:  # its exponent has more than 18 digits
        raise MalformedJsonError("A number has too many digits.") from error
    return int(exact) if exact == exact.to_integral_value() else value


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJsonError("An object has the same name twice.")
    return found


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_refuse_constant)


def parse(payload: bytes) -> JsonValue:
    """Read one JSON document; MalformedJsonError for anything else."""
    if payload.startswith(_BOM):
        raise MalformedJsonError("The document begins with a byte order mark.")
    try:
        text = payload.decode("utf-8")
        document: JsonValue = _decoder.decode(text)
    except UnicodeDecodeError as error:
        raise MalformedJsonError("The document is not UTF-8.") from error
    except RecursionError as error:
        raise MalformedJsonError("The document is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise MalformedJsonError(f"The document is not JSON (line {error.lineno}, column {error.colno}).") from error
    except MalformedJsonError:
        raise
    except ValueError as error:  # int() refuses thousands of digits, whose conversion would take quadratic time
        raise MalformedJsonError("A number has too many digits.") from error
    # Few documents can be deep or hold half a character: count and search first, walk only those.
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(document)
    if _SURROGATE_ESCAPE.search(text):
        _check_characters(document)
    return document


def _check_depth(document: JsonValue) -> None:
    level: list[JsonValue] = [document]
    for _ in range(MAX_DEPTH + 1):
        level = [child for value in level for child in _children(value)]
        if not level:
            return
    raise MalformedJsonError("The document is nested too deeply.")


def _check_characters(document: JsonValue) -> None:
    waiting: list[JsonValue] = [document]
    while waiting:
        value = waiting.pop()
        texts = [value] if isinstance(value, str) else list(value) if isinstance(value, dict) else []
        for text in texts:
            if any("\ud800" <= character <= "\udfff" for character in text):
                raise MalformedJsonError("A string holds half of a surrogate pair.")
        waiting.extend(_children(value))


def _children(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
