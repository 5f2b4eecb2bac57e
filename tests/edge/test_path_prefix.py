"""Behind a proxy with a path prefix everything is served below it, whether or not the proxy strips it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from openapi.runtime.yaml_documents import load_mapping
from tests.harness.accounts import Accounts
from tests.harness.client import open_browser
from tests.harness.databases import Databases, Engine
from tests.harness.service import Service, run_service
from tests.harness.settings import CLIENT, REDIRECT_URI
from tests.marketplace.payloads import house

_API = "https://host.test/hestami"


@pytest.fixture(scope="module")
async def below(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Return a service whose address has a path."""
    async with run_service(databases, engine, f"prefix_{worker_id}", api_url=_API) as running:
        yield running


@pytest.fixture(params=["", "/hestami"], ids=["taken away", "left on"])
async def web(below: Service, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that sends what the proxy would."""
    async with open_browser(below.url + request.param) as opened:
        yield opened


async def test_the_contract_names_addresses_below_the_path(web: httpx.AsyncClient) -> None:
    for document in (
        load_mapping((await web.get("/api/v1/openapi.yaml")).content),
        (await web.get("/api/v1/openapi.json")).json(),
    ):
        assert document["servers"][0]["url"] == "/hestami/api/v1"
        flow = document["components"]["securitySchemes"]["password"]["flows"]["password"]
        assert flow["tokenUrl"] == "/hestami/api/v1/auth/login"
        assert flow["refreshUrl"] == "/hestami/api/v1/auth/refresh"


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/problems", "/problems/not-found", "/verify-email"])
async def test_pages_lead_to_nothing_outside_the_path(web: httpx.AsyncClient, path: str) -> None:
    page = await web.get(path)
    assert page.status_code == 200
    assert '="/' not in page.text
    for name in ("docs.js", "redoc.js", "links.js"):
        assert '"/api' not in (await web.get(f"/docs/assets/{name}")).text


async def test_metadata_and_index_name_addresses_below_the_path(web: httpx.AsyncClient) -> None:
    metadata = (await web.get("/.well-known/oauth-authorization-server")).json()
    places = (await web.get("/")).json()
    assert metadata["issuer"] == _API
    for name, place in (metadata | places).items():
        if name.endswith(("_endpoint", "_uri")) or name in {"api", "documentation", "problems"}:
            assert place.startswith(f"{_API}/"), name


async def test_a_location_and_an_instance_stand_below_the_path(below: Service, web: httpx.AsyncClient) -> None:
    accounts = Accounts(below)
    person = await accounts.make()
    await accounts.close()
    headers = {"Authorization": f"Bearer {person.access_token}"}
    made = await web.post("/api/v1/homeowners/properties", json=house(), headers=headers)
    assert made.status_code == 201
    assert made.headers["location"] == f"/hestami/api/v1/homeowners/properties/{made.json()['id']}"
    assert (await web.get("/api/v1/nowhere")).json()["instance"] == "/hestami/api/v1/nowhere"


async def test_a_sign_in_at_a_provider_begins_and_comes_back_below_the_path(web: httpx.AsyncClient) -> None:
    asked = {
        "provider": "google",
        "client": CLIENT,
        "redirect_uri": REDIRECT_URI,
        "state": "s" * 32,
        "code_challenge": "c" * 43,
    }
    answer = await web.post("/api/v1/auth/authorize", json=asked)
    start = answer.json()["start_url"]
    assert start.startswith(f"{_API}/api/v1/auth/start/"), answer.text
    sent = await web.get(start.removeprefix(_API))
    redirect_uri = httpx.URL(sent.headers["location"]).params["redirect_uri"]
    assert redirect_uri == f"{_API}/api/v1/auth/callback/google"
