"""What JSON Schema says of values and Pydantic would read more generously, as annotations of the models."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, ClassVar, Self, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


class Closed(BaseModel):
    """A request object: names that the contract does not list are refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Patch(Closed):
    """A request object that must have at least so many properties."""

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
    """May be absent, but not null: absent keeps the default None, null is refused at no cost."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        if schema["type"] == "nullable":
            return cast("core_schema.NullableSchema", schema)["schema"]
        return schema


@dataclass(frozen=True, slots=True)
class Patterns:
    """Every pattern must be found in the text, before its type reads it."""

    patterns: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        texts = [core_schema.str_schema(pattern=pattern, strict=True) for pattern in self.patterns]
        return _within_nullable(handler(source), lambda schema: core_schema.chain_schema([*texts, schema]))


@dataclass(frozen=True, slots=True)
class Shape:
    """Text of one shape, whose failure is told in the words of `demand`.

    `bounds` is a second pattern, for lengths of parts: the engine has no look-ahead to say both in one.
    """

    pattern: str
    demand: str
    bounds: str = ""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        patterns = [core_schema.str_schema(pattern=pattern) for pattern in (self.pattern, self.bounds) if pattern]
        shaped = core_schema.custom_error_schema(
            core_schema.chain_schema([*patterns]),
            custom_error_type="wrong_format",
            custom_error_message=self.demand,
        )
        text = core_schema.str_schema(strict=True)
        return _within_nullable(handler(source), lambda schema: core_schema.chain_schema([text, shaped, schema]))


@dataclass(frozen=True, slots=True)
class Unique:
    """An array without equal items."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _within_nullable(
            handler(source), lambda schema: core_schema.no_info_after_validator_function(_distinct, schema)
        )


def _distinct[T](items: list[T]) -> list[T]:
    if any(item in items[:index] for index, item in enumerate(items)):
        raise PydanticCustomError("not_unique", "must not have the same item twice")
    return items


@dataclass(frozen=True, slots=True)
class WithinYears:
    """Databases keep no instant whose UTC form leaves the years 1 to 9999."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_in_utc, handler(source))


def _in_utc(value: datetime) -> datetime:
    try:
        instant = value.astimezone(UTC)
    except OverflowError as error:
        raise PydanticCustomError("out_of_range", "must be between the years 1 and 9999") from error
    if not 1 < instant.year < 9999:
        raise PydanticCustomError("out_of_range", "must be between the years 1 and 9999")
    return instant


_DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{1,9})?"
_ZONE = r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_URI_CHARACTER = r"(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=\[\]-]|%[0-9A-Fa-f]{2})"

UUID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
DATE_PATTERN = rf"^{_DAY}$"
TIMESTAMP_PATTERN = rf"^{_DAY}[Tt]{_TIME}{_ZONE}$"
EMAIL_PATTERN = rf"^{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+$"
# RFC 5321, section 4.5.3.1: 64 octets before the at sign, 255 after it.
EMAIL_BOUNDS = r"^[^@]{1,64}@[^@]{1,255}$"
URI_PATTERN = rf"^[A-Za-z][A-Za-z0-9+.-]*:{_URI_CHARACTER}+$"

Uuid = Annotated[UUID, Shape(UUID_PATTERN, "must be a UUID, such as 018f3c2e-7a10-7cc1-9f6e-2b1d5a7c9e04")]
Day = Annotated[date, Shape(DATE_PATTERN, "must be a date, such as 2026-03-31")]
Timestamp = Annotated[
    datetime,
    Shape(TIMESTAMP_PATTERN, "must be an RFC 3339 time with a zone, such as 2026-03-31T09:30:00Z"),
    WithinYears(),
]
EMAIL_SHAPE = Shape(EMAIL_PATTERN, "must be an e-mail address", EMAIL_BOUNDS)
URI_SHAPE = Shape(URI_PATTERN, "must be an absolute URI")
