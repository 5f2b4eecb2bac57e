"""The URI in a problem's `type` leads to a page with its meaning and remedy."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import cast
from urllib.parse import urlsplit

import httpx
import pytest

from generated.policies import PROBLEM_TYPES
from tests.contract.contract_operations import OPERATIONS, schemas
from tests.harness.client import open_browser
from tests.harness.databases import Databases
from tests.harness.service import Service, run_service


@pytest.fixture
async def web(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with open_browser(service.url) as opened:
        yield opened


def _words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())


def _described(slug: str) -> str:
    name = "".join(part.capitalize() for part in slug.split("-")) + "Problem"
    return str(cast("dict[str, dict[str, str]]", schemas())[name]["description"])


@pytest.mark.parametrize("slug", PROBLEM_TYPES)
async def test_a_type_has_its_page(web: httpx.AsyncClient, slug: str) -> None:
    answer = await web.get(f"/problems/{slug}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    said = _words(answer.text)
    problem = PROBLEM_TYPES[slug]
    assert f"{problem.title} Status {problem.status}" in said
    meaning, advice = _described(slug).replace("`", "").strip().split("\n\n")
    assert f"What it means {meaning} What to do {advice}" in said
    assert f'Example {{ "type": "https://api.hestami.ai/problems/{slug}",' in said
    shown = unescape(answer.text)
    assert [one for one in re.findall(r"`([^`]+)`", _described(slug)) if f"<code>{one}</code>" not in shown] == []
    giving = [one.id for one in OPERATIONS if re.search(rf'href="../docs#/[a-z-]+/{one.id}"', answer.text)]
    assert bool(giving) != ("before a request reaches one" in said)


async def test_the_page_of_a_problem_that_was_met(web: httpx.AsyncClient) -> None:
    met = (await web.get("/api/v1/users/me")).json()
    page = await web.get(urlsplit(met["type"]).path)
    assert met["title"] in page.text
    assert "GET /api/v1/users/me" in page.text
    assert '{\n  "type": ' in unescape(page.text), "an example is laid out for reading"
    assert "GET /api/v1/services<" not in page.text, "anyone may ask for that"


async def test_the_list_has_each_type(web: httpx.AsyncClient) -> None:
    links = re.findall(r'href="problems/([^"]+)"', (await web.get("/problems")).text)
    assert sorted(links) == sorted(PROBLEM_TYPES)


@pytest.mark.parametrize("path", ["/problems", "/problems/not-found"])
async def test_a_page_runs_and_loads_nothing(web: httpx.AsyncClient, path: str) -> None:
    answer = await web.get(path)
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; img-src data:; "
        r"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        answer.headers["content-security-policy"],
    )
    assert not re.search(r"<script|\sstyle=|\son\w+=|https?:(?!//api\.hestami\.ai/problems/)", answer.text)


@pytest.mark.parametrize("slug", ["nothing", "Not-Found", "not-found/", "..%2fdocs", "%00", "layout.html.jinja"])
async def test_an_unknown_type_is_an_ordinary_problem(web: httpx.AsyncClient, slug: str) -> None:
    answer = await web.get(f"/problems/{slug}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_closed_docs_leave_the_pages_open_but_name_no_operation(databases: Databases, worker_id: str) -> None:
    async with (
        run_service(databases, "sqlite", f"closed_types_{worker_id}", docs_enabled=False) as closed,
        open_browser(closed.url) as web,
    ):
        page = await web.get("/problems/validation-failed")
        assert page.status_code == (await web.get("/problems")).status_code == 200
        assert "What to do" in page.text
        assert "/docs" not in page.text
        assert "Where it comes from" not in page.text
