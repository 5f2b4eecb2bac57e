"""Rows of the demo: their ids and stamps, the texts that they are made of, and how they are added."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import TypedDict

from impl.kernel.tables import Table

DATA: Final = json.loads(Path(__file__).with_name("data.json").read_text(encoding="utf-8"))

# First ids of each kind, as in the contract's examples, so that these can be tried out as they are.
USERS, PROPERTIES, PROFILES, SERVICES = 0xA01, 0xC01, 0xD01, 0xE01
FAVOURITES, SAVED_SEARCHES = 0x1201, 0x1301
REPORTS, SUBMISSIONS, FORBIDDEN_WORDS, VERIFICATIONS = 0x1101, 0x1501, 0x1601, 0x1801
PHOTOS, MESSAGE_PHOTO, REVIEW_PHOTO = 0x1901, 0x1941, 0x1951
INQUIRIES, RECIPIENTS, MESSAGES = 0x1A01, 0x1A11, 0x2101
QUOTES: Final = 0x1B01
JOBS: Final = 0x1F01
REVIEWS: Final = 0x2201
AVAILABILITIES: Final = 0x2001
NOTIFICATIONS, ATTACHMENTS = 0x2301, 0x2401
WEBHOOKS, DELIVERIES = 0x2701, 0x2711
VISITS: Final = 0x2801

type Values = dict[str, object]


class Stamps(TypedDict, closed=True):
    id: UUID
    created_at: datetime
    updated_at: datetime
    version: int


def numbered(number: int) -> UUID:
    return UUID(f"01980000-0000-7000-8000-{number:012x}")


def stamps(number: int, at: datetime) -> Stamps:
    return {"id": numbered(number), "created_at": at, "updated_at": at, "version": 1}


async def add(tx: AsyncSession, table: type[Table], rows: Sequence[Mapping[str, object]]) -> None:
    # SQLite bounds the parameters of one statement.
    for some in batched(rows, 500):
        await tx.execute(insert(table), [dict(row) for row in some])


def town_and_trade(number: int) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Return the town, neighborhood and trade of a business: one a neighborhood, the trades spread over the towns."""
    towns, trades = DATA["towns"], DATA["trades"]
    around = number // len(towns)
    town = towns[number % len(towns)]
    return town, town["neighborhoods"][around], trades[(number + around) % len(trades)]
