"""What the catalogue refuses beyond what a schema can say."""

from collections.abc import Sequence

from impl.kernel.errors import FieldError, InvalidInput


def currency_needed(parameters: Sequence[str]) -> InvalidInput:
    """Prices compare within one currency only."""
    return InvalidInput(
        "Prices compare within one currency only; name it.",
        errors=[
            FieldError("missing", f"`{', '.join(parameters)}` needs a currency.", parameter="currency"),
        ],
    )
