"""Geography: the cells that a circle touches hold every point within it, wherever on Earth it lies."""

from __future__ import annotations

import math

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from impl.marketplace.capabilities.geography.service import (
    EARTH_KM,
    RADIUS_MAX_KM,
    Nearby,
    Point,
    area_columns,
    cell_of,
    cells_within,
    coarse_area,
    kilometres,
    point_of,
    reach,
    vector,
)

POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
RADII = st.floats(1, RADIUS_MAX_KM)


def great_circle(one: Point, other: Point) -> float:
    """Return the distance in kilometres, by the haversine formula."""
    (a, b), (c, d) = ([math.radians(part) for part in point] for point in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def nearness(one: Point, other: Point) -> float:
    return sum((a - b) ** 2 for a, b in zip(vector(one), vector(other), strict=True))


def towards(point: Point, bearing: float, km: float) -> Point:
    """Return where somebody arrives who sets out at a bearing, in radians, and goes straight on."""
    latitude, longitude = map(math.radians, point)
    angle = km / EARTH_KM
    sine = math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(bearing)
    there = math.asin(max(-1.0, min(1.0, sine)))
    turned = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(latitude),
        math.cos(angle) - math.sin(latitude) * math.sin(there),
    )
    return math.degrees(there), (math.degrees(longitude + turned) + 540) % 360 - 180


@settings(deadline=None)
@given(POINTS, RADII, st.floats(0, 2 * math.pi), st.floats(0, 1))
@example((0.0, 180.0), 10.0, math.pi / 2, 0.5)
@example((-17.0, -180.0), 50.0, -math.pi / 2, 1.0)
@example((89.99, 10.0), 300.0, 0.0, 0.9)
@example((-90.0, 0.0), 1.0, 0.0, 1.0)
def test_every_point_within_a_circle_is_in_a_cell_that_it_touches(
    centre: Point, radius: float, bearing: float, part: float
) -> None:
    point = towards(centre, bearing, radius * part)
    assume(great_circle(centre, point) <= radius)

    assert cell_of(point) in cells_within(centre, radius)


@settings(deadline=None)
@given(POINTS, RADII)
@example((87.31, 0.0), 300.0)
@example((-84.0, 179.9), 300.0)
def test_a_circle_never_touches_more_cells_than_a_statement_is_written_for(centre: Point, radius: float) -> None:
    cells = cells_within(centre, radius)

    assert len(set(cells)) == len(cells)
    assert Nearby(centre, radius).binds()["near_cells"]


@settings(deadline=None)
@given(POINTS, POINTS)
def test_the_chord_says_what_the_haversine_formula_says(one: Point, other: Point) -> None:
    assert math.isclose(kilometres(nearness(one, other)), great_circle(one, other), abs_tol=0.1, rel_tol=1e-6)


@settings(deadline=None)
@given(POINTS, POINTS, st.floats(0.5, RADIUS_MAX_KM))
def test_a_point_is_within_reach_where_its_distance_is_within_the_radius(
    one: Point, other: Point, radius: float
) -> None:
    km = great_circle(one, other)
    assume(abs(km - radius) > 1e-3)

    assert (nearness(one, other) <= reach(radius)) is (km < radius)


@settings(deadline=None)
@given(st.floats(-89.98, 89.98), st.one_of(st.floats(-180, 180), st.floats(179.9, 180), st.floats(-180, -179.9)))
@example(-21.5, 179.999)
@example(64.3, -179.9999)
@example(89.97, 179.9)
def test_no_cell_is_narrower_than_a_kilometre_beside_180_degrees_either(latitude: float, longitude: float) -> None:
    centre = coarse_area(latitude, longitude)
    side = 0.499 / (111.32 * math.cos(math.radians(centre[0])))

    for edge in (centre[1] - side, centre[1] + side):
        assert abs(edge) <= 180
        assert coarse_area(centre[0], edge) == centre


@settings(deadline=None)
@given(st.floats(89.993, 90), st.floats(-180, 180), st.sampled_from((-1, 1)))
@example(90.0, 180.0, 1)
@example(90.0, -180.0, -1)
@example(90.0, -5e-324, 1)
def test_at_a_pole_an_area_is_half_a_disc(latitude: float, longitude: float, side: int) -> None:
    area = coarse_area(side * latitude, longitude)

    assert area[1] == (90 if longitude >= 0 else -90)
    assert great_circle(area, (side * 90.0, 0.0)) < 0.5


@settings(deadline=None)
@given(st.floats(-89, 89), st.floats(-179.9, 179.9))
def test_a_public_area_is_within_a_kilometre_and_tells_no_more_than_itself(latitude: float, longitude: float) -> None:
    area = coarse_area(latitude, longitude)

    assert great_circle(area, (latitude, longitude)) <= math.hypot(0.51, 0.51)
    assert area_columns((latitude, longitude)) == area_columns(area)


# Rows keep the number of their cell, and a request asks for numbers: neither may ever be another one for a place.
PLACES: dict[Point, tuple[int, Point]] = {
    (0.0, 0.0): (180360, (0.004492, 0.004492)),
    (-0.25, -0.25): (179359, (-0.247036, -0.247038)),
    (47.3769, 8.5417): (274256, (47.37244, 8.535701)),
    (-33.8688, 151.2093): (112551, (-33.870823, 151.214062)),
    (64.1466, -21.9426): (308137, (64.143909, -21.947343)),
    (78.2232, 15.6267): (336079, (78.220446, 15.643141)),
    (12.5, 180.0): (205000, (12.5, 179.992506)),
    (12.5, -180.0): (205000, (12.5, -179.992506)),
    (90.0, 0.0): (359002, (89.997305, 90.0)),
    (-90.0, -180.0): (0, (-89.997305, -90.0)),
}
CIRCLES: dict[tuple[Point, float], list[int]] = {
    ((-33.8688, 151.2093), 1): [112551],
    ((47.3769, 8.5417), 30): [274255, 274256, 275253, 275254],
    ((0.0, 180.0), 20): [179719, 179000, 180719, 180000],
    ((89.9, 0.0), 25): [359000, 359001, 359002, 359003],
    ((64.1466, -21.9426), 60): [307139, 307140, 307141, 308136, 308137, 308138, 309134, 309135, 309136],
}


def test_what_is_stored_of_a_place_stays_the_same() -> None:
    assert {place: (cell_of(place), coarse_area(*place)) for place in PLACES} == PLACES
    assert {circle: cells_within(*circle) for circle in CIRCLES} == CIRCLES
    assert area_columns(None) == {"area_x": None, "area_y": None, "area_z": None, "area_cell": None}
    assert area_columns((0.0, 90.0))["area_cell"] == 180539
    assert point_of("47.5,-8.25") == (47.5, -8.25)


def test_a_circle_is_asked_for_with_one_of_few_numbers_of_cells() -> None:
    binds = Nearby((47.3769, 8.5417), 30).binds()
    assert binds["near_cells"] == [274255, 274256, 275253, 275254]
    assert math.isclose(binds["near_reach"], (30 / EARTH_KM) ** 2, rel_tol=1e-5)
    several = Nearby((64.1466, -21.9426), 60).binds()["near_cells"]
    assert several[9:] == [-1] * 7
