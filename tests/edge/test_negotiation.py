"""Accept headers are read by RFC 9110, section 12.5.1, malformed ones too."""

from __future__ import annotations

import httpx
import pytest

from impl.edge.negotiation import preferred, prefers_page, takes_any, takes_json
from tests.harness.client import assert_problem
from tests.harness.patience import PATIENCE
from tests.harness.service import Service

_TAKEN = [
    "",
    "*/*",
    "application/json",
    "APPLICATION/JSON",
    "application/*",
    "application/problem+json",
    "application/json; charset=utf-8",
    'application/json;profile="a, b;q=0"',
    "text/html, application/json;q=0.001",
    "application/json, text/plain, */*",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
    "application/json;q=0, */*",  # the problem may be sent, and whoever asks for that gets the whole answer
    "application/json;q=0, application/json;q=0.5",
    "text/html, image/gif, *; q=.2, */*; q=.2",  # Java's, until 2018
    "json",
    "/, ,;q=0,*/",
    "application/json;q=zero",
    "application/*;q=0, application/json",
]
_REFUSED = [
    "text/html",
    "image/png, image/*;q=0.8",
    "application/xml, text/*",
    "*/*;q=0",
    "application/json;q=0, application/problem+json;q=0.000, */*",
    "application/*;q=0.0, */*;q=1",
    'text/html;x="*/*, application/json"',
    'text/html;x=", application/json',
    "application/jsonp, application/geo+json",
]


@pytest.mark.parametrize("accept", _TAKEN)
async def test_json_is_given_to_who_takes_it(client: httpx.AsyncClient, accept: str) -> None:
    answer = await client.get("/categories", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text


@pytest.mark.parametrize("accept", _REFUSED)
async def test_and_to_nobody_else(client: httpx.AsyncClient, accept: str) -> None:
    for method in ("GET", "HEAD"):
        answer = await client.request(method, "/categories", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["cache-control"]) == (406, "no-store"), answer.text
    assert_problem(await client.get("/categories", headers={"Accept": accept}), 406, "not-acceptable")


async def test_an_absent_header_and_one_in_several_lines_are_read(service: Service) -> None:
    async with httpx.AsyncClient(base_url=f"{service.url}/api/v1", trust_env=False, timeout=PATIENCE) as web:
        del web.headers["accept"]
        assert (await web.get("/categories")).status_code == 200
        apart = [("Accept", "text/html"), ("Accept", "application/json;q=0.1")]
        assert (await web.get("/categories", headers=apart)).status_code == 200
        refused = [("Accept", "application/json;q=0"), ("Accept", "text/html")]
        assert (await web.get("/categories", headers=refused)).status_code == 406


async def test_it_comes_after_the_caller_and_before_the_input(client: httpx.AsyncClient) -> None:
    page = {"Accept": "text/html"}
    assert_problem(await client.get("/users/me", headers=page), 401, "unauthenticated")
    assert_problem(await client.post("/auth/register", content=b"{", headers=page), 406, "not-acceptable")
    assert_problem(await client.get("/services", params={"no": "such"}, headers=page), 406, "not-acceptable")
    assert_problem(await client.get("/nowhere", headers=page), 404, "not-found")


async def test_a_header_is_read_up_to_its_bound_and_ignored_beyond(client: httpx.AsyncClient) -> None:
    longest = "image/png, " + "b" * 2037
    assert_problem(await client.get("/categories", headers={"Accept": longest}), 406, "not-acceptable")
    assert (await client.get("/categories", headers={"Accept": f"{longest}b"})).status_code == 200


@pytest.mark.parametrize(
    "accept", ['"' + "\\" * 8000, '"\\"' * 4000, "a/b;x=" + '"' * 8000, "," * 16000, "a/b;" * 4000]
)
async def test_a_hostile_header_is_answered(client: httpx.AsyncClient, accept: str) -> None:
    assert (await client.get("/categories", headers={"Accept": accept})).status_code in {200, 406}


@pytest.mark.parametrize(
    ("accept", "is_json", "is_page"),
    [
        (None, True, False),
        (b"", True, False),
        (b"nonsense", True, False),
        (b"*", True, False),
        (b"*/*", True, False),
        (b"application/*", True, False),
        (b"application/problem+json", True, False),
        (b"application/json;q=0, application/problem+json", True, False),
        (b"text/html", False, True),
        (b"text/*", False, True),
        (b"application/*;q=0, */*", False, True),
        (b"text/html;q=0", False, False),
        (b"text/html, application/json", True, False),
        (b"text/html, application/json;q=1.0", True, False),
        (b"text/html;q=1.0, application/json", True, False),
        (b"text/html, application/json;q=0.9", True, True),
        (b"text/html;q=0.9, application/json", True, False),
        (b"text/html;q=0.5, text/html, application/json;q=0.7", True, True),
        (b"text/html, text/html;q=0.5, application/json;q=0.7", True, True),
        (b"TEXT/HTML; Q=0.8, application/json; charset=utf-8; q=0.7", True, True),
        (b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True, True),
        (b"text/html," + b" " * 2038, False, True),
        (b"text/html," + b" " * 2039, True, False),
    ],
)
def test_the_most_specific_range_says_how_welcome_something_is(
    accept: bytes | None, is_json: bool, is_page: bool
) -> None:
    assert (takes_json(accept), prefers_page(accept)) == (is_json, is_page)


@pytest.mark.parametrize(
    ("accept", "chosen", "is_taken"),
    [
        (None, "application/json", True),
        (b"", "application/json", True),
        (b"*/*", "application/json", True),
        (b"text/csv", "text/csv", True),
        (b"text/*", "text/csv", True),
        (b"text/csv, application/json", "application/json", True),
        (b"text/csv, application/json;q=0.9", "text/csv", True),
        (b"text/csv;q=0.1, */*;q=0.2", "application/json", True),
        (b"application/*;q=0.1, */*;q=0.2", "text/csv", True),
        (b"application/problem+json", "application/json", True),
        (b"text/html", "application/json", False),
        (b"text/csv;q=0", "application/json", False),
        (b"text/csv," + b" " * 2039, "text/csv", True),
        (b"text/csv," + b" " * 2040, "application/json", True),
    ],
)
def test_the_heavier_of_two_media_types_is_chosen(accept: bytes | None, chosen: str, is_taken: bool) -> None:
    assert preferred(accept, ("application/json", "text/csv")) == chosen
    assert takes_any(accept, ("text/csv",)) is is_taken
