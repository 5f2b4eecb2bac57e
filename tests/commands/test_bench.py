"""The baselines of `make bench` answer with the members that the contract lists, so that like work is compared."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from bench.values import scope_of
from impl.marketplace.catalogue.handlers import cursor_scope
from impl.marketplace.catalogue.tables import CatalogueSort, Filters
from tests.contract.contract_operations import CONTRACT

_ID, _NOW = UUID(int=7), datetime(2026, 2, 1, 9, tzinfo=UTC)
_PHOTO = (_ID, None, 640, 480, "LEHV6nWB2yk8pyo0adR*.7kCMdnj", "0" * 32)
_SERVICE = (
    *(
        _ID,
        _ID,
        "rose-city",
        "Rose City",
        None,
        40,
        47,
        3,
        "Portland",
        45.5234,
        -122.6762,
        True,
        _ID,
        "plumbing",
        "Plumbing",
        "Taps",
        "All taps.",
    ),
    *("PER_UNIT", 100, "USD", "tap", None, "[]", _NOW, _NOW, *_PHOTO),
)
_ACCOUNT = (_ID, "ann@example.test", None, "Ann", None, "en-US", "ACTIVE", True, _NOW, _NOW, 1, "HOMEOWNER")
_ADDRESS = {"line1": "1421 SE Alder Street", "city": "Portland", "country": "US"}
_PROPERTY = {
    "label": "Home",
    "type": "SINGLE_FAMILY_HOME",
    "address": _ADDRESS,
    "coordinates": {"latitude": 45.5, "longitude": -122.6},
}


@pytest.fixture
def baselines(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """Return both baselines, which read the environment of the service that they stand beside."""
    given = {
        "JWT_KEYS": json.dumps({"bench": {"key": "k" * 43}}),
        "JWT_ACTIVE_KID": "bench",
        "SECRET_KEY": "s" * 43,
        "API_URL": "https://api.example.test",
        "DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:9/nothing",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return {name: importlib.import_module(f"bench.{name}") for name in ("limit", "idiomatic")}


def _members(name: str) -> set[str]:
    document: Any = CONTRACT.document
    return set(document["components"]["schemas"][name]["required"])


def test_the_baselines_answer_with_the_members_of_the_contract(baselines: dict[str, ModuleType]) -> None:
    limit, idiomatic = baselines["limit"], baselines["idiomatic"]
    page: Any = json.loads(limit.page([_SERVICE], "null"))
    (service,) = page["items"]
    written = {
        "CatalogueServicePage": page,
        "CatalogueService": service,
        "ProviderSummary": service["provider"],
        "CategorySummary": service["category"],
        "PublicPhoto": service["photo"],
        "PhotoFiles": service["photo"]["files"],
        "Account": json.loads(limit.account(_ACCOUNT)),
        "Property": json.loads(limit.added(_ID, _PROPERTY, _NOW)),
    }
    assert {name: set(value) for name, value in written.items()} == {name: _members(name) for name in written}
    declared = {
        "CatalogueServicePage": idiomatic.ServicePage,
        "CatalogueService": idiomatic.CatalogueService,
        "ProviderSummary": idiomatic.ProviderSummary,
        "CategorySummary": idiomatic.CategorySummary,
        "PublicPhoto": idiomatic.PublicPhoto,
        "PhotoFiles": idiomatic.PhotoFiles,
        "Account": idiomatic.Account,
        "Property": idiomatic.PropertyRead,
    }
    fields = {name: set(model.model_fields) for name, model in declared.items()}
    assert fields == {name: _members(name) for name in declared}


def test_the_cursors_of_the_baselines_are_those_of_the_service() -> None:
    filters = Filters(category="plumbing", currency="USD", max_price=5000)
    scope = cursor_scope(CatalogueSort.CHEAPEST, filters, verbatim=False)
    assert scope_of("plumbing", "USD", 5000) == scope
