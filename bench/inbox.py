"""Inbox of a provider who was asked very often: what each list of inquiries costs in the database, and its plan."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

import asyncpg

from bench.database import SETTINGS
from bench.search import HEAD, ExplainingReader, PlainReader, create, measure_in_turn
from bench.search_cases import PAGE, ROUNDS
from generated.states import InquiryState, RecipientState
from impl.kernel.clock import SystemClock
from impl.marketplace.capabilities.inquiries.service import InquiryRecords
from impl.marketplace.capabilities.quotes.service import QuoteRecords
from impl.marketplace.capabilities.visits.service import VisitRecords
from impl.marketplace.inquiries.repository import InquiryRepository
from impl.marketplace.received_inquiries.service import ReceivedInquiriesService
from tests.harness import postgres
from tests.harness.databases import migrate

if TYPE_CHECKING:
    from impl.kernel.caller import Caller
    from impl.kernel.database import Database
    from impl.kernel.paging import Moment
    from impl.kernel.reader import Reader

type Case = Callable[[int], Awaitable[object]]

_NAME: Final = "hestami_inbox"
_SEED: Final = Path(__file__).with_name("inbox.sql")
_TABLES: Final = ("provider_profiles", "properties", "inquiries", "inquiry_recipients")
_PROVIDER: Final = UUID("01980000-0000-7000-8000-000002000001")
_OWNER: Final = UUID("01980000-0000-7000-8000-000001000001")
_STATES: Final = (RecipientState.SENT, RecipientState.VIEWED, RecipientState.DECLINED, RecipientState.LOST)

# Row before the last page of what a provider was asked, or of what is in one state.
_LATE: Final = """
SELECT created_at, id FROM marketplace.inquiry_recipients WHERE provider_id = $1 AND ($2::text IS NULL OR state = $2)
ORDER BY created_at, id OFFSET $3 LIMIT 1
"""
_INQUIRY: Final = "SELECT inquiry_id FROM marketplace.inquiry_recipients WHERE provider_id = $1 OFFSET $2 LIMIT 1"


def _cases(reader: Reader, late: Mapping[RecipientState | None, Moment], inquiry_id: UUID) -> dict[str, Case]:
    """Return the requests; a reading that would be noted is not among them."""
    database = cast("Database", SimpleNamespace(reader=reader, dialect="postgresql", clock=reader.clock))
    inbox = ReceivedInquiriesService(
        database,
        InquiryRecords(reader, QuoteRecords(reader, reader.clock), VisitRecords(reader.clock), reader.clock),
        SystemClock(),
    )
    sent = InquiryRepository(reader)
    provider = cast("Caller", SimpleNamespace(user_id=_PROVIDER))

    def page(state: RecipientState | None, after: Moment | None) -> Case:
        return lambda _: inbox.page(provider, state, after=after, limit=PAGE)

    def count(state: RecipientState | None) -> Case:
        return lambda _: inbox.count(provider, state)

    found: dict[str, Case] = {}
    for state, last in late.items():
        what = "all" if state is None else state.value
        found[f"inbox, {what}, first page"] = page(state, None)
        found[f"inbox, {what}, last page"] = page(state, last)
        found[f"inbox, {what}, count"] = count(state)
    return {
        **found,
        "one inquiry of the inbox": lambda _: inbox.read(provider, inquiry_id),
        "inquiries of a homeowner": lambda _: sent.page(_OWNER, None, after=None, limit=PAGE),
        "open inquiries of a homeowner": lambda _: sent.page(_OWNER, InquiryState.OPEN, after=None, limit=PAGE),
    }


async def fill(url: str, inquiries: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_SEED.read_text(encoding="utf-8").format(inquiries=inquiries))
        await connection.execute("VACUUM (ANALYZE) identity.users")
        for table in _TABLES:
            await connection.execute(f"VACUUM (ANALYZE) marketplace.{table}")
    finally:
        await connection.close()


async def measure(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        late = {state: await _late(connection, state) for state in (None, *_STATES)}
        inquiry_id = await connection.fetchval(_INQUIRY, _PROVIDER, 7)
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        explaining, plain = ExplainingReader(connection, pid), PlainReader(connection, pid)
        pairs = zip(_cases(explaining, late, inquiry_id).items(), _cases(plain, late, inquiry_id).values(), strict=True)
        count = await connection.fetchval("SELECT count(*) FROM marketplace.inquiries")
        print(f"{count} inquiries, {ROUNDS} rounds\n{HEAD}")
        for (name, explained), case in pairs:
            explaining.shape.clear()
            print((await measure_in_turn(name, (explaining, explained), (plain, case))).line())
            print(f"    {', '.join(sorted(explaining.shape))}", flush=True)
    finally:
        await connection.close()


async def _late(connection: asyncpg.Connection, state: RecipientState | None) -> Moment:
    row: Any = await connection.fetchrow(_LATE, _PROVIDER, state, PAGE)
    return row["created_at"], row["id"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--inquiries", type=int, default=100_000)
    chosen = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hestami-bench-inbox-"))
    folder.chmod(0o755)  # the server runs as another user when we are root
    try:
        with postgres.serve(folder, SETTINGS) as address:
            url = address.url(_NAME, scheme="postgresql")
            asyncio.run(create(address.url("postgres", scheme="postgresql"), _NAME))
            migrate(address.url(_NAME))
            asyncio.run(fill(url, chosen.inquiries))
            asyncio.run(measure(url))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
