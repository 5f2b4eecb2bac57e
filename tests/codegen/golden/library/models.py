# Generated from library.yaml by openapi/codegen. Change that, then `make generate`.
"""What requests hold, and every enum."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr

from openapi.runtime.formats import EMAIL_SHAPE, URI_SHAPE, Closed, Day, NotNull, Patch, Text, Timestamp, Unique, Uuid
from openapi.runtime.forms import Upload


class Genre(StrEnum):
    """What kind of book."""

    NOVEL = "NOVEL"
    POEMS = "POEMS"
    TRY = "TRY"


class BookSort(StrEnum):
    """A minus means descending."""

    PUBLISHED_DATE = "published_date"
    PUBLISHED_DATE_DESC = "-published_date"


type Title = Annotated[StrictStr, Field(max_length=40, min_length=1, pattern="^[^\\u0000]+$")]


type Keyword = Annotated[StrictStr, Field(max_length=20, min_length=1, pattern="^[a-z]+$")]


type ReaderEmail = Annotated[StrictStr, Field(max_length=254), EMAIL_SHAPE]


class Chapter(Closed):
    """A part of a book."""

    name: Title
    pages: Annotated[StrictInt, Field(ge=1, le=2000)]


class HardCover(Closed):
    kind: Literal["HARD"]
    weight_grams: Annotated[StrictInt, Field(ge=1, le=5000)]


class SoftCover(Closed):
    kind: Literal["SOFT"]


type Binding = Annotated[HardCover | SoftCover, Field(discriminator="kind")]


class BookCreate(Closed):
    """A new book."""

    title: Title
    subtitle: Annotated[StrictStr | None, Field(max_length=40, min_length=1, pattern="^[^\\u0000]+$")] = None
    genre: Genre
    pages: Annotated[StrictInt, Field(ge=1, le=9007199254740991)]
    price: Annotated[StrictFloat | None, Field(ge=0.0, le=1000.0), NotNull()] = None
    signed: Annotated[StrictBool | None, NotNull()] = None
    published_date: Annotated[Day | None, NotNull()] = None
    lent_at: Annotated[Timestamp | None, NotNull()] = None
    owner_id: Uuid | None = None
    series_id: Uuid | None = None
    author_email: Annotated[StrictStr | None, Field(max_length=254), EMAIL_SHAPE, NotNull()] = None
    reader_email: Annotated[ReaderEmail | None, NotNull()] = None
    homepage: Annotated[StrictStr | None, Field(max_length=200), URI_SHAPE, NotNull()] = None
    keywords: Annotated[list[Keyword] | None, Field(max_length=5), Unique(), NotNull()] = None
    chapters: Annotated[list[Chapter] | None, Field(max_length=5), NotNull()] = None
    notes: Annotated[dict[str, Title] | None, Field(max_length=3), NotNull()] = None
    binding: Annotated[Binding | None, NotNull()] = None
    code: Annotated[
        StrictStr | None,
        Field(max_length=20),
        Text(patterns=("^[^\\u0000]*[A-Z][^\\u0000]*$", "^[^\\u0000]*[0-9][^\\u0000]*$")),
        NotNull(),
    ] = None


class BookUpdate(Patch):
    """What changes."""

    min_properties: ClassVar[int] = 1
    title: Annotated[Title | None, NotNull()] = None
    subtitle: Annotated[StrictStr | None, Field(max_length=40, min_length=1, pattern="^[^\\u0000]+$")] = None
    keywords: Annotated[list[Keyword] | None, Field(max_length=5), Unique(), NotNull()] = None


class Loan(Closed):
    """Who reads it."""

    reader_email: ReaderEmail


type EventType = Literal["book.lent"]


class CoverForm(Closed):
    caption: Annotated[StrictStr, Field(max_length=40, min_length=1, pattern="^[^\\u0000]+$")]
    width: Annotated[StrictInt | None, Field(ge=1, le=4000), NotNull()] = None
    picture: Upload


class TokenRequest(Closed):
    name: Annotated[StrictStr, Field(max_length=40, min_length=1, pattern="^[^\\u0000]+$")]
    password: Annotated[StrictStr, Field(max_length=128, min_length=8, pattern="^[^\\u0000]+$")]


class TokenForm(Closed):
    username: Annotated[StrictStr, Field(max_length=40, min_length=1, pattern="^[^\\u0000]+$")]
    password: Annotated[StrictStr, Field(max_length=128, min_length=8, pattern="^[^\\u0000]+$")]
    remember: Annotated[StrictBool | None, NotNull()] = None


class TradeForm(Closed):
    token: Annotated[StrictStr, Field(max_length=40, min_length=1, pattern="^[a-z]+$")]
