# Generated from library.yaml by openapi/codegen. Change that, then `make generate`.
"""What events hold that the service sends."""

from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictStr

from openapi.runtime.formats import EMAIL_SHAPE, Closed, Timestamp

type ReaderEmail = Annotated[StrictStr, Field(max_length=254), EMAIL_SHAPE]


class Loan(Closed):
    """Who reads it."""

    reader_email: ReaderEmail


type EventTime = Timestamp


class BookLentEvent(Closed):
    """A book is lent."""

    type: Literal["book.lent"]
    timestamp: EventTime
    data: Loan


WEBHOOKS: MappingProxyType[str, type[BaseModel]] = MappingProxyType({"book.lent": BookLentEvent})
