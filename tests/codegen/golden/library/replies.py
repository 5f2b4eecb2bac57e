# Generated from library.yaml by openapi/codegen. Change that, then `make generate`.
"""What replies hold."""

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from tests.codegen.golden.library.models import Genre

type Title = str


class Chapter(TypedDict):
    """A part of a book."""

    name: Title
    pages: int


class HardCover(TypedDict):
    kind: Literal["HARD"]
    weight_grams: int


class SoftCover(TypedDict):
    kind: Literal["SOFT"]


type Binding = HardCover | SoftCover
"""How it is bound."""


class Book(TypedDict):
    """A book."""

    id: UUID
    title: Title
    subtitle: str | None
    genre: Genre
    added_at: datetime
    chapters: list[Chapter]


class BookPage(TypedDict):
    """Books."""

    items: list[Book]
    next_cursor: str | None


class Token(TypedDict):
    """A token."""

    access_token: str
