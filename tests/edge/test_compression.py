"""Responses are compressed as the client takes them, where anybody may read them and it pays, and nowhere else."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.requests import Request

from generated.policies import OPERATIONS
from impl.edge.compression import (
    BYTES_MIN,
    CompressedSend,
    accepted_coding,
    coding_of,
    compress,
    compress_once,
    is_compressible,
    is_worth_it,
)
from impl.edge.contract import Document
from openapi.runtime.routing import COMPRESSED, UNSENT
from tests.harness.client import open_browser
from tests.harness.service import Service
from tests.marketplace.payloads import PROPERTIES, ok

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Message

    from tests.harness.accounts import Accounts

_DECODE = {"gzip": gzip.decompress, "zstd": zstd.decompress}
# An operation, two documents that last, an asset, and a document that is made anew.
_PUBLIC = ["/api/v1/categories", "/api/v1/openapi.yaml", "/docs/assets/swagger-ui.css", "/problems"]


@pytest.fixture
async def web(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that takes everything as it comes, and judges nothing."""
    async with open_browser(service.url) as opened:
        opened.headers["Accept-Encoding"] = "identity"
        yield opened


async def _raw(web: httpx.AsyncClient, method: str, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with web.stream(method, path, headers=sent) as answer:
        return answer, b"".join([chunk async for chunk in answer.aiter_raw()])


def _vary(answer: httpx.Response) -> set[str]:
    return {name.strip().lower() for name in answer.headers.get("vary", "").split(",")}


@pytest.mark.parametrize(
    ("field", "coding"),
    [
        (None, None),
        (b"", None),
        (b"gzip", "gzip"),
        (b"GZIP;Q=1", "gzip"),
        (b"zstd", "zstd"),
        (b"gzip, deflate, br, zstd", "zstd"),
        (b"gzip;q=1.0, zstd;q=0.9", "gzip"),
        (b"gzip, zstd;q=1", "zstd"),
        (b"*;q=0.5, gzip;q=nonsense", "zstd"),
        (b"*;q=0.5, gzip", "gzip"),
        (b"gzip;q=0", None),
        (b"gzip;q=0.000, zstd;q=0", None),
        (b"*", "zstd"),
        (b"*;q=0", None),
        (b"zstd;q=0, *", "gzip"),
        (b"identity", None),
        (b"identity, gzip;q=0.5", None),
        (b"identity;q=0.5, gzip;q=0.5", "gzip"),
        (b"identity;q=0.5, gzip", "gzip"),
        (b"identity;q=0", None),
        (b"br", None),
        (b"gzip;q=nonsense", None),
        (b"gzip;q=2", None),
        (b"gzip," + b"x" * 251, "gzip"),
        (b"gzip," + b"x" * 252, None),
        (b"gzip;q=0.001", "gzip"),
        (b"\xff\xfe,gzip", "gzip"),
    ],
)
def test_the_client_says_what_it_takes(field: bytes | None, coding: str | None) -> None:
    assert coding_of(field) == coding


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_what_is_compressed_is_the_same_afterwards(coding: str) -> None:
    for body in (b"", b"a" * 5000, bytes(range(256)) * 1000):
        for form in (compress, compress_once):
            assert _DECODE[coding](form(body, coding)) == body  # type: ignore[arg-type]  # either of two functions
    assert compress(b"a" * 5000, "gzip")[4:8] == bytes(4), "it holds no time, so that it is the same each time"


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/json", True),
        ("application/problem+json; charset=utf-8", True),
        ("text/html; charset=utf-8", True),
        ("image/svg+xml", True),
        ("application/yaml", True),
        ("text/event-stream", False),
        ("text/event-stream; charset=utf-8", False),
        ("image/webp", False),
        ("application/pdf", False),
        ("application/zip", False),
        ("", False),
    ],
)
def test_what_is_compressed_already_is_left_alone(media_type: str, expected: bool) -> None:
    assert is_compressible(media_type) is expected


@pytest.mark.parametrize("path", _PUBLIC)
async def test_what_anybody_may_read_is_compressed(web: httpx.AsyncClient, path: str) -> None:
    plain, body = await _raw(web, "GET", path)
    assert plain.status_code == 200
    assert "content-encoding" not in plain.headers
    assert "accept-encoding" in _vary(plain)

    for coding, decode in _DECODE.items():
        answer, small = await _raw(web, "GET", path, Accept_Encoding=coding)
        assert answer.headers["content-encoding"] == coding
        assert "accept-encoding" in _vary(answer)
        assert len(small) == int(answer.headers["content-length"]) < len(body)
        assert decode(small) == body
        etag = answer.headers["etag"]
        assert etag == f'{plain.headers["etag"][:-1]}-{coding}"', "another representation"

        head, nothing = await _raw(web, "HEAD", path, Accept_Encoding=coding)
        assert nothing == b""
        assert {name: head.headers[name] for name in ("content-encoding", "etag")} == {
            "content-encoding": coding,
            "etag": etag,
        }
        for known in (etag, plain.headers["etag"], f'"other", W/{etag}'):
            same, nothing = await _raw(web, "GET", path, Accept_Encoding=coding, If_None_Match=known)
            assert (same.status_code, nothing) == (304, b"")
            assert "content-encoding" not in same.headers
            assert "accept-encoding" in _vary(same)
            assert same.headers["etag"] == etag
        other, nothing = await _raw(web, "GET", path, If_None_Match=etag)
        assert (other.status_code, other.headers["etag"]) == (304, plain.headers["etag"])


async def test_a_part_that_is_asked_for_is_never_a_compressed_one(web: httpx.AsyncClient) -> None:
    answer, body = await _raw(web, "GET", "/api/v1/categories", Accept_Encoding="gzip", Range="bytes=0-99")
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip"), (
        "the whole, as nobody offered parts"
    )
    assert "accept-ranges" not in answer.headers
    assert len(gzip.decompress(body)) > 100


async def test_what_is_private_small_or_refused_is_left_as_it_is(
    web: httpx.AsyncClient, accounts: Accounts, service: Service
) -> None:
    owner = await accounts.make()
    token = owner.client.headers["Authorization"]
    takes = {"Accept_Encoding": "gzip, zstd"}
    mine, body = await _raw(web, "GET", "/api/v1/users/me/export", Authorization=token, **takes)
    assert mine.status_code in {200, 403, 404, 405}, body
    for path in ("/users/me", PROPERTIES, "/notifications/stream", "/roles"):
        answer, body = await _raw(web, "GET", f"/api/v1{path}", Authorization=token, **takes)
        assert "content-encoding" not in answer.headers, path
        assert "accept-encoding" not in _vary(answer), path
    for path in ("/api/v1/health/live", "/api/v1/nowhere", "/robots.txt", "/docs/assets/favicon-32x32.png"):
        answer, body = await _raw(web, "GET", path, **takes)
        assert "content-encoding" not in answer.headers, path
    me = ok(await owner.client.get("/users/me"))
    # The reflected word stands beside what is private: its length must tell nothing (BREACH).
    long, _ = await _raw(web, "PATCH", "/api/v1/users/me", Authorization=token, **takes)
    assert "content-encoding" not in long.headers
    assert me["email"] == owner.email
    assert service.url


_NONE: Mapping[str, object] = MappingProxyType({})


async def _sent(
    *headers: tuple[bytes, bytes],
    bodies: list[bytes],
    status: int = 200,
    head: bool = False,
    more: Mapping[str, object] = _NONE,
) -> list[Message]:
    """Return what is sent of a response in these parts to somebody who takes gzip."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    compressing = CompressedSend(send, accept_encoding=b"gzip", is_head=head)
    await compressing({"type": "http.response.start", "status": status, "headers": list(headers), **more})
    for at, body in enumerate(bodies, 1):
        await compressing({"type": "http.response.body", "body": body, "more_body": at < len(bodies)})
    return sent


_PUBLIC_TEXT = ((b"cache-control", b"public, max-age=60"), (b"content-type", b"text/plain"), (b"etag", b'"1"'))
_TAGGED = (*_PUBLIC_TEXT[:2], (b"etag", b'"1-gzip"'))
_VARIES = (b"vary", b"Accept-Encoding")


def _length(number: int) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % number


async def test_a_whole_body_is_compressed_from_a_size_on_and_has_another_tag_and_length() -> None:
    start, body = await _sent(*_PUBLIC_TEXT, _length(BYTES_MIN), bodies=[b"x" * BYTES_MIN])
    assert gzip.decompress(body["body"]) == b"x" * BYTES_MIN
    encoded = (_VARIES, (b"content-encoding", b"gzip"), _length(len(body["body"])))
    assert start["headers"] == [*_TAGGED, *encoded]
    start, body = await _sent(*_PUBLIC_TEXT, _length(BYTES_MIN - 1), bodies=[b"x" * (BYTES_MIN - 1)])
    assert (start["headers"], body["body"]) == ([*_PUBLIC_TEXT, _length(BYTES_MIN - 1)], b"x" * (BYTES_MIN - 1))


async def test_a_body_in_parts_is_sent_as_it_is() -> None:
    start, *parts = await _sent(*_PUBLIC_TEXT, _length(4000), bodies=[b"x" * 2000, b"y" * 2000])
    assert start["headers"] == [*_PUBLIC_TEXT, _length(4000), _VARIES]
    assert [part["body"] for part in parts] == [b"x" * 2000, b"y" * 2000]


async def test_without_its_body_a_response_tells_of_the_compressed_one() -> None:
    start, _ = await _sent(*_PUBLIC_TEXT, _length(4000), bodies=[b""], head=True)
    assert start["headers"] == [*_TAGGED, _VARIES, (b"content-encoding", b"gzip")]
    start, _ = await _sent(*_PUBLIC_TEXT, bodies=[b""], status=304, more={UNSENT: (4000, "text/plain")})
    assert start["headers"] == [*_TAGGED, _VARIES]


async def test_what_is_refused_private_encoded_or_ready_is_not_compressed() -> None:
    text, other = _PUBLIC_TEXT[1], (b"content-encoding", b"br")
    for headers, status in (
        ([*_PUBLIC_TEXT, _length(4000)], 404),
        ([(b"cache-control", b"private"), text, _length(4000)], 200),
        ([*_PUBLIC_TEXT, other, _length(4000)], 200),
        ([_PUBLIC_TEXT[0], (b"content-type", b"image/webp"), _length(4000)], 200),
    ):
        start, body = await _sent(*headers, bodies=[b"x" * 4000], status=status)
        assert (start["headers"], len(body["body"])) == (headers, 4000)
    start, body = await _sent(*_PUBLIC_TEXT, _length(9), bodies=[b"as it is."], more={COMPRESSED: "gzip"})
    assert start["headers"] == [*_TAGGED, _length(9), (b"content-encoding", b"gzip"), _VARIES]
    assert body["body"] == b"as it is."


async def test_what_lasts_is_compressed_as_well_as_it_can_be_and_what_is_made_anew_is_not() -> None:
    body = b"".join(b"%d of %d, " % (number, number**2) for number in range(300))
    request = Request({"type": "http", "headers": [(b"accept-encoding", b"gzip")]})
    for is_lasting, form in ((True, compress_once), (False, compress)):
        for document in (
            Document(body, "text/plain", cache="no-cache", is_lasting=is_lasting),
            *([Document(body, "text/plain", cache="no-cache")] if is_lasting else []),
        ):
            assert (await document.answer(request)).body == form(body, "gzip")
    assert compress_once(body, "gzip") != compress(body, "gzip")


def test_headers_in_several_lines_are_one_list() -> None:
    assert accepted_coding([(b"accept-encoding", b"br"), (b"accept", b"gzip"), (b"accept-encoding", b"zstd")]) == "zstd"
    assert accepted_coding([(b"accept", b"gzip")]) is None
    assert is_worth_it(b"x" * BYTES_MIN, "text/plain")
    assert not is_worth_it(b"x" * (BYTES_MIN - 1), "text/plain")
    assert not is_worth_it(b"x" * BYTES_MIN, "image/webp")


def test_only_what_shared_caches_may_keep_is_public() -> None:
    """Hold what is compressed against the contract: it knows no caller, and gives and takes no token."""
    public = {operation.id for operation in OPERATIONS if operation.cache and operation.cache.scope == "public"}
    assert {"listCategories", "searchServices", "getService"} & public
    assert [one.id for one in OPERATIONS if one.id in public and not (one.public and one.method == "GET")] == []
