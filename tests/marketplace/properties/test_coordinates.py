"""Rules for whether a property's coordinates are its owner's or have to be found."""

from __future__ import annotations

from typing import Any

import pytest

from impl.marketplace.properties.service import gives_coordinates, is_to_locate

_ADDRESS = {"line1": "Main Street 1", "city": "Nowhere", "region": None, "postal_code": None, "country": "US"}


def _row(latitude: float | None, longitude: float | None, *, approximate: bool) -> Any:  # noqa: ANN401 - part of a row
    return {**_ADDRESS, "latitude": latitude, "longitude": longitude, "coordinates_approximate": approximate}


def _changes(**changes: object) -> Any:  # noqa: ANN401 - values of any column
    return changes


APPROXIMATE = _row(45.5, -122.6, approximate=True)
GIVEN = _row(45.5, -122.6, approximate=False)
NOWHERE = _row(None, None, approximate=False)


@pytest.mark.parametrize(
    ("row", "latitude", "longitude", "is_given"),
    [
        (APPROXIMATE, 45.5, -122.6, False),
        (APPROXIMATE, 45.6, -122.6, True),
        (APPROXIMATE, 45.4, -122.6, True),
        (APPROXIMATE, 45.5, -122.5, True),
        (APPROXIMATE, 45.5, -122.7, True),
        (APPROXIMATE, None, None, False),
        (APPROXIMATE, 45.6, None, False),
        (APPROXIMATE, None, -122.6, False),
        (GIVEN, 45.5, -122.6, True),
        (NOWHERE, 45.5, -122.6, True),
        (NOWHERE, None, None, False),
    ],
)
def test_approximate_coordinates_that_are_sent_back_stay_approximate(
    row: Any,  # noqa: ANN401 - part of a row
    latitude: float | None,
    longitude: float | None,
    is_given: bool,
) -> None:
    assert gives_coordinates(row, _changes(latitude=latitude, longitude=longitude)) is is_given
    assert not gives_coordinates(row, _changes(label="Home"))


@pytest.mark.parametrize("name", _ADDRESS)
def test_a_new_address_is_located_unless_the_owner_has_said_where_it_is(name: str) -> None:
    moved, same = _changes(**{name: "elsewhere"}), _changes(**{name: _ADDRESS[name]})
    for row in (APPROXIMATE, NOWHERE):
        assert is_to_locate(row, moved)
        assert not is_to_locate(row, same)
    assert not is_to_locate(GIVEN, moved)


@pytest.mark.parametrize("row", [APPROXIMATE, GIVEN, NOWHERE])
def test_coordinates_that_are_taken_back_are_found_and_given_ones_are_not(row: Any) -> None:  # noqa: ANN401 - part of a row
    assert is_to_locate(row, _changes(latitude=None, longitude=None))
    assert not is_to_locate(row, _changes(latitude=1.0, longitude=2.0, city="elsewhere"))
    assert not is_to_locate(row, _changes(label="Home"))
