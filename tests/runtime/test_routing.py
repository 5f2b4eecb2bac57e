"""Routes are found by segments, answer HEAD wherever GET, and exist for the contract's paths only."""

import httpx
import pytest
from starlette.routing import Match, NoMatchFound, Route

from openapi.runtime.routing import OperationRoute, SegmentTree
from openapi.runtime.wire import Operation, Reply
from tests.codegen.golden.library import policies
from tests.codegen.golden.library.routers import books
from tests.runtime.service import BOOK_ID, BooksHandlers, HeaderGuard, Seen

BOOK = f"/api/v1/books/{BOOK_ID}"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/books",
        "/api/v1",
        "/api/v1/",
        "/api/v1/books/",
        "/api/v1//books",
        "//api/v1/books",
        "/api/v1/Books",
        "/api/v1/books//cover",
        f"{BOOK}/",
        f"{BOOK}/cover/",
        f"{BOOK}/covers",
        "/api%2Fv1/books",
        "/api/v1/books%2Flatest/",
        "/api/v1/books%FF",
        "/api/v1/books%20",
    ],
)
async def test_other_spellings_are_404_without_redirect(library: httpx.AsyncClient, path: str) -> None:
    url = httpx.URL("http://library").copy_with(raw_path=path.encode())
    response = await library.request("GET", url)
    assert response.status_code == 404


async def test_an_escaped_letter_is_the_letter(library: httpx.AsyncClient) -> None:
    url = httpx.URL("http://library").copy_with(raw_path=b"/api/v1/%62ooks")
    assert (await library.get(url)).status_code == 200


async def test_a_static_segment_is_preferred_to_a_parameter(library: httpx.AsyncClient) -> None:
    assert (await library.get("/api/v1/books/latest")).headers["cache-control"] == "public, max-age=30"


async def test_the_parameter_is_tried_when_the_static_segment_leads_nowhere(library: httpx.AsyncClient) -> None:
    response = await library.put(
        "/api/v1/books/latest/cover", content=b"", headers={"content-type": "multipart/form-data"}
    )
    assert response.status_code == 400  # the operation of /books/{book_id}/cover, which wants a boundary


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/books", "GET, HEAD, POST"),
        (BOOK, "DELETE, GET, HEAD, PATCH"),
        (f"{BOOK}/cover", "GET, HEAD, PUT"),
        ("/api/v1/token", "POST"),
    ],
)
@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "BREW"])
async def test_405_lists_every_method(library: httpx.AsyncClient, path: str, allowed: str, method: str) -> None:
    response = await library.request(method, path, headers={"authorization": ""})
    assert (response.status_code, response.headers["allow"]) == (405, allowed)


async def test_405_comes_before_401(library: httpx.AsyncClient) -> None:
    del library.headers["authorization"]
    assert (await library.put("/api/v1/books")).status_code == 405
    assert (await library.get("/api/v1/books")).status_code == 401


async def test_head_is_get_without_the_body(library: httpx.AsyncClient) -> None:
    get, head = await library.get(BOOK), await library.head(BOOK)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers
    assert int(head.headers["content-length"]) == len(get.content)


def test_the_tree_lists_operations_and_takes_nothing_else() -> None:
    seen = Seen()
    router = books.build_router(BooksHandlers(seen), HeaderGuard(seen))
    tree = SegmentTree(router.routes)
    assert [route.operation for route in tree.routes] == [one for one in policies.OPERATIONS if one.tag == "books"]
    with pytest.raises(TypeError, match="is not an operation"):
        SegmentTree([Route("/x", endpoint=lambda request: None)])
    with pytest.raises(ValueError, match="share a path"):
        SegmentTree([*router.routes, *router.routes])


def test_addresses_are_made_from_operation_ids() -> None:
    seen = Seen()
    tree = SegmentTree(books.build_router(BooksHandlers(seen), HeaderGuard(seen)).routes)
    assert tree.url_path_for("getBook", book_id=str(BOOK_ID)) == BOOK
    with pytest.raises(NoMatchFound):
        tree.url_path_for("burnBook")


def test_other_protocols_are_not_for_the_tree() -> None:
    assert SegmentTree([]).matches({"type": "websocket", "path": "/api/v1/books"})[0] is Match.NONE


async def test_an_operation_also_works_as_a_route_of_its_own(library: httpx.AsyncClient) -> None:
    operation: Operation = policies.GET_BOOK

    async def respond(request: object) -> Reply:
        return Reply(200, {"content-type": "text/plain"}, b"here")

    route = OperationRoute(operation, respond)
    scope = {"type": "http", "method": "GET", "path": BOOK, "headers": [], "query_string": b""}
    assert route.matches(scope)[0] is Match.FULL
    assert (route.operation_id, route.tags, route.methods) == ("getBook", ["books"], {"GET"})
