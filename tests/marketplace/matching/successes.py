"""Successful requests to the operation that proposes providers."""

from __future__ import annotations

from tests.contract.entries import Entries
from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage
from tests.marketplace.catalogue.categories import category
from tests.marketplace.properties.successes import property_of

# It proposes, and changes nothing.
CHANGES_NO_ETAG = {"matchProviders"}


async def _for_a_property(stage: Stage, _: Body) -> Ready:
    owner = await stage.shared("HOMEOWNER")
    body = {"property_id": await property_of(stage, owner), "category_id": await category(stage)}
    return Ready(by=owner, body=body)


SUCCESSES: Entries = {"matchProviders": _for_a_property}
