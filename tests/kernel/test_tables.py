"""Types of columns mean the same on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from impl.kernel.tables import Json, UtcDateTime, enum_column

_DIALECTS = {"postgresql": postgresql.dialect(), "sqlite": sqlite.dialect()}  # type: ignore[no-untyped-call]  # SQLAlchemy's own


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


def test_an_enum_is_a_text_that_a_check_bounds() -> None:
    kind = enum_column(Colour)
    assert (kind.name, kind.enums, kind.length) == ("colour", ["red", "green"], 32)
    assert (kind.native_enum, kind.create_constraint, kind.validate_strings) == (False, True, True)
    assert enum_column(Colour, name="other_colour").name == "other_colour"


@pytest.mark.parametrize("engine", _DIALECTS)
def test_no_value_is_null_and_no_json_of_it(engine: str) -> None:
    kind: Any = Json.dialect_impl(_DIALECTS[engine])
    assert kind.none_as_null


def test_an_instant_is_stored_in_utc_and_needs_its_zone() -> None:
    kind: Any = UtcDateTime()
    assert kind.impl_instance.timezone
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    elsewhere = noon.astimezone(timezone(timedelta(hours=5)))
    for engine, stored in (("postgresql", noon), ("sqlite", noon.replace(tzinfo=None))):
        dialect = _DIALECTS[engine]
        assert kind.process_bind_param(elsewhere, dialect) == stored
        assert kind.process_bind_param(None, dialect) is None
        assert kind.process_result_value(stored, dialect) == noon
        assert kind.process_result_value(None, dialect) is None
        with pytest.raises(ValueError, match="needs its time zone"):
            kind.process_bind_param(noon.replace(tzinfo=None), dialect)
