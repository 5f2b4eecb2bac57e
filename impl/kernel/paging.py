"""Pages of lists: encrypted cursors, keyset comparisons and bounded totals."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, TypedDict
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, literal_column, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from impl.kernel.errors import InvalidCursor, JsonScalar
from impl.kernel.reader import Reader
from impl.kernel.secrets import derive
from impl.kernel.statements import Query

type Position = Sequence[JsonScalar]
# Position in a list by time; the id distinguishes rows of the same instant.
type Moment = tuple[datetime, UUID]

# Bound of counts: an exact count of a long list costs more than the page beside it.
COUNTED: Final = 1000
# Column that a count selects of each row.
EACH: Final[ColumnElement[int]] = literal_column("1", Integer).label("one")


def fetched(limit: int) -> int:
    """Return how many rows are fetched where so many are shown or counted: one more tells whether others follow."""
    return limit + 1


# Rows that a bounded count fetches.
COUNT_LIMIT: Final[ColumnElement[int]] = literal_column(str(fetched(COUNTED)), Integer)

# Part of the statement's text: PostgreSQL estimates an unknown limit as a tenth of all rows, and then plans the
# statement anew at each use, which takes longer than running it.
LIMIT = bindparam("limit", type_=Integer, literal_execute=True)

# Room for a name of 360 characters of four bytes each.
_TOKEN_MAX = 2048
_INVALID = "Begin again without a cursor; one is good for the list and the filters that gave it only."


class Cursors:
    """Encrypts positions in a list, so that nobody can read, change or move them to another list.

    A position may hold what the list itself does not show (a distance, a quality). The encryption is deterministic
    (AES-SIV, RFC 5297), because the same page must have the same bytes, else its ETag would never match.
    """

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(derive(secret, "cursors.1") + derive(secret, "cursors.2"))

    def encode(self, position: Position, *, scope: str) -> str:
        """Encode a position as a token that is valid for the scope (operation and canonical filters) only."""
        text = json.dumps(list(position), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        plain = text.encode("utf-8", "surrogatepass")
        return base64.urlsafe_b64encode(self._cipher.encrypt(plain, [scope.encode()])).rstrip(b"=").decode("ascii")

    def decode(self, token: str, *, scope: str) -> list[JsonScalar]:
        """Decode a position; raise InvalidCursor (422) for anything that `encode` did not make for this scope."""
        if len(token) > _TOKEN_MAX:
            raise InvalidCursor(_INVALID)
        try:
            encrypted = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            position: list[JsonScalar] = json.loads(
                self._cipher.decrypt(encrypted, [scope.encode("utf-8", "surrogatepass")])
            )
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise InvalidCursor(_INVALID) from error
        return position

    def encode_next_moment[R](self, page: "Page[R]", moment_of: Callable[[R], Moment], *, scope: str) -> str | None:
        """Return a token for the moment of the last row; None when no more rows follow."""
        if not page.more:
            return None
        at, last_id = moment_of(page.items[-1])
        return self.encode([at.isoformat(), str(last_id)], scope=scope)

    def decode_moment(self, token: str | None, *, scope: str) -> Moment | None:
        """Decode the position of `encode_next_moment`; return None without a token, as for the first page."""
        if token is None:
            return None
        at, last_id = self.decode(token, scope=scope)
        return datetime.fromisoformat(str(at)), UUID(str(last_id))


@dataclass(frozen=True, slots=True)
class Page[T]:
    """Items of a page, and whether more follow."""

    items: Sequence[T]
    more: bool = False

    @staticmethod
    def of[S](found: Sequence[S], limit: int) -> "Page[S]":
        """Make a page of up to `limit` of the rows that a query for `fetched(limit)` found."""
        return Page(found[:limit], more=len(found) > limit)


@dataclass(frozen=True, slots=True)
class ListFilters:
    """Base of a list's filters: each field is named like the parameter of its condition, and None leaves it out."""

    def binds(self) -> dict[str, object]:
        """Return the values of the filters that narrow, by name: each set of names has a statement of its own."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def cursor_scope(self) -> str:
        """Return a text that is the same for the same filters."""
        return str(sorted(self.binds().items()))


def after_position(
    key: Mapping[str, ColumnElement[Any] | InstrumentedAttribute[Any]], *, descending: bool = False
) -> ColumnElement[bool]:
    """Compare rows with a position, as one row comparison that an index on the key answers.

    Names of bind parameters to the columns of the key. They get the columns' types: without, SQLite would be handed
    values that it cannot store.
    """
    columns = tuple_(*key.values())
    last = tuple_(*(bindparam(name, type_=column.type) for name, column in key.items()))
    return columns < last if descending else columns > last


def keyset_page(
    statement: Select[*tuple[Any, ...]],
    key: Mapping[str, ColumnElement[Any] | InstrumentedAttribute[Any]],
    *,
    descending: bool,
    continued: bool,
) -> Select[*tuple[Any, ...]]:
    """Order and limit a statement to a page by this key; a continued one begins after a position."""
    if continued:
        statement = statement.where(after_position(key, descending=descending))
    order = [column.desc() if descending else column.asc() for column in key.values()]
    return statement.order_by(*order).limit(LIMIT)


class Counted(TypedDict):
    """Row of a count."""

    total: int


def bounded_count(rows: Select[int]) -> Select[int]:
    """Select the number of these rows as `total`, up to COUNTED + 1, which stands for more."""
    return select(func.count().label("total")).select_from(rows.limit(COUNT_LIMIT).subquery())


async def total_of(reader: Reader, query: Query[Counted], **binds: object) -> int:
    """Return the `total` of a count."""
    row = await reader.first(query, **binds)
    return 0 if row is None else row["total"]


class Total(TypedDict):
    """Number of all matches, as pages report it."""

    total: int | None
    total_capped: bool


def capped(count: int | None) -> Total:
    """Return a count as pages show it: null if not requested, COUNTED and capped if there are more."""
    return {
        "total": None if count is None else min(count, COUNTED),
        "total_capped": count is not None and count > COUNTED,
    }
