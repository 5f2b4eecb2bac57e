# Generated from library.yaml by openapi/codegen. Change that, then `make generate`.
"""State machines of the contract: the states of things, and which step leads from which to which."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from openapi.runtime.states import StateMachine


class BookState(StrEnum):
    """Where a book is."""

    SHELVED = "SHELVED"
    LENT = "LENT"
    SOLD = "SOLD"
    PULPED = "PULPED"


type BookStateStep = Literal["createBook", "updateBook", "worker.sell_old", "deleteBook"]

BOOK_STATE_MACHINE: Final[StateMachine[BookState, BookStateStep]] = StateMachine(
    states=BookState,
    starts=MappingProxyType({"createBook": (BookState.SHELVED,)}),
    moves=MappingProxyType(
        {
            BookState.SHELVED: MappingProxyType(
                {
                    "updateBook": (BookState.SHELVED,),
                    "worker.sell_old": (BookState.SOLD,),
                    "deleteBook": (BookState.PULPED,),
                }
            ),
            BookState.LENT: MappingProxyType({}),
            BookState.SOLD: MappingProxyType({"deleteBook": (BookState.PULPED,)}),
            BookState.PULPED: MappingProxyType({}),
        }
    ),
    hidden=frozenset({BookState.PULPED}),
    through=MappingProxyType({}),
    anywhere=frozenset(("updateBook",)),
    reserved=frozenset({BookState.LENT}),
)


class CopyState(StrEnum):
    """A copy goes with its book."""

    HERE = "HERE"
    AWAY = "AWAY"


type CopyStateStep = Literal["createBook", "deleteBook"]

COPY_STATE_MACHINE: Final[StateMachine[CopyState, CopyStateStep]] = StateMachine(
    states=CopyState,
    starts=MappingProxyType({"createBook": (CopyState.HERE,)}),
    moves=MappingProxyType(
        {CopyState.HERE: MappingProxyType({"deleteBook": (CopyState.AWAY,)}), CopyState.AWAY: MappingProxyType({})}
    ),
    hidden=frozenset(),
    through=MappingProxyType({"deleteBook": "BookState"}),
    anywhere=frozenset(),
    reserved=frozenset(),
)
