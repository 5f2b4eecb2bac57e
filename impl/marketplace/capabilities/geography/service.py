"""Service of geography: public areas as vectors, compared by distance without trigonometry in SQL.

The square of the chord between two points of the unit sphere grows with their distance and needs sums and products
only. So both engines order by it alike, and neither the date line nor a pole is a special case.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Double, Integer, and_, bindparam, type_coerce
from sqlalchemy.orm import InstrumentedAttribute
from typing_extensions import TypedDict

# Mean radius of the Earth (IUGG), in kilometres.
EARTH_KM: Final = 6371.0088
RADIUS_MAX_KM: Final = 300

# Size of a public area: one kilometre in degrees of latitude. The grid is the same for all, so that an area does not
# reveal where in it the house is.
_AREA: Final = 1 / 111.32
# Rows of areas from the equator to a pole; the last one ends 200 m early.
_AREA_ROWS: Final = math.ceil(90 / _AREA)

# Cells of the index, in degrees of latitude (about 55 km): one table holds up to a few hundred of them for a search.
_CELL: Final = 0.5
_ROWS: Final = 360
_ROW_FACTOR: Final = 1000
# Numbers of cells that a statement is written for, so that few texts of it are prepared.
_SIZES: Final = (4, 16, 64, 256)
_NO_CELL: Final = -1
_SLACK: Final = 1e-9

type Point = tuple[float, float]
"""Latitude and longitude in degrees (WGS 84)."""
type Column = InstrumentedAttribute[float | None]


class AreaColumns(TypedDict):
    """Columns of a public area; all NULL while the place is unknown."""

    area_x: float | None
    area_y: float | None
    area_z: float | None
    area_cell: int | None


class NearBinds(TypedDict):
    """Bind values of `distance` and `within`."""

    near_x: float
    near_y: float
    near_z: float
    near_reach: float
    near_cells: list[int]


@dataclass(frozen=True, slots=True)
class Nearby:
    """Circle around a point; with `include_remote`, also providers who do not come that far."""

    point: Point
    radius_km: float = RADIUS_MAX_KM
    include_remote: bool = False

    def binds(self) -> NearBinds:
        """Return the bind values of `distance` and `within`."""
        x, y, z = vector(self.point)
        cells = cells_within(self.point, self.radius_km)
        size = _SIZES[bisect_left(_SIZES, len(cells))]
        return {
            "near_x": x,
            "near_y": y,
            "near_z": z,
            "near_reach": reach(self.radius_km),
            "near_cells": [*cells, *[_NO_CELL] * (size - len(cells))],
        }


def point_of(text: str) -> Point:
    """Read a point as queries have it: degrees north and degrees east with a comma between them."""
    latitude, _, longitude = text.partition(",")
    return float(latitude), float(longitude)


def coarse_area(latitude: float, longitude: float) -> Point:
    """Return the centre of the cell of about 1 km x 1 km that holds the point, in degrees (WGS 84).

    What a row has left beside 180 degrees belongs to its last cell: as a cell of its own it could be a few metres wide,
    and tell where the house in it is. Such a last cell is up to 2 km wide. At a pole a cell is half a disc.
    """
    row = max(-_AREA_ROWS, min(_AREA_ROWS - 1, math.floor(latitude / _AREA)))
    middle = (row + 0.5) * _AREA
    # Wider in degrees towards the poles, where meridians converge; otherwise a cell would be a few metres wide in the
    # far north.
    width = _AREA / math.cos(math.radians(middle))
    cells = max(1, math.floor(180 / width))
    # Not the floor of the quotient: that of the smallest negative numbers is zero.
    column = int(max(-cells, min(cells - 1, longitude // width)))
    west = -180.0 if column == -cells else column * width
    east = 180.0 if column == cells - 1 else (column + 1) * width
    return round(middle, 6), round((west + east) / 2, 6)


def area_columns(point: Point | None) -> AreaColumns:
    """Return the columns of the public area that holds the point: nothing in them tells where in it the point is."""
    if point is None:
        return {"area_x": None, "area_y": None, "area_z": None, "area_cell": None}
    area = coarse_area(*point)
    x, y, z = vector(area)
    return {"area_x": x, "area_y": y, "area_z": z, "area_cell": cell_of(area)}


def vector(point: Point) -> tuple[float, float, float]:
    """Return the point on the unit sphere."""
    latitude, longitude = map(math.radians, point)
    flat = math.cos(latitude)
    return flat * math.cos(longitude), flat * math.sin(longitude), math.sin(latitude)


def reach(km: float) -> float:
    """Return the square of the chord that spans a distance."""
    return (2 * math.sin(km / EARTH_KM / 2)) ** 2


def kilometres(nearness: float) -> float:
    """Return the distance that the square of a chord stands for, to a tenth: the areas tell no more."""
    return round(2 * EARTH_KM * math.asin(min(1.0, math.sqrt(nearness) / 2)), 1)


def distance(x: Column, y: Column, z: Column) -> ColumnElement[float]:
    """Return the square of the chord between a row's area and the point bound as `near_x`, `near_y` and `near_z`."""
    dx, dy, dz = (
        column - bindparam(f"near_{axis}", type_=Double) for axis, column in zip("xyz", (x, y, z), strict=True)
    )
    return type_coerce(dx * dx + dy * dy + dz * dz, Double)


def within(cell: InstrumentedAttribute[int | None], nearness: ColumnElement[float]) -> ColumnElement[bool]:
    """Match rows within the circle: those of the cells that it touches, by their index, and then by distance."""
    cells = bindparam("near_cells", type_=Integer, expanding=True)
    return and_(cell.in_(cells), nearness <= bindparam("near_reach", type_=Double))


def cell_of(point: Point) -> int:
    """Return the cell of the index that holds the point; 180 degrees east and west are one meridian."""
    latitude, longitude = point
    row = min(_ROWS - 1, int((latitude + 90) / _CELL))
    columns = _columns(row)
    return row * _ROW_FACTOR + int((longitude + 180) / 360 * columns) % columns


def cells_within(point: Point, radius_km: float) -> list[int]:
    """Return the cells that a circle touches, and hardly any other."""
    latitude = point[0]
    spread = math.degrees(radius_km / EARTH_KM) + _SLACK
    first = max(0, math.floor((latitude - spread + 90) / _CELL))
    last = min(_ROWS - 1, math.floor((latitude + spread + 90) / _CELL))
    return [row * _ROW_FACTOR + column for row in range(first, last + 1) for column in _touched(row, point, spread)]


def _touched(row: int, point: Point, spread: float) -> list[int]:
    columns = _columns(row)
    width = _half_width(row, point[0], spread)
    begin, end = (math.floor((point[1] + side * width + 180) / 360 * columns + side * _SLACK) for side in (-1, 1))
    return list(range(columns)) if end - begin + 1 >= columns else [i % columns for i in range(begin, end + 1)]


def _half_width(row: int, latitude: float, spread: float) -> float:
    """Return how far east and west a circle goes within a row, in degrees.

    It is widest where its tangents are meridians, and narrows from there to both ends.
    """
    south, north = (math.radians(row * _CELL - 90 + side * _CELL) for side in (0, 1))
    centre, radius = math.radians(latitude), math.radians(spread)
    sine = math.sin(centre) / math.cos(radius)
    widest = math.asin(max(-1.0, min(1.0, sine)))
    return max(_longitudes(at, centre, radius) for at in (south, north, min(max(widest, south), north)))


def _longitudes(at: float, centre: float, radius: float) -> float:
    flat = math.cos(at) * math.cos(centre)
    rest = math.cos(radius) - math.sin(at) * math.sin(centre)
    if flat <= _SLACK:
        # At a pole every meridian is as near as any other.
        return 180.0
    return math.degrees(math.acos(max(-1.0, min(1.0, rest / flat))))


def _columns(row: int) -> int:
    """Return the number of cells around the globe in a row, so that none is wider than high."""
    middle = math.radians((row + 0.5) * _CELL - 90)
    return max(1, math.ceil(2 * _ROWS * math.cos(middle)))
