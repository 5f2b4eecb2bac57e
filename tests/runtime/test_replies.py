"""Replies: serialised once, with the contract's headers, 304, idempotency and deprecation."""

from collections.abc import AsyncGenerator

import httpx
import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from openapi.runtime.conditions import finish
from openapi.runtime.wire import FileReply, Reply
from tests.codegen.golden.library.policies import GET_LATEST_BOOK
from tests.runtime.service import BOOK_ID, Seen, application

BOOK = f"/api/v1/books/{BOOK_ID}"
LATEST = "/api/v1/books/latest"


async def test_a_reply_is_the_dictionary_in_json(library: httpx.AsyncClient) -> None:
    response = await library.get(BOOK)
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "id": str(BOOK_ID),
        "title": "Emma",
        "subtitle": None,
        "genre": "NOVEL",
        "added_at": "2026-01-31T09:30:00Z",
        "chapters": [{"name": "One", "pages": 12}],
    }


async def test_a_token_of_oauth_is_kept_by_no_cache_however_old(library: httpx.AsyncClient) -> None:
    form = {"token": "abc", "audience": "somebody"}
    response = await library.post("/api/v1/token/trade", data=form)
    assert (response.status_code, response.json(), response.headers["pragma"]) == (
        200,
        {"access_token": "abc"},
        "no-cache",
    )
    assert "pragma" not in (await library.get(BOOK)).headers


async def test_a_create_names_what_it_made(library: httpx.AsyncClient) -> None:
    response = await library.post("/api/v1/books", json={"title": "Emma", "genre": "NOVEL", "pages": 474})
    assert (response.status_code, response.headers["location"], response.headers["etag"]) == (201, BOOK, '"1"')
    assert "shelf" not in response.headers


async def test_a_text_beside_json_is_chosen_by_accept(library: httpx.AsyncClient) -> None:
    text = await library.get("/api/v1/books", headers={"Accept": "text/csv"})
    assert (text.status_code, text.text) == (200, "title\r\nÉmma\r\n")
    assert (text.headers["content-type"], text.headers["vary"]) == ("text/csv; charset=utf-8", "Accept")
    plain = await library.get("/api/v1/books")
    assert (plain.headers["content-type"], plain.headers["vary"]) == ("application/json", "Accept")
    assert "vary" not in (await library.get(BOOK)).headers, "there is nothing to choose"


async def test_a_file_is_sent_in_its_chunks_and_says_how_long_it_is(library: httpx.AsyncClient, seen: Seen) -> None:
    seen.pictures = [b"\x89PNG", b"", b"the rest"]
    response = await library.get(f"{BOOK}/cover")
    assert (response.status_code, response.content) == (200, b"\x89PNGthe rest")
    assert (response.headers["content-type"], response.headers["content-length"]) == ("image/png", "12")
    assert (response.headers["content-disposition"], response.headers["content-language"]) == ("attachment", "en")
    head = await library.head(f"{BOOK}/cover")
    assert (head.status_code, head.content, head.headers) == (200, b"", response.headers)


async def test_a_file_is_closed_when_nothing_of_it_is_sent_or_nobody_listens_any_more(
    library: httpx.AsyncClient, seen: Seen
) -> None:
    seen.pictures = [b"one", b"two"]
    await library.head(f"{BOOK}/cover")

    async def left(scope: Scope, receive: Receive, send: Send) -> None:
        async def lose(message: Message) -> None:
            if message["type"] == "http.response.body":
                raise ConnectionResetError
            await send(message)

        await application(seen)(scope, receive, lose)

    transport = httpx.ASGITransport(left)
    async with httpx.AsyncClient(transport=transport, base_url=library.base_url, headers=library.headers) as leaving:
        with pytest.raises(ConnectionResetError):
            await leaving.get(f"{BOOK}/cover")
    assert [[chunk async for chunk in file] for file in seen.opened] == [[], []]


async def test_no_content_has_no_content(library: httpx.AsyncClient) -> None:
    response = await library.delete(BOOK)
    assert (response.status_code, response.content) == (204, b"")
    assert "content-length" not in response.headers
    assert "content-type" not in response.headers


@pytest.mark.parametrize("known", ['"7"', 'W/"7"', '"1", "7"', "*", ' "7" ', '"1","7"'])
async def test_a_known_etag_is_304(library: httpx.AsyncClient, known: str) -> None:
    response = await library.get(BOOK, headers={"if-none-match": known})
    assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", '"7"')
    assert "content-type" not in response.headers


@pytest.mark.parametrize("known", ['"8"', "7", '"7', "", '"77"', "'7'"])
async def test_any_other_etag_is_200(library: httpx.AsyncClient, known: str) -> None:
    assert (await library.get(BOOK, headers={"if-none-match": known})).status_code == 200


async def test_a_public_reply_is_hashed_and_may_be_kept(library: httpx.AsyncClient) -> None:
    first = await library.get(LATEST)
    assert first.headers["cache-control"] == "public, max-age=30"
    again = await library.get(LATEST, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "public, max-age=30")
    head = await library.head(LATEST, headers={"if-none-match": first.headers["etag"]})
    assert head.status_code == 304


async def test_a_deprecated_operation_says_so(library: httpx.AsyncClient) -> None:
    response = await library.get(LATEST)
    assert response.headers["deprecation"] == "@1767225600"
    assert response.headers["sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert "deprecation" not in (await library.get(BOOK)).headers


async def test_a_kept_reply_is_sent_again_without_the_handler(library: httpx.AsyncClient, seen: Seen) -> None:
    body = {"title": "Emma", "genre": "NOVEL", "pages": 474}
    headers = {"idempotency-key": "k1"}
    first = await library.post("/api/v1/books", json=body, headers=headers)
    second = await library.post("/api/v1/books", json=body, headers=headers)
    assert (first.status_code, first.content, first.headers) == (second.status_code, second.content, second.headers)
    assert len(seen.bodies) == 1


async def test_an_invalid_body_never_reaches_the_guard_a_second_time(library: httpx.AsyncClient, seen: Seen) -> None:
    response = await library.post("/api/v1/books", json={}, headers={"idempotency-key": "k1"})
    assert response.status_code == 422
    assert not seen.kept


def test_only_successes_are_cached() -> None:
    request = Request({"type": "http", "method": "GET", "headers": []})
    reply = finish(GET_LATEST_BOOK, request, Reply(503, {}))
    assert set(reply.headers) == {"deprecation", "sunset"}


async def test_a_file_stays_one_with_the_headers_of_the_contract() -> None:
    async def chunks() -> AsyncGenerator[bytes, None]:
        yield b"picture"

    request = Request({"type": "http", "method": "GET", "headers": []})
    reply = finish(GET_LATEST_BOOK, request, FileReply(206, {}, chunks(), size=7))
    assert isinstance(reply, FileReply)
    assert reply.headers.keys() == {"content-length", "deprecation", "sunset"}
    assert [chunk async for chunk in reply.chunks] == [b"picture"]
