"""Pages of lists: sealed cursors, and the row comparison by which the next page begins where the last one ended."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy import ColumnElement, Integer, bindparam, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from impl.kernel.errors import InvalidCursor, JsonScalar
from impl.kernel.secrets import derive

type Position = Sequence[JsonScalar]

# Written into the statement's text: PostgreSQL takes a limit that it does not know for a tenth of all rows, and then
# plans the statement anew at each use, which takes longer than running it.
LIMIT = bindparam("limit", type_=Integer, literal_execute=True)

_TOKEN_MAX = 1024
_INVALID = "Begin again without a cursor; one is good for the list and the filters that gave it only."


class Cursors:
    """Seals positions so that nobody reads, changes or moves them to another list.

    Encrypted, because a position may hold what the list itself does not show (a distance, a quality). Deterministic
    (AES-SIV, RFC 5297), because the same page must have the same bytes, else its ETag would never match.
    """

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(derive(secret, "cursors.1") + derive(secret, "cursors.2"))

    def seal(self, position: Position, *, scope: str) -> str:
        """A token for the position, good for the scope (operation and canonical filters) only."""
        plain = json.dumps(list(position), separators=(",", ":"), allow_nan=False).encode()
        return base64.urlsafe_b64encode(self._cipher.encrypt(plain, [scope.encode()])).rstrip(b"=").decode("ascii")

    def open(self, token: str, *, scope: str) -> list[JsonScalar]:
        """The position; raises InvalidCursor (422) for anything that `seal` did not give for this scope."""
        if len(token) > _TOKEN_MAX:
            raise InvalidCursor(_INVALID)
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            position: list[JsonScalar] = json.loads(
                self._cipher.decrypt(sealed, [scope.encode("utf-8", "surrogatepass")])
            )
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise InvalidCursor(_INVALID) from error
        return position


@dataclass(frozen=True, slots=True)
class Page[T]:
    """Some items of a list, whether more follow, and the position behind the last one when the maker gave its key."""

    items: Sequence[T]
    more: bool = False
    next: Position | None = None

    @staticmethod
    def of[S](found: Sequence[S], limit: int, key: Callable[[S], Position] | None = None) -> "Page[S]":
        """A page of up to `limit` of what was found when `limit + 1` were asked for."""
        if len(found) <= limit:
            return Page(found)
        items = found[:limit]
        return Page(items, more=True, next=None if key is None else key(items[-1]))


def beyond(
    key: Mapping[str, ColumnElement[Any] | InstrumentedAttribute[Any]], *, descending: bool = False
) -> ColumnElement[bool]:
    """The rows after a position, as one row comparison that an index on the key answers.

    Names of bind parameters to the columns of the key. They get the columns' types: without, SQLite would be handed
    values that it cannot store.
    """
    columns = tuple_(*key.values())
    last = tuple_(*(bindparam(name, type_=column.type) for name, column in key.items()))
    return columns < last if descending else columns > last
