"""Refusals of catalogue queries that a schema cannot express."""

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
