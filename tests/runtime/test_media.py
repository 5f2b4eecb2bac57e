"""Media types, sizes and forms, and the order in which a request is refused."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import cast

import httpx
import pytest
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.types import Message

from openapi.runtime.bodies import Body, FormMedia
from openapi.runtime.forms import MAX_TEXT, MultipartForm, Upload
from openapi.runtime.wire import Refusal
from tests.codegen.golden.library import models
from tests.runtime.service import BOOK_ID, Seen

BOOK = {"title": "Emma", "genre": "NOVEL", "pages": 474}
COVER = f"/api/v1/books/{BOOK_ID}/cover"
_ANYTHING: TypeAdapter[object] = TypeAdapter(object)
FORM = "application/x-www-form-urlencoded"


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["slug"]


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/jsonx",
        "application/merge-patch+json",
        "application/json; charset=utf-16",
        "multipart/form-data; boundary=x",
        FORM,
        "json",
        "\xff",
    ],
)
async def test_other_media_types_are_415(library: httpx.AsyncClient, content_type: str | None) -> None:
    headers = [] if content_type is None else [(b"content-type", content_type.encode("latin-1"))]
    response = await library.post("/api/v1/books", content=b"{}", headers=headers)
    assert refusal(response) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=UTF-8",
        'application/json; charset="utf-8"; x=y',
    ],
)
async def test_media_types_are_read_as_rfc_9110_writes_them(library: httpx.AsyncClient, content_type: str) -> None:
    content = b'{"title": "Emma", "genre": "NOVEL", "pages": 474}'
    response = await library.post("/api/v1/books", content=content, headers={"content-type": content_type})
    assert response.status_code == 201


async def test_two_media_types_or_a_content_encoding_are_415(library: httpx.AsyncClient) -> None:
    twice = [("authorization", "librarian"), ("content-type", "application/json"), ("content-type", "application/json")]
    assert refusal(await library.post("/api/v1/books", content=b"{}", headers=twice))[0] == 415
    packed = {"content-type": "application/json", "content-encoding": "gzip"}
    assert refusal(await library.post("/api/v1/books", content=b"{}", headers=packed))[0] == 415


async def test_a_body_over_the_limit_is_413_announced_or_not(library: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(129):
            yield b" " * 1024

    headers = {"content-type": "application/json"}
    announced = await library.post("/api/v1/books", content=b" " * (128 * 1024 + 1), headers=headers)
    streamed = await library.post("/api/v1/books", content=chunks(), headers=headers)
    assert refusal(announced) == refusal(streamed) == (413, "payload-too-large")
    exactly = b'{"title": "Emma", "genre": "NOVEL", "pages": 474}'.ljust(128 * 1024)
    assert (await library.post("/api/v1/books", content=exactly, headers=headers)).status_code == 201


async def test_an_operation_may_have_a_limit_of_its_own(library: httpx.AsyncClient) -> None:
    response = await library.put(COVER, data={"caption": "x"}, files={"picture": ("a.png", b"x" * 2000)})
    assert refusal(response) == (413, "payload-too-large")


async def test_strangers_are_refused_before_their_body_is_read(library: httpx.AsyncClient) -> None:
    del library.headers["authorization"]
    for content, content_type in [
        (b"{", "application/json"),
        (b"x", "text/plain"),
        (b" " * 200_000, "application/json"),
    ]:
        response = await library.post("/api/v1/books?x=1", content=content, headers={"content-type": content_type})
        assert refusal(response) == (401, "unauthenticated")
        assert response.headers["www-authenticate"] == "Bearer"
    response = await library.post("/api/v1/books", content=b"{", headers={"authorization": "reader"})
    assert refusal(response) == (403, "forbidden")


async def test_refusals_come_in_the_order_of_the_contract(library: httpx.AsyncClient) -> None:
    large = b"x" * 200_000
    json = {"content-type": "application/json"}
    assert refusal(await library.post("/api/v1/books?x=1", content=large, headers={"content-type": "a/b"}))[0] == 415
    assert refusal(await library.post("/api/v1/books?x=1", content=large, headers=json))[0] == 413
    assert refusal(await library.post("/api/v1/books?x=1", content=b"{", headers=json))[0] == 400
    assert refusal(await library.post("/api/v1/books?x=1", content=b"{}", headers=json))[0] == 422


async def test_a_form_is_read_into_its_model(library: httpx.AsyncClient, seen: Seen) -> None:
    response = await library.post(
        "/api/v1/token",
        content=b"grant_type=password&username=ada+l%C3%A9&password=Copper-Kettle-58&remember=true&scope=",
        headers={"content-type": f"{FORM}; charset=UTF-8"},
    )
    assert response.status_code == 200, response.text
    assert seen.bodies == [models.TokenForm(username="ada l\u00e9", password="Copper-Kettle-58", remember=True)]


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"username=ada", ("/password", "missing")),
        (b"username=ada&password=", ("/password", "missing")),
        (b"username=ada&password=short", ("/password", "too_short")),
        (b"username=ada&username=ada&password=Copper-Kettle-58", ("/username", "duplicate")),
        (b"username=ada&password=Copper-Kettle-58&remember=1", ("/remember", "wrong_type")),
        (b"username=a%00&password=Copper-Kettle-58", ("/username", "wrong_format")),
    ],
)
async def test_forms_that_do_not_fit_are_422(
    library: httpx.AsyncClient, content: bytes, finding: tuple[str, str]
) -> None:
    response = await library.post("/api/v1/token", content=content, headers={"content-type": FORM})
    assert response.status_code == 422
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [finding]
    assert "Copper" not in response.text


@pytest.mark.parametrize("content", [b"username=%FF", b"username=\xff", b"a=1&" * 200], ids=["escape", "byte", "many"])
async def test_forms_that_cannot_be_read_are_400(library: httpx.AsyncClient, content: bytes) -> None:
    response = await library.post("/api/v1/token", content=content, headers={"content-type": FORM})
    assert refusal(response) == (400, "malformed-request")


async def test_a_multipart_form_brings_text_and_files(library: httpx.AsyncClient, seen: Seen) -> None:
    files = {"picture": ("cover.png", b"\x89PNG", "image/png")}
    response = await library.put(COVER, data={"caption": "Front", "width": "200"}, files=files)
    assert response.status_code == 204, response.text
    form = cast("models.CoverForm", seen.bodies[-1])
    assert (form.caption, form.width) == ("Front", 200)
    assert (form.picture.filename, form.picture.content_type) == ("cover.png", "image/png")
    assert (form.picture.size, form.picture.sha256) == (4, sha256(b"\x89PNG").digest())
    assert seen.pictures == [b"\x89PNG"]
    assert form.picture.file.closed


async def test_a_form_that_grows_over_the_limit_is_413_before_it_ends(library: httpx.AsyncClient, seen: Seen) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\n'
        while sent < 2000:
            sent += 1
            yield b"x" * 64

    headers = {"content-type": "multipart/form-data; boundary=x"}
    response = await library.put(COVER, content=endless(), headers=headers)
    assert refusal(response) == (413, "payload-too-large")
    assert sent < 20
    assert seen.bodies == []


@pytest.mark.parametrize("size", [10, 100_000], ids=["in memory", "on disk"])
async def test_a_file_is_read_as_it_arrives_and_recognised_when_sent_again(size: int) -> None:
    media = FormMedia(_ANYTHING, MultipartForm({}, files=frozenset({"file"})))
    body = Body({"multipart/form-data": media}, max_size=10**6)
    content = bytes(range(250)) * (size // 250 + 1)
    forms = [("x", content, "a"), ("yy", content, "a"), ("x", content, "b"), ("x", content[1:], "a")]

    received = [await body.receive(_form(*form)) for form in forms]
    first, again, *others = [one.payload for one in received]
    uploads = [cast("dict[str, Upload]", one.document)["file"] for one in received]
    read = [upload.file.read() for upload in uploads]
    for upload in uploads:
        upload.file.close()

    assert first == again
    assert len({first, *others}) == 3
    assert read == [sent for _, sent, _ in forms]
    assert [(one.size, one.sha256) for one in uploads] == [(len(sent), sha256(sent).digest()) for sent in read]


async def test_the_texts_of_a_form_are_bounded_together() -> None:
    body = Body({"multipart/form-data": FormMedia(_ANYTHING, MultipartForm({}))}, max_size=10**7)
    half = "x" * (MAX_TEXT // 2 + 1)
    with pytest.raises(Refusal) as raised:
        await body.receive(_form("x", b"", half, half))
    assert raised.value.status == 413


def _form(boundary: str, content: bytes, *texts: str) -> Request:
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="text"\r\n\r\n{text}\r\n' for text in texts]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    chunks = ["".join(parts).encode(), head.encode(), content, f"\r\n--{boundary}--\r\n".encode()]
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Message:
        return messages.pop(0)

    headers = [(b"content-type", f"multipart/form-data; boundary={boundary}".encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def test_multipart_forms_that_do_not_fit_are_422(library: httpx.AsyncClient) -> None:
    files = {"caption": ("a.txt", b"text"), "extra": ("b.txt", b"text")}
    response = await library.put(COVER, data={"width": "2_0", "picture": "no file"}, files=files)
    assert response.status_code == 422
    found = {(error["pointer"], error["code"]) for error in response.json()["errors"]}
    assert {("/caption", "wrong_type"), ("/picture", "wrong_type")} <= found


_CUT = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\nhalf of it'


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=x", b"garbage"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", _CUT),
        ("multipart/form-data; boundary=x", _CUT + b"\r\n--x\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"),
        ("multipart/form-data; boundary=\xe9", b"--x--"),
    ],
)
async def test_multipart_bodies_that_cannot_be_read_are_400(
    library: httpx.AsyncClient, content_type: str, content: bytes
) -> None:
    headers = [(b"content-type", content_type.encode("latin-1"))]
    assert refusal(await library.put(COVER, content=content, headers=headers)) == (400, "malformed-request")


async def test_a_body_may_be_left_out_where_the_contract_says_so(library: httpx.AsyncClient, seen: Seen) -> None:
    path = f"/api/v1/books/{BOOK_ID}/loan"
    json = {"content-type": "application/json"}
    assert (await library.post(path)).status_code == 204
    assert (await library.post(path, json={"reader_email": "ada@example.com"})).status_code == 204
    assert seen.bodies == [None, models.Loan(reader_email="ada@example.com")]
    assert refusal(await library.post(path, content=b"", headers=json)) == (400, "malformed-request")
    assert refusal(await library.post(path, content=b"{}"))[0] == 415
    assert refusal(await library.post(path, content=b"{}", headers=json))[0] == 422
    assert refusal(await library.post(path, content=b"null", headers=json))[0] == 422


async def test_the_same_body_also_comes_as_json(library: httpx.AsyncClient, seen: Seen) -> None:
    body = {"name": "ada", "password": "Copper-Kettle-58"}
    assert (await library.post("/api/v1/token", json=body)).status_code == 200
    assert isinstance(seen.bodies[-1], models.TokenRequest)
    closed = await library.post("/api/v1/token", json={**body, "extra": 1})
    assert closed.status_code == 422
    assert (await library.post("/api/v1/books", json=BOOK)).status_code == 201
