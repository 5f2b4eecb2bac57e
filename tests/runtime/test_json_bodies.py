"""Bodies are read as RFC 8259 and JSON Schema say, not as Python does by default."""

import json
from datetime import UTC, date, datetime
from typing import cast
from uuid import UUID

import httpx
import pytest

from tests.codegen.golden.library import models
from tests.runtime.service import BOOK_ID, Seen

BOOK = {"title": "Emma", "genre": "NOVEL", "pages": 474}
JSON = {"content-type": "application/json"}


async def create(library: httpx.AsyncClient, **changes: object) -> httpx.Response:
    return await library.post("/api/v1/books", json={**BOOK, **changes})


def codes(response: httpx.Response) -> list[tuple[str, str]]:
    assert response.status_code == 422, response.text
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


MALFORMED = {
    "empty": b"",
    "not JSON": b"{title: 1}",
    "two documents": b"{} {}",
    "trailing comma": b'{"title": "Emma",}',
    "comment": b'{"title": "Emma" /* no */}',
    "NaN": b'{"pages": NaN}',
    "infinity": b'{"pages": -Infinity}',
    "1e400": b'{"price": 1e400}',
    "zero with a long exponent": b'{"price": 0e1000000000000000000}',
    "nearly zero with a long exponent": b'{"price": 1e-99999999999999999999}',
    "same name twice": b'{"title": "a", "title": "b"}',
    "same name twice, written differently": b'{"title": "a", "titl\\u0065": "b"}',
    "half a surrogate pair": b'{"title": "\\ud800"}',
    "half a surrogate pair as a name": b'{"\\udfff": 1}',
    "bytes that are not UTF-8": b'{"title": "\xff"}',
    "UTF-16": '{"title": "Emma"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + json.dumps(BOOK).encode(),
    "control character in a string": b'{"title": "a\x01"}',
    "too deep": b'{"notes": ' + b"[" * 40 + b"]" * 40 + b"}",
    "far too deep": b"[" * 60_000,
    "thousands of digits": b'{"pages": ' + b"9" * 5000 + b"}",
    "leading zero": b'{"pages": 01}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_malformed_json_is_400(library: httpx.AsyncClient, body: bytes) -> None:
    response = await library.post("/api/v1/books", content=body, headers=JSON)
    assert (response.status_code, response.json()["slug"]) == (400, "malformed-request")


@pytest.mark.parametrize(
    ("pages", "stored"), [("474", 474), ("474.0", 474), ("4.74e2", 474), ("9007199254740991", 9007199254740991)]
)
async def test_a_number_without_fraction_is_an_integer(
    library: httpx.AsyncClient, seen: Seen, pages: str, stored: int
) -> None:
    body = '{"title": "Emma", "genre": "NOVEL", "pages": %s}' % pages  # noqa: UP031 - braces of JSON
    response = await library.post("/api/v1/books", content=body, headers=JSON)
    assert response.status_code == 201
    assert cast("models.BookCreate", seen.bodies[-1]).pages == stored


REFUSED: list[tuple[str, object, str]] = [
    ("pages", "474", "wrong_type"),
    ("pages", True, "wrong_type"),
    ("pages", 1.5, "wrong_type"),
    ("pages", None, "wrong_type"),
    ("pages", 0, "too_small"),
    ("pages", 10**40, "too_large"),
    ("price", True, "wrong_type"),
    ("price", "1.5", "wrong_type"),
    ("price", 10**300, "too_large"),
    ("price", -0.01, "too_small"),
    ("signed", 1, "wrong_type"),
    ("signed", "true", "wrong_type"),
    ("signed", None, "wrong_type"),
    ("title", "", "too_short"),
    ("title", "a" * 41, "too_long"),
    ("title", "a\0b", "wrong_format"),
    ("title", 5, "wrong_type"),
    ("title", None, "wrong_type"),
    ("genre", "novel", "unknown_value"),
    ("genre", 1, "unknown_value"),
    ("published_date", "2026-02-30", "wrong_format"),
    ("published_date", "2026-01-31T00:00:00Z", "wrong_format"),
    ("published_date", 1767225600, "wrong_type"),
    ("lent_at", "2026-01-31T09:30:00", "wrong_format"),
    ("lent_at", "2026-02-30T09:30:00Z", "wrong_format"),
    ("lent_at", "2026-01-31T09:30:60Z", "wrong_format"),
    ("lent_at", "2026-01-31 09:30:00Z", "wrong_format"),
    ("lent_at", "2026-01-31T09:30:00Z\n", "wrong_format"),
    ("lent_at", "1767225600", "wrong_format"),
    ("lent_at", "0001-01-01T00:00:00+14:00", "out_of_range"),
    ("lent_at", "9999-12-31T23:59:59-12:00", "out_of_range"),
    ("owner_id", "0198a2c4e1b07c3f9d5e6a7b8c9d0e1f", "wrong_format"),
    ("owner_id", "{0198a2c4-e1b0-7c3f-9d5e-6a7b8c9d0e1f}", "wrong_format"),
    ("owner_id", "urn:uuid:0198a2c4-e1b0-7c3f-9d5e-6a7b8c9d0e1f", "wrong_format"),
    ("series_id", 7, "wrong_type"),
    ("author_email", "ada", "wrong_format"),
    ("author_email", "ada@@example.com", "wrong_format"),
    ("author_email", "ada@example.com\n", "wrong_format"),
    ("author_email", "a" * 65 + "@example.com", "wrong_format"),
    ("author_email", "a" * 64 + "@" + ("b" * 63 + ".") * 3 + "com", "too_long"),
    ("reader_email", "ada@", "wrong_format"),
    ("homepage", "//example.com", "wrong_format"),
    ("homepage", "https://example.com/a b", "wrong_format"),
    ("keywords", ["a", "b", "a"], "not_unique"),
    ("keywords", list("abcdef"), "too_many"),
    ("keywords", "abc", "wrong_type"),
    ("keywords", {"a": 1}, "wrong_type"),
    ("code", "ABC", "wrong_format"),
    ("code", "123", "wrong_format"),
    ("notes", {"a": "x", "b": "x", "c": "x", "d": "x"}, "too_many"),
]


@pytest.mark.parametrize(
    ("name", "value", "code"), REFUSED, ids=[f"{name}={str(value)[:30]!r}" for name, value, _ in REFUSED]
)
async def test_values_that_do_not_fit_are_422_with_their_pointer(
    library: httpx.AsyncClient, name: str, value: object, code: str
) -> None:
    assert codes(await create(library, **{name: value})) == [(f"/{name}", code)]


async def test_everything_that_fits_arrives_as_its_type(library: httpx.AsyncClient, seen: Seen) -> None:
    response = await create(
        library,
        price=12,
        signed=False,
        published_date="2026-01-31",
        lent_at="2026-01-31T10:30:00.25+01:00",
        owner_id="0198A2C4-E1B0-7C3F-9D5E-6A7B8C9D0E1F",
        series_id=None,
        author_email="ada@example.test",
        homepage="https://example.com/a%20b?c=d#e",
        keywords=["a", "b"],
        chapters=[{"name": "One", "pages": 12}],
        notes={"first/name": "x"},
        binding={"kind": "HARD", "weight_grams": 300},
        code="A1",
    )
    assert response.status_code == 201, response.text
    body = cast("models.BookCreate", seen.bodies[-1])
    assert (body.genre, body.price, body.signed) == (models.Genre.NOVEL, 12.0, False)
    assert body.published_date == date(2026, 1, 31)
    assert body.lent_at == datetime(2026, 1, 31, 9, 30, 0, 250000, tzinfo=UTC)
    assert body.owner_id == UUID("0198a2c4-e1b0-7c3f-9d5e-6a7b8c9d0e1f")
    assert isinstance(body.binding, models.HardCover)
    assert body.notes == {"first/name": "x"}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("1998-12-31T23:59:60Z", datetime(1999, 1, 1, tzinfo=UTC)),
        ("1998-12-31T15:59:60.25-08:00", datetime(1999, 1, 1, 0, 0, 0, 250000, tzinfo=UTC)),
        ("2016-07-01t01:59:60+02:00", datetime(2016, 7, 1, tzinfo=UTC)),
        ("2026-01-31T09:30:00.123456789Z", datetime(2026, 1, 31, 9, 30, 0, 123456, tzinfo=UTC)),
        ("8999-12-31T23:59:59-23:59", datetime(9000, 1, 1, 23, 58, 59, tzinfo=UTC)),
    ],
)
async def test_a_leap_second_is_the_second_after_it_and_finer_than_a_microsecond_is_cut(
    library: httpx.AsyncClient, seen: Seen, sent: str, stored: datetime
) -> None:
    response = await create(library, lent_at=sent)
    assert response.status_code == 201, response.text
    assert cast("models.BookCreate", seen.bodies[-1]).lent_at == stored


@pytest.mark.parametrize("name", ["lent_at", "published_date"])
@pytest.mark.parametrize("year", ["0000", "0001", "0999", "9000", "9999"])
async def test_a_year_that_cannot_be_kept_is_told_with_those_that_can(
    library: httpx.AsyncClient, name: str, year: str
) -> None:
    value = f"{year}-12-31" if name == "published_date" else f"{year}-12-31T23:59:59Z"
    (error,) = (await create(library, **{name: value})).json()["errors"]
    assert (error["code"], error["detail"]) == ("out_of_range", "must be between the years 1000 and 8999")


async def test_pointers_lead_through_arrays_maps_and_unions(library: httpx.AsyncClient) -> None:
    response = await create(
        library,
        chapters=[{"name": "One", "pages": 1}, {"name": "", "pages": "2", "colour": 1}],
        notes={"a/b~c": 1},
        binding={"kind": "HARD"},
        title=7,
    )
    assert sorted(codes(response)) == [
        ("/binding/weight_grams", "missing"),
        ("/chapters/1/colour", "unknown"),
        ("/chapters/1/name", "too_short"),
        ("/chapters/1/pages", "wrong_type"),
        ("/notes/a~1b~0c", "wrong_type"),
        ("/title", "wrong_type"),
    ]


async def test_a_body_may_be_one_of_several(library: httpx.AsyncClient, seen: Seen) -> None:
    path = f"/api/v1/books/{BOOK_ID}/binding"
    hard = await library.put(path, json={"kind": "HARD", "weight_grams": 300})
    assert hard.json() == {"kind": "HARD", "weight_grams": 300}
    assert (await library.put(path, json={"kind": "SOFT"})).json() == {"kind": "SOFT"}
    assert seen.bodies == [models.HardCover(kind="HARD", weight_grams=300), models.SoftCover(kind="SOFT")]
    assert codes(await library.put(path, json={"kind": "SOFT", "weight_grams": 3})) == [("/weight_grams", "unknown")]
    assert codes(await library.put(path, json={"kind": "HARD"})) == [("/weight_grams", "missing")]
    assert codes(await library.put(path, json={"kind": 5})) == [("/kind", "unknown_value")]
    assert codes(await library.put(path, json={})) == [("/kind", "missing")]
    assert codes(await create(library, binding={"kind": "GOLD"})) == [("/binding/kind", "unknown_value")]
    assert codes(await library.put(path, json=[])) == [("", "wrong_type")]


@pytest.mark.parametrize("document", [[], "text", 5, None, True])
async def test_a_document_that_is_no_object_is_422(library: httpx.AsyncClient, document: object) -> None:
    response = await library.post("/api/v1/books", content=json.dumps(document), headers=JSON)
    assert codes(response) == [("", "wrong_type")]


async def test_unknown_members_are_refused(library: httpx.AsyncClient) -> None:
    assert codes(await create(library, roles=["LIBRARIAN"])) == [("/roles", "unknown")]


async def test_a_hostile_body_gets_a_short_answer(library: httpx.AsyncClient) -> None:
    response = await create(library, **{f"x{number}" * 60: 1 for number in range(300)})
    assert response.status_code == 422
    assert len(response.content) < 10_000


async def test_refusals_never_repeat_what_was_sent(library: httpx.AsyncClient) -> None:
    response = await library.post("/api/v1/token", json={"name": "ada", "password": "hunter2"})
    assert codes(response) == [("/password", "too_short")]
    assert "hunter2" not in response.text
    nested = await library.post("/api/v1/token", json={"name": "ada", "password": {"hunter2": "hunter2"}})
    assert codes(nested) == [("/password", "wrong_type")]
    assert "hunter2" not in nested.text


async def test_a_patch_tells_absent_from_null(library: httpx.AsyncClient, seen: Seen) -> None:
    path = "/api/v1/books/0198a2c4-e1b0-7c3f-9d5e-6a7b8c9d0e1f"
    merge = {"content-type": "application/merge-patch+json"}
    assert (await library.patch(path, content=b'{"subtitle": null}', headers=merge)).status_code == 200
    body = cast("models.BookUpdate", seen.bodies[-1])
    assert body.model_fields_set == {"subtitle"}
    assert body.model_dump(exclude_unset=True) == {"subtitle": None}
    assert (await library.patch(path, json={"title": "Emma"})).status_code == 200
    assert codes(await library.patch(path, json={"title": None})) == [("/title", "wrong_type")]
    assert codes(await library.patch(path, json={})) == [("", "too_few_properties")]
    assert codes(await library.patch(path, json={"keywords": ["a", "a"]})) == [("/keywords", "not_unique")]
