"""Problems of catalogue queries that a schema cannot express."""

from collections.abc import Sequence

from impl.kernel.errors import InvalidInput
from openapi.runtime.wire import FieldError


def words_needed() -> InvalidInput:
    """Return the refusal of a sort by relevance without words."""
    detail = "Relevance is about a text: say in `q` what to look for, or sort otherwise."
    return InvalidInput(detail, errors=[FieldError("missing", "`sort=relevance` needs a text.", parameter="q")])


def currency_needed(parameters: Sequence[str]) -> InvalidInput:
    """Return the refusal of a comparison of prices without a currency."""
    return InvalidInput(
        "Prices compare within one currency only; name it.",
        errors=[
            FieldError("missing", f"`{', '.join(parameters)}` needs a currency.", parameter="currency"),
        ],
    )


def point_needed(parameter: str) -> InvalidInput:
    """Return the refusal of a distance filter or sort without a point."""
    detail = f"`{parameter}` is about a distance: say with `near` or `place` from where."
    return InvalidInput(detail, errors=[FieldError("missing", detail, parameter="near")])


def two_points() -> InvalidInput:
    """Return the refusal of a point and a place at once."""
    detail = "Give `near` or `place`, not both."
    return InvalidInput(detail, errors=[FieldError("too_many", detail, parameter="place")])


def unknown_place() -> InvalidInput:
    """Return the refusal of a place that is not there."""
    detail = "There is no such place; `GET /places` suggests some."
    return InvalidInput(detail, errors=[FieldError("unknown_place", detail, parameter="place")])
