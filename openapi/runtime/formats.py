"""Annotations of models for what JSON Schema says of values and pydantic would read more generously."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidatorFunctionWrapHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from openapi.runtime import grammars


class Closed(BaseModel):
    """Request object that refuses names which the contract does not list.

    Its validator is built by the first request that needs it: building those of all operations was a tenth of a start.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, defer_build=True)


class Patch(Closed):
    """Request object that must have at least `minProperties` properties."""

    min_properties: ClassVar[int] = 1

    @model_validator(mode="after")
    def _check_size(self) -> Self:
        if len(self.model_fields_set) < self.min_properties:
            raise PydanticCustomError(
                "too_few_properties",
                "must have at least {minimum} of its properties",
                {"minimum": self.min_properties},
            )
        return self


def _within_nullable(schema: CoreSchema, wrap: Callable[[CoreSchema], CoreSchema]) -> CoreSchema:
    """Wrap what stands inside a nullable schema, since a check of the value is no check of null."""
    if schema["type"] == "nullable":
        nullable = cast("core_schema.NullableSchema", schema)
        return core_schema.nullable_schema(wrap(nullable["schema"]))
    return wrap(schema)


@dataclass(frozen=True, slots=True)
class NotNull:
    """Allows a property to be absent, but not null: absent keeps the default None, null is refused at no cost."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        if schema["type"] == "nullable":
            return cast("core_schema.NullableSchema", schema)["schema"]
        return schema


@dataclass(frozen=True, slots=True)
class Text:
    """Checks lengths and patterns of a text before its type reads it."""

    patterns: tuple[str, ...] = ()
    min_length: int | None = None
    max_length: int | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        sized = core_schema.str_schema(strict=True, min_length=self.min_length, max_length=self.max_length)
        texts = [core_schema.str_schema(strict=True, pattern=pattern) for pattern in self.patterns]
        return _within_nullable(handler(source), lambda schema: _in_turn(sized, texts, schema))


def _in_turn(sized: CoreSchema, texts: Sequence[CoreSchema], schema: CoreSchema) -> CoreSchema:
    """Check a text's length before its pattern, so that an empty text is reported as too short."""
    return core_schema.chain_schema([schema, *texts] if schema["type"] == "str" else [sized, *texts, schema])


@dataclass(frozen=True, slots=True)
class PatternMessage:
    """Reports a text that fails its pattern in words of the contract that a person can act on (`x-pattern-message`)."""

    sentence: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _within_nullable(handler(source), self._worded)

    def _worded(self, schema: CoreSchema) -> CoreSchema:
        """Return the schema with each pattern in a step of its own, whose failure is the sentence."""
        if schema["type"] == "chain":
            chain = cast("core_schema.ChainSchema", schema)
            return core_schema.chain_schema([self._worded(step) for step in chain["steps"]])
        if schema["type"] == "function-after":
            after = cast("core_schema.AfterValidatorFunctionSchema", schema)
            after["schema"] = self._worded(after["schema"])
            return after
        text = cast("core_schema.StringSchema", schema)
        if schema["type"] != "str" or "pattern" not in text:
            return schema
        pattern = core_schema.str_schema(pattern=text.pop("pattern"))
        shaped = core_schema.custom_error_schema(
            pattern, custom_error_type="wrong_format", custom_error_message=self.sentence
        )
        return core_schema.chain_schema([text, shaped])


@dataclass(frozen=True, slots=True)
class Shape:
    """Text of one shape, whose failure is reported with `demand`.

    `bounds` is a second pattern, for lengths of parts: the engine has no look-ahead to say both in one.
    """

    pattern: str
    demand: str
    bounds: str = ""
    code: Literal["wrong_format", "out_of_range"] = "wrong_format"

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        patterns = [core_schema.str_schema(pattern=pattern) for pattern in (self.pattern, self.bounds) if pattern]
        shaped = core_schema.custom_error_schema(
            core_schema.chain_schema([*patterns]),
            custom_error_type=self.code,
            custom_error_message=self.demand,
        )
        text = core_schema.str_schema(strict=True)
        return _within_nullable(handler(source), lambda schema: core_schema.chain_schema([text, shaped, schema]))


@dataclass(frozen=True, slots=True)
class Unique:
    """Refuses an array with two items that are equal as JSON, whatever their types make of them."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _within_nullable(
            handler(source), lambda schema: core_schema.no_info_wrap_validator_function(_distinct, schema)
        )


def _distinct(items: list[object], read: ValidatorFunctionWrapHandler) -> object:
    found = read(items)
    keys = items if all(isinstance(item, str) for item in items) else [_identity(item) for item in items]
    if len(set(keys)) < len(keys):
        raise PydanticCustomError("not_unique", "must not have the same item twice")
    return found


def _identity(value: object) -> object:
    """Return a key that is equal for equal JSON values only: Python takes true for 1, and cannot hash arrays."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, list):
        return ("array", tuple(_identity(item) for item in value))
    if isinstance(value, dict):
        return ("object", frozenset((name, _identity(item)) for name, item in value.items()))
    return value


@dataclass(frozen=True, slots=True)
class MultipleOf:
    """Divides numbers as the decimals that they were written as: a double of 0.0075 is no multiple of 0.0001."""

    step: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _within_nullable(
            handler(source), lambda schema: core_schema.no_info_after_validator_function(self._check, schema)
        )

    def _check(self, value: float) -> float:
        if (Fraction(repr(value)) / Fraction(self.step)).denominator != 1:
            raise PydanticCustomError("wrong_step", "must be a multiple of {step}", {"step": self.step})
        return value


# The flag of a region is a black flag, its name in tag characters, and a tag that ends it (UTS 51, section C.1).
_REGIONAL_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
_TAG = re.compile("[\U000e0000-\U000e007f]")


def is_one_line(text: str) -> bool:
    """Return whether a text that fits the pattern of a line is one: what no pattern says alike in all languages.

    JavaScript without its `u` flag cannot read a class of characters beyond U+FFFF, and Python knows no `\\p{M}`.
    """
    shown = _REGIONAL_FLAG.sub("\U0001f3f4", text)
    return bool(shown) and not (
        _TAG.search(shown)
        or unicodedata.category(shown[0])[0] == "M"
        or (shown[0] > "\uffff" and unicodedata.category(shown[0]) == "Cf")
        or (shown[-1] > "\uffff" and unicodedata.category(shown[-1]) == "Cf")
    )


@dataclass(frozen=True, slots=True)
class VisibleEnds:
    """Checks the part of the format `one-line` that the contract's pattern cannot express."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _within_nullable(
            handler(source), lambda schema: core_schema.no_info_after_validator_function(_checked_line, schema)
        )


def _checked_line(text: str) -> str:
    if not is_one_line(text):
        raise PydanticCustomError("wrong_format", "must begin and end with a visible character")
    return text


@dataclass(frozen=True, slots=True)
class Instant:
    """Reads a text of RFC 3339 as an instant in UTC."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_instant)


# RFC 3339, section 5.7: a leap second ends June or December.
_LEAP_MINUTES = frozenset({(6, 30, 23, 59), (12, 31, 23, 59)})


def _instant(text: str) -> datetime:
    """Return the instant; a leap second, which Python does not know, is the second after it, as PostgreSQL has it."""
    is_leap = text[17:19] == "60"
    try:
        instant = datetime.fromisoformat((f"{text[:17]}59{text[19:]}" if is_leap else text).upper()).astimezone(UTC)
    except ValueError as error:
        raise PydanticCustomError("wrong_format", "must be a time of the calendar") from error
    if not is_leap:
        return instant
    if (instant.month, instant.day, instant.hour, instant.minute) not in _LEAP_MINUTES:
        raise PydanticCustomError("wrong_format", "must be a time of the calendar")
    return instant + timedelta(seconds=1)


# What the contract's own pattern says (rule `years`), in words that fit.
_YEARS = Shape("^[1-8]", "must be between the years 1000 and 8999", code="out_of_range")

Uuid = Annotated[UUID, Shape(grammars.UUID, "must be a UUID, such as 018f3c2e-7a10-7cc1-9f6e-2b1d5a7c9e04")]
Day = Annotated[date, _YEARS, Shape(grammars.DATE, "must be a date, such as 2026-03-31")]
Timestamp = Annotated[
    datetime,
    Instant(),
    _YEARS,
    Shape(grammars.DATE_TIME, "must be an RFC 3339 time with a zone, such as 2026-03-31T09:30:00Z"),
]
EMAIL_SHAPE = Shape(grammars.EMAIL, "must be an e-mail address", grammars.EMAIL_BOUNDS)
URI_SHAPE = Shape(grammars.URI, "must be an absolute URI")
URI_REFERENCE_SHAPE = Shape(grammars.URI_REFERENCE, "must be a URI or a relative reference")
ONE_LINE = VisibleEnds()
