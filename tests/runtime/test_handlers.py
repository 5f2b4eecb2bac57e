"""A missing, extra or differently typed handler fails the type checker, and the program's start."""

import re
import subprocess
import sys
from pathlib import Path
from typing import TypedDict, Unpack, cast
from uuid import UUID

import pytest

from openapi.runtime.signatures import HandlerMismatchError
from openapi.runtime.wire import Reply
from tests.codegen.golden.library import models
from tests.codegen.golden.library.routers import books, shelf_search
from tests.runtime.service import BooksHandlers, HeaderGuard, SearchHandlers, Seen

ROOT = Path(__file__).parents[2]
SERVICE = Path(__file__).with_name("service.py")


def build(handlers: object) -> None:
    books.build_router(cast("books.AbstractBooksHandlers[str, str]", handlers), HeaderGuard(Seen()))


class BookKeywords(TypedDict):
    book_id: UUID


class OtherKeywords(TypedDict):
    book_id: str


def with_methods(**methods: object) -> object:
    """Return the proper handlers, with some methods exchanged or added."""
    return type("Handlers", (BooksHandlers,), methods)(Seen())


async def other_argument(self: object, caller: str, *, id: UUID) -> books.DeleteBookNoContent:  # noqa: A002 - the mistake under test
    raise NotImplementedError


async def other_type(self: object, caller: str, *, book_id: str) -> books.DeleteBookNoContent:
    raise NotImplementedError


async def positional(self: object, caller: str, book_id: UUID) -> books.DeleteBookNoContent:
    raise NotImplementedError


async def other_reply(self: object, caller: str, *, book_id: UUID) -> books.GetBookOk:
    raise NotImplementedError


async def any_reply(self: object, caller: str, *, book_id: UUID) -> Reply:
    raise NotImplementedError


async def unreadable(self: object, caller: str, *, book_id: "Elsewhere") -> books.DeleteBookNoContent:  # type: ignore[name-defined]  # noqa: F821 - the mistake under test
    raise NotImplementedError


async def keywords(self: object, caller: str, **given: Unpack[BookKeywords]) -> books.DeleteBookNoContent:
    raise NotImplementedError


async def other_keywords(self: object, caller: str, **given: Unpack[OtherKeywords]) -> books.DeleteBookNoContent:
    raise NotImplementedError


async def any_keywords(self: object, caller: str, **given: UUID) -> books.DeleteBookNoContent:
    raise NotImplementedError


def blocking(self: object, caller: str, *, book_id: UUID) -> books.DeleteBookNoContent:
    raise NotImplementedError


async def burn_book(self: object, caller: str) -> books.DeleteBookNoContent:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("methods", "complaint"),
    [
        ({"delete_book": None}, "delete_book: the handler is missing"),
        ({"delete_book": blocking}, "delete_book: the handler must be an async method"),
        (
            {"delete_book": other_argument},
            r"delete_book: takes .*id: uuid.UUID.*, the contract gives .*book_id: uuid.UUID",
        ),
        ({"delete_book": positional}, "delete_book: takes"),
        ({"delete_book": other_type}, "delete_book: book_id is str, the contract gives UUID"),
        ({"delete_book": other_keywords}, "delete_book: book_id is str, the contract gives UUID"),
        ({"delete_book": any_keywords}, "delete_book: takes"),
        ({"delete_book": other_reply}, "delete_book: returns GetBookOk, which the contract does not list"),
        ({"delete_book": any_reply}, "delete_book: returns Reply, which the contract does not list"),
        ({"delete_book": unreadable}, "delete_book: its annotations cannot be read .*Elsewhere"),
        ({"burn_book": burn_book}, "burn_book: no operation of AbstractBooksHandlers has this name"),
    ],
)
def test_the_program_does_not_start(methods: dict[str, object], complaint: str) -> None:
    with pytest.raises(HandlerMismatchError, match=complaint):
        build(with_methods(**methods))


def test_an_abstract_class_cannot_be_made() -> None:
    class Incomplete(shelf_search.AbstractShelfSearchHandlers[str, str]):
        async def get_latest_book(self, anonymous: str) -> shelf_search.GetLatestBookOk:  # type: ignore[explicit-override]  # as a newcomer writes it
            raise NotImplementedError

    with pytest.raises(TypeError, match="issue_token"):
        Incomplete()  # type: ignore[abstract]  # the mistake under test


def test_handlers_of_another_tag_are_told_apart() -> None:
    with pytest.raises(HandlerMismatchError) as caught:
        build(SearchHandlers(Seen()))
    assert "issue_token: no operation of AbstractBooksHandlers" in str(caught.value)
    assert "create_book: the handler is missing" in str(caught.value)


def test_proper_handlers_pass() -> None:
    build(BooksHandlers(Seen()))
    build(with_methods(delete_book=keywords))
    assert isinstance(models.Genre.NOVEL, str)


CHANGES = {
    "missing": (
        "async def delete_book",
        "async def _delete_book",
        'abstract class "BooksHandlers" with abstract attribute "delete_book"',
    ),
    "superfluous": ("async def delete_book", "async def burn_book", 'Method "burn_book" is marked as an override'),
    "another argument": (
        "book_id: UUID) -> books.DeleteBookNoContent",
        "id: UUID) -> books.DeleteBookNoContent",
        '"delete_book" incompatible',
    ),
    "another type": (
        "book_id: UUID) -> books.DeleteBookNoContent",
        "book_id: str) -> books.DeleteBookNoContent",
        'Argument 2 of "delete_book" is incompatible',
    ),
    "another reply": (
        "-> books.DeleteBookNoContent",
        "-> books.GetBookOk",
        'Return type .* of "delete_book" incompatible',
    ),
    "a body that the contract does not list": (
        '"next_cursor": None}',
        '"next": None}',
        'Missing key "next_cursor"|Extra key "next"',
    ),
    "a missing header": (", etag='\"7\"'", "", 'Missing named argument "etag"'),
    "a wrong status": (
        "return books.DeleteBookNoContent()",
        "return books.ReplaceCoverNoContent()",
        "Incompatible return value type",
    ),
}


def test_the_type_checker_names_the_operation(tmp_path: Path) -> None:
    """One run over all variants, because a run costs seconds."""
    text = SERVICE.read_text(encoding="utf-8")
    for number, (old, new, _) in enumerate(CHANGES.values()):
        assert old in text
        (tmp_path / f"variant_{number}.py").write_text(text.replace(old, new), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file=pyproject.toml", "--no-pretty", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    for number, (name, (_, _, complaint)) in enumerate(CHANGES.items()):
        told = [line for line in result.stdout.splitlines() if f"variant_{number}.py" in line]
        assert any(re.search(complaint, line) for line in told), f"{name}: {told or result.stderr}"
