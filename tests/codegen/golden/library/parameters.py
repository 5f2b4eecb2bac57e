# Generated from library.yaml by openapi/codegen. Change that, then `make generate`.
"""Path, query and header parameters of each operation."""

from typing import Annotated

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr

from openapi.runtime.formats import Closed, Timestamp, Uuid
from tests.codegen.golden.library.models import BookSort, Genre


class ListBooksParameters(Closed):
    """Parameters of `listBooks`."""

    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=200, min_length=1, pattern="^[a-z]+$")] = None
    title: Annotated[StrictStr | None, Field(max_length=40, min_length=1, pattern="^[^\\u0000]+$")] = None
    available: StrictBool | None = None
    max_weight: Annotated[StrictFloat | None, Field(ge=0.0, le=1000.0)] = None
    sort: BookSort
    genre: Annotated[list[Genre] | None, Field(max_length=3)] = None
    ids: Annotated[list[Uuid] | None, Field(max_length=3)] = None
    since: Timestamp | None = None
    accept_shelf: Annotated[StrictInt | None, Field(ge=1, le=9)] = None


class CreateBookParameters(Closed):
    """Parameters of `createBook`."""

    idempotency_key: Annotated[StrictStr | None, Field(max_length=64, min_length=1)] = None


class GetLatestBookParameters(Closed):
    """Parameters of `getLatestBook`."""

    if_none_match: Annotated[StrictStr | None, Field(max_length=200)] = None


class WatchBooksParameters(Closed):
    """Parameters of `watchBooks`."""

    last_event_id: Annotated[StrictInt | None, Field(ge=0, le=1000)] = None


class GetBookParameters(Closed):
    """Parameters of `getBook`."""

    book_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=200)] = None


class UpdateBookParameters(Closed):
    """Parameters of `updateBook`."""

    book_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=200)] = None


class DeleteBookParameters(Closed):
    """Parameters of `deleteBook`."""

    book_id: Uuid


class GetCoverParameters(Closed):
    """Parameters of `getCover`."""

    book_id: Uuid


class ReplaceCoverParameters(Closed):
    """Parameters of `replaceCover`."""

    book_id: Uuid


class ReplaceBindingParameters(Closed):
    """Parameters of `replaceBinding`."""

    book_id: Uuid


class LendBookParameters(Closed):
    """Parameters of `lendBook`."""

    book_id: Uuid


class OpenDoorParameters(Closed):
    """Parameters of `openDoor`."""

    host_visit: Annotated[StrictStr | None, Field(max_length=20, pattern="^[a-z; ]+$")] = None
    visit: Annotated[StrictInt | None, Field(ge=1, le=9)] = None
