"""Dates of HTTP headers: the three forms that are read, the one that is written, and the condition that names one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from openapi.runtime.dates import http_date, is_unmodified, parse

AT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


def test_a_date_is_written_in_whole_seconds_of_gmt() -> None:
    there = AT.replace(microsecond=999_999).astimezone(timezone(timedelta(hours=-8)))
    assert http_date(there) == "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    "field", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_all_forms_of_the_standard_are_read(field: str) -> None:
    assert parse(field) == AT


@pytest.mark.parametrize(
    "field",
    [
        "",
        "0",
        "yesterday",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:37 +0100",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
    ],
)
def test_an_invalid_date_is_no_condition(field: str) -> None:
    assert parse(field) is None
    assert not is_unmodified(field, http_date(AT))


def test_a_later_change_is_a_change() -> None:
    dates = [http_date(AT + timedelta(seconds=seconds)) for seconds in (-1, 0, 1)]
    assert [is_unmodified(since, http_date(AT)) for since in dates] == [False, True, True]
    assert not is_unmodified(None, http_date(AT))
    assert not is_unmodified(dates[1], None)
