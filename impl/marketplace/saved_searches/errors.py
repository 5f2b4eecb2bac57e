"""Problems of filters that stand in a body."""

from dataclasses import replace

from impl.kernel.errors import InvalidInput


def in_filters(refusal: InvalidInput) -> InvalidInput:
    """Return the refusal of a query as that of the same filters in a body."""
    errors = [replace(error, parameter=None, pointer=f"/filters/{error.parameter}") for error in refusal.errors]
    return InvalidInput(refusal.detail, errors=errors)
