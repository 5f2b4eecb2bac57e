"""Values of the service that both baselines share."""

from typing import Final

from generated import models
from impl.marketplace.capabilities.pictures.service import MEDIA_PATH

CURRENCIES: Final = frozenset(code.value for code in models.CurrencyCode)
KINDS: Final = frozenset(kind.value for kind in models.PropertyType)
MEDIA: Final = f"https://api.hestami.test{MEDIA_PATH}"
SORT: Final = models.CatalogueSort.PRICE.value


def scope_of(category: str, currency: str, most: int) -> str:
    """Return what a cursor is bound to, as the service writes it, so that baselines answer the same bytes."""
    filters = {"category": category, "currency": currency, "max_price": most}
    return f"searchServices {SORT} False {sorted(filters.items())}"
