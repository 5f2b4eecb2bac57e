"""Parameters are read from text no more generously than JSON, and unknown ones are refused."""

from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from tests.codegen.golden.library.models import BookSort, Genre
from tests.runtime.service import BOOK_ID, Seen

BOOKS = "/api/v1/books"


def findings(response: httpx.Response) -> list[tuple[str, str]]:
    assert response.status_code == 422, response.text
    assert all(error["pointer"] is None for error in response.json()["errors"])
    return [(error["parameter"], error["code"]) for error in response.json()["errors"]]


async def test_absent_parameters_are_none_or_the_default(library: httpx.AsyncClient, seen: Seen) -> None:
    assert (await library.get(BOOKS)).status_code == 200
    assert seen.arguments == {
        "caller": "librarian",
        "limit": 20,
        "cursor": None,
        "title": None,
        "available": None,
        "max_weight": None,
        "sort": BookSort.PUBLISHED_DATE_DESC,
        "genre": None,
        "ids": None,
        "since": None,
        "accept_shelf": None,
    }


async def test_given_parameters_arrive_as_their_types(library: httpx.AsyncClient, seen: Seen) -> None:
    query = (
        f"limit=100&title=a+b%C3%A9&available=true&max_weight=2.5e1&sort=published_date&genre=NOVEL&genre=POEMS"
        f"&ids={BOOK_ID},{BOOK_ID}&since=2026-01-31T10:30:00%2B01:00"
    )
    response = await library.get(f"{BOOKS}?{query}", headers={"Accept-Shelf": "3"})
    assert response.status_code == 200, response.text
    assert seen.arguments == {
        "caller": "librarian",
        "limit": 100,
        "cursor": None,
        "title": "a b\u00e9",
        "available": True,
        "max_weight": 25.0,
        "sort": BookSort.PUBLISHED_DATE,
        "genre": [Genre.NOVEL, Genre.POEMS],
        "ids": [BOOK_ID, BOOK_ID],
        "since": datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
        "accept_shelf": 3,
    }
    assert isinstance(seen.arguments["limit"], int)


@pytest.mark.parametrize(
    "value", ["", "+5", "%205", "5%20", "1_0", "5.0", "05", "0x5", "5e0", "true", "%D9%A5", "None", "5%00", "9" * 5000]
)
async def test_text_that_is_no_integer_of_json_is_422(library: httpx.AsyncClient, value: str) -> None:
    assert findings(await library.get(f"{BOOKS}?limit={value}")) == [("limit", "wrong_type")]


@pytest.mark.parametrize(
    ("query", "finding"),
    [
        ("limit=0", ("limit", "too_small")),
        ("limit=101", ("limit", "too_large")),
        ("limit=-" + "9" * 40, ("limit", "too_small")),
        ("limit=5&limit=5", ("limit", "duplicate")),
        ("available=1", ("available", "wrong_type")),
        ("available=True", ("available", "wrong_type")),
        ("available=", ("available", "wrong_type")),
        ("max_weight=inf", ("max_weight", "wrong_type")),
        ("max_weight=nan", ("max_weight", "wrong_type")),
        ("max_weight=.5", ("max_weight", "wrong_type")),
        ("max_weight=1e99", ("max_weight", "too_large")),
        ("max_weight=1e400", ("max_weight", "wrong_type")),
        ("title=", ("title", "too_short")),
        ("title=a%00b", ("title", "wrong_format")),
        ("title=%FF", ("title", "wrong_format")),
        ("title=%ED%A0%80", ("title", "wrong_format")),
        ("sort=title", ("sort", "unknown_value")),
        ("sort=", ("sort", "unknown_value")),
        ("genre=NOVEL&genre=novel", ("genre", "unknown_value")),
        ("genre=NOVEL,POEMS", ("genre", "unknown_value")),
        ("genre=NOVEL&genre=NOVEL&genre=NOVEL&genre=NOVEL", ("genre", "too_many")),
        (f"ids={BOOK_ID}&ids={BOOK_ID}", ("ids", "duplicate")),
        ("ids=", ("ids", "wrong_format")),
        ("since=0.5", ("since", "wrong_format")),
        ("since=1767225600", ("since", "wrong_format")),
        ("since=2026-01-31T09:30:00", ("since", "wrong_format")),
        ("colour=red", ("colour", "unknown")),
        ("Limit=5", ("Limit", "unknown")),
        ("accept_shelf=5", ("accept_shelf", "unknown")),
        ("book_id=5", ("book_id", "unknown")),
        ("%FF=5", ("?", "unknown")),
        ("%00=5", ("\0", "unknown")),
        ("=5", ("", "unknown")),
    ],
)
async def test_queries_that_do_not_fit(library: httpx.AsyncClient, query: str, finding: tuple[str, str]) -> None:
    assert findings(await library.get(f"{BOOKS}?{query}")) == [finding]


async def test_all_findings_come_at_once(library: httpx.AsyncClient) -> None:
    response = await library.get(f"{BOOKS}?limit=x&colour=red&available=1", headers={"Accept-Shelf": "10"})
    assert sorted(findings(response)) == [
        ("Accept-Shelf", "too_large"),
        ("available", "wrong_type"),
        ("colour", "unknown"),
        ("limit", "wrong_type"),
    ]


async def test_parameters_and_body_are_told_together(library: httpx.AsyncClient) -> None:
    response = await library.patch(f"{BOOKS}/7?x=1", json={"title": 5})
    places = [error["pointer"] or error["parameter"] for error in response.json()["errors"]]
    assert (response.status_code, sorted(places)) == (422, ["/title", "book_id", "x"])


async def test_header_lines_of_one_name_are_one_list(library: httpx.AsyncClient, seen: Seen) -> None:
    headers = [("authorization", "librarian"), ("if-match", '"1"'), ("If-Match", '"2"')]
    response = await library.patch(f"{BOOKS}/{BOOK_ID}", json={"title": "Emma"}, headers=headers)
    assert response.status_code == 200
    assert seen.arguments == {"if_match": '"1", "2"'}


async def test_a_number_in_a_header_is_given_once(library: httpx.AsyncClient) -> None:
    headers = [("authorization", "librarian"), ("accept-shelf", "1"), ("accept-shelf", "2")]
    assert findings(await library.get(BOOKS, headers=headers)) == [("Accept-Shelf", "duplicate")]


async def test_headers_that_the_guard_reads_are_validated_too(library: httpx.AsyncClient) -> None:
    body = {"title": "Emma", "genre": "NOVEL", "pages": 474}
    response = await library.post(BOOKS, json=body, headers={"Idempotency-Key": "k" * 65})
    assert findings(response) == [("Idempotency-Key", "too_long")]


@pytest.mark.parametrize(
    "segment",
    [
        "7",
        "0198a2c4e1b07c3f9d5e6a7b8c9d0e1f",
        "%00",
        "%FF",
        "%ED%A0%80",
        "..%2F..",
        f"{BOOK_ID}%0A",
        "a%2Fb",
        "%7Bbook_id%7D",
    ],
)
async def test_a_malformed_id_is_422(library: httpx.AsyncClient, segment: str) -> None:
    response = await library.get(f"{BOOKS}/{segment}")
    assert [name for name, _ in findings(response)] == ["book_id"]


async def test_an_id_may_be_written_in_capitals(library: httpx.AsyncClient, seen: Seen) -> None:
    assert (await library.get(f"{BOOKS}/{str(BOOK_ID).upper()}")).status_code == 200
    assert seen.arguments == {"book_id": UUID(str(BOOK_ID))}


async def test_cookies_are_read_by_name_among_those_of_others(library: httpx.AsyncClient, seen: Seen) -> None:
    response = await library.get("/api/v1/door", headers={"Cookie": 'theme=dark; __Host-visit=abc;visit=5; x="; y'})
    assert (response.status_code, response.headers["location"]) == (303, "/inside")
    assert response.headers["set-cookie"] == "visit=6; Path=/"
    assert (response.content, response.headers["content-length"]) == (b"", "0")
    assert seen.arguments == {"host_visit": "abc", "visit": 5}


async def test_a_browser_without_the_cookie_is_no_error(library: httpx.AsyncClient, seen: Seen) -> None:
    response = await library.get("/api/v1/door", headers={"Cookie": "Visit=5; visited=6"})
    assert (response.status_code, "set-cookie" in response.headers) == (303, False)
    assert seen.arguments == {"host_visit": None, "visit": None}


async def test_a_text_has_all_cookies_of_its_name(library: httpx.AsyncClient, seen: Seen) -> None:
    cookies = [(b"Cookie", b"__Host-visit=b; visit=5; __Host-visit=a"), (b"Cookie", b"__Host-visit=c")]
    assert (await library.get("/api/v1/door", headers=cookies)).status_code == 303
    assert seen.arguments == {"host_visit": "b; a; c", "visit": 5}


@pytest.mark.parametrize(
    ("cookies", "finding"),
    [
        ("visit=05", ("visit", "wrong_type")),
        ("visit=1; visit=1", ("visit", "duplicate")),
        ("__Host-visit=A", ("__Host-visit", "wrong_format")),
        ("visit", ("visit", "wrong_type")),
    ],
)
async def test_cookies_that_do_not_fit(library: httpx.AsyncClient, cookies: str, finding: tuple[str, str]) -> None:
    assert findings(await library.get("/api/v1/door", headers={"Cookie": cookies})) == [finding]


async def test_open_parameters_let_unknown_ones_pass(library: httpx.AsyncClient) -> None:
    body = {"name": "ada", "password": "Copper-Kettle-58"}
    assert (await library.post("/api/v1/token?state=x&state=y", json=body)).status_code == 200
