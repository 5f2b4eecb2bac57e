"""Points and countries on the wire."""

from typing import Final

from generated import models, replies

COUNTRIES: Final = {code.value: code for code in models.CountryCode}


def coordinates_to_wire(latitude: float | None, longitude: float | None) -> replies.Coordinates | None:
    """Return the point; None unless both columns have a value."""
    return None if latitude is None or longitude is None else {"latitude": latitude, "longitude": longitude}
