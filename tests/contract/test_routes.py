"""The program serves exactly the contract, and the few other routes that are named here."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.routing import Route

from generated.policies import OPERATIONS as GENERATED
from impl.app import create_app
from impl.identity.capabilities.mails.service import MAILED_PATHS
from impl.marketplace.capabilities.notice_mails.service import UNSUBSCRIBE_PAGE
from openapi.runtime.routing import SegmentTree
from openapi.runtime.wire import Operation as Policy
from tests.contract.contract_operations import (
    CONTRACT,
    OPERATIONS,
    errors_of,
    is_open,
    is_public,
    needs,
    responses,
)
from tests.harness.client import open_browser
from tests.harness.contract import Operation
from tests.harness.databases import ROOT
from tests.harness.service import Service

# What others look for below /.well-known, the contract itself, its pages, the page of each problem type, in development
# the target of mailed links, and what crawlers look for.
_BESIDE = {
    ("GET", "/"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/.well-known/security.txt"),
    ("GET", "/api/v1/openapi.yaml"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/docs"),
    ("GET", "/docs/assets/{name}"),
    ("GET", "/redoc"),
    ("GET", "/redoc/logo-mini.svg"),
    ("GET", "/media/{content_hash}/{name}"),
    ("GET", "/problems"),
    ("GET", "/problems/{slug}"),
    ("GET", "/robots.txt"),
    ("GET", "/sitemap.xml"),
    ("GET", "/sitemaps/{name}.xml"),
    *(("GET", path) for path in (*MAILED_PATHS, UNSUBSCRIBE_PAGE)),
}
_FILE = ROOT / "openapi" / "hestami.yaml"


def _listed() -> set[tuple[str, str]]:
    return {(operation.method, CONTRACT.prefix + operation.path) for operation in OPERATIONS}


def _served(service: Service) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return what the program routes: operations, and what stands beside them."""
    operations: set[tuple[str, str]] = set()
    beside: set[tuple[str, str]] = set()
    for route in create_app(service.settings, service.services).router.routes:
        if isinstance(route, SegmentTree):
            operations |= {(found.operation.method, found.operation.path) for found in route.routes}
        else:
            assert isinstance(route, Route), f"{route!r} is of no kind that is known here"
            beside |= {(method, route.path) for method in (route.methods or set()) - {"HEAD"}}
    return operations, beside


def test_routes_are_the_contract(service: Service) -> None:
    operations, _ = _served(service)
    assert operations == _listed()


def test_nothing_else_is_served_but_what_is_named(service: Service) -> None:
    _, beside = _served(service)
    assert beside == _BESIDE


def test_the_generated_policies_are_the_contracts() -> None:
    generated = {found.id: found for found in GENERATED}
    assert set(generated) == {operation.id for operation in OPERATIONS}
    for operation in OPERATIONS:
        assert _generated(generated[operation.id]) == _in_the_contract(operation), operation.id


def _generated(policy: Policy) -> dict[str, object]:
    return {
        "place": (policy.method, policy.path),
        "tags": [policy.tag],
        "public": policy.public,
        "permissions": set(policy.permissions),
        "rate limit": policy.rate_limit.name,
        "idempotent": policy.idempotent,
        "audit": policy.audit,
        "open parameters": policy.open_parameters,
        "errors": policy.errors,
        "statuses": set(policy.statuses),
        "cache": policy.cache
        and {
            "scope": policy.cache.scope,
            "max_age": policy.cache.max_age,
            **({} if policy.cache.shared else {"shared": False}),
        },
    }


def _in_the_contract(operation: Operation) -> dict[str, object]:
    raw: dict[str, Any] = dict(operation.raw)
    return {
        "place": (operation.method, CONTRACT.prefix + operation.path),
        "tags": raw["tags"],
        "public": is_public(operation),
        "permissions": needs(operation),
        "rate limit": raw["x-rate-limit"],
        "idempotent": raw.get("x-idempotent", False),
        "audit": raw.get("x-audit"),
        "open parameters": is_open(operation),
        "errors": errors_of(operation),
        "statuses": set(responses(operation)),
        "cache": raw.get("x-cache"),
    }


async def test_the_served_yaml_is_the_file(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.yaml")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/yaml")
    assert answer.content == _FILE.read_bytes()


async def test_the_served_json_says_the_same(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json() == CONTRACT.document


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
async def test_health_stands_at_the_root_too(service: Service, path: str) -> None:
    async with open_browser(service.url) as client:
        answer = await client.get(path)
        same = await client.get(CONTRACT.prefix + path)
        assert (answer.status_code, answer.json()) == (200, same.json()), answer.text


@pytest.mark.parametrize("path", ["/api", "/api/v1", "/api/v1/", "/users/me", "/api/v1//users/me", "/api/v2/users/me"])
async def test_no_route_is_404(service: Service, path: str) -> None:
    async with open_browser(service.url) as client:
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json"), answer.text
