"""Real values for the fuzzer: the catalogue."""

from __future__ import annotations

from tests.fuzz.entries import Fuzzing, lasting_id
from tests.fuzz.pools import Pool
from tests.marketplace.provider_services.fuzz import service_after

_PUBLISHED = Pool("services_published", service_after("submit"), lasting=8)

FUZZING = Fuzzing(
    pools=[_PUBLISHED],
    fills={"getService": [lasting_id(_PUBLISHED, "service_id")]},
    # Price bounds and price sorts need a currency, one parameter because of another.
    rules={"searchServices": {"validation-failed"}, "countServices": {"validation-failed"}},
)
