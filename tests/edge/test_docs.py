"""The contract and its documentation pages are served by ourselves, under a policy of their own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from impl.identity.capabilities.mails.service import MAILED_PATHS
from tests.harness.client import open_browser
from tests.harness.databases import Databases
from tests.harness.service import Service, run_service

_ROOT = Path(__file__).parents[2]
_CONTRACT = _ROOT / "openapi" / "hestami.yaml"
_LINK = re.compile(r'(?:src|href)="([^"]+)"')


@pytest.fixture
async def web(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with open_browser(service.url) as opened:
        yield opened


def _as_json(value: object) -> object:
    """Return what YAML reads as a date as the text that JSON has for it."""
    match value:
        case dict():
            return {str(name): _as_json(member) for name, member in value.items()}
        case list():
            return [_as_json(member) for member in value]
        case str() | int() | float() | bool() | None:
            return value
        case _:
            return "a time"


def _like(served: Any, read: Any) -> bool:  # noqa: ANN401 - JSON
    if read == "a time":
        return isinstance(served, str)
    if isinstance(read, dict):
        return served.keys() == read.keys() and all(_like(served[name], read[name]) for name in read)
    if isinstance(read, list):
        return len(served) == len(read) and all(map(_like, served, read))
    return bool(served == read) and isinstance(served, type(read))


async def test_the_contract_is_served_as_the_file_itself(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/v1/openapi.yaml")
    assert answer.content == _CONTRACT.read_bytes()
    assert answer.headers["content-type"] == "application/yaml"


async def test_the_contract_is_served_as_the_same_document_in_json(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    contract = yaml.load(_CONTRACT.read_bytes(), Loader=yaml.CSafeLoader)  # another loader than the service's own
    assert _like(answer.json(), _as_json(contract))


@pytest.mark.parametrize("path", ["/api/v1/openapi.yaml", "/api/v1/openapi.json", "/docs", "/redoc", "/problems"])
async def test_an_unchanged_document_is_not_sent_again(web: httpx.AsyncClient, path: str) -> None:
    etag = (await web.get(path)).headers["etag"]
    for condition in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await web.get(path, headers={"If-None-Match": condition})
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer.headers["etag"] == etag
    assert (await web.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize("path", ["/docs", "/redoc", *MAILED_PATHS])
async def test_a_page_runs_our_own_scripts_only(web: httpx.AsyncClient, path: str) -> None:
    answer = await web.get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    # Redoc fills style elements by script, which are known by their digests.
    assert re.fullmatch(r"'self'( 'sha256-[A-Za-z0-9+/=]{44}')*" if path == "/redoc" else "'self'", policy["style-src"])
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*\ssrc=)", answer.text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", answer.text)


@pytest.mark.parametrize("path", ["/docs", "/redoc", *MAILED_PATHS])
async def test_all_that_a_page_needs_is_served_here(web: httpx.AsyncClient, path: str) -> None:
    links = _LINK.findall((await web.get(path)).text)
    assert any(link.endswith(".js") for link in links)
    for link in links:
        assert not link.startswith(("/", "http")), "it stands below whatever path a proxy serves us under"
        answer = await web.get(f"/{link}")
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_page_is_swagger_ui_for_openapi_3_1(web: httpx.AsyncClient) -> None:
    bundle = (await web.get("/docs/assets/swagger-ui-bundle.js")).text
    found = re.search(r'PACKAGE_VERSION:"(\d+)\.(\d+)\.', bundle)
    assert found is not None
    assert (int(found[1]), int(found[2])) >= (5, 17)


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2fdocs.html", "%2e%2e/docs.html", "docs.html", "../../contract.py", "docs.js%00"]
)
async def test_no_other_file_is_served(web: httpx.AsyncClient, name: str) -> None:
    assert (await web.get(f"/docs/assets/{name}")).status_code == 404


async def test_a_production_service_can_close_its_docs(databases: Databases, worker_id: str) -> None:
    async with (
        run_service(databases, "sqlite", f"closed_{worker_id}", docs_enabled=False) as closed,
        open_browser(closed.url) as web,
    ):
        for path in ("/docs", "/redoc", "/redoc/logo-mini.svg", "/api/v1/openapi.yaml", "/api/v1/openapi.json"):
            answer = await web.get(path)
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
