"""Orders and rows of the public areas of properties, which are columns of their table."""

from enum import StrEnum
from typing import Annotated, TypedDict
from uuid import UUID

from impl.kernel.rows import NEVER_NULL


class PropertyAreaSort(StrEnum):
    NEWEST = "-created_at"
    NEAREST = "distance"


class AreaRow(TypedDict):
    """Part of a property that others may see: nothing here tells where in its cell it is."""

    id: UUID
    type: str
    area_latitude: Annotated[float, NEVER_NULL]
    area_longitude: Annotated[float, NEVER_NULL]
    coordinates_approximate: bool
    # Square of the chord from the cell's centre to the point that was asked about; None when none was.
    nearness: float | None
