"""Provider who was asked very often: what inbox, threads, slots, jobs and visits cost in the database, and their plans.

Beside the time that PostgreSQL reports stands the processor time of its process, which a busy machine changes little.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import UUID

import asyncpg

from bench.database import SETTINGS
from bench.search import HEAD, ExplainingReader, PlainReader, create, measure_in_turn
from bench.search_cases import PAGE, ROUNDS
from generated.states import InquiryState, JobState, RecipientState
from impl.kernel.clock import SystemClock
from impl.marketplace.availability.service import AvailabilityService
from impl.marketplace.capabilities.inquiries.service import InquiryRecords
from impl.marketplace.capabilities.inquiries.tables import ThreadSide
from impl.marketplace.capabilities.jobs.tables import JobSide
from impl.marketplace.capabilities.quotes.service import QuoteRecords
from impl.marketplace.capabilities.visits.service import VisitRecords
from impl.marketplace.inquiries.repository import InquiryRepository
from impl.marketplace.jobs.repository import JobFilters, JobRepository
from impl.marketplace.jobs.service import JobsService
from impl.marketplace.messages.repository import MessageRepository
from impl.marketplace.received_inquiries.service import ReceivedInquiriesService
from impl.marketplace.visits.repository import VisitRepository
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
_TABLES: Final = (
    *("provider_profiles", "properties", "inquiries", "inquiry_recipients"),
    *("availabilities", "quotes", "jobs", "visits", "inquiry_messages"),
)
_PROVIDER: Final = UUID("01980000-0000-7000-8000-000002000001")
_OWNER: Final = UUID("01980000-0000-7000-8000-000001000001")
_STATES: Final = (RecipientState.SENT, RecipientState.VIEWED, RecipientState.DECLINED, RecipientState.LOST)

# Row before the last page of what a provider was asked, or of what is in one state.
_LATE: Final = """
SELECT created_at, id FROM marketplace.inquiry_recipients WHERE provider_id = $1 AND ($2::text IS NULL OR state = $2)
ORDER BY created_at, id OFFSET $3 LIMIT 1
"""
# The same of jobs and of visits.
_LATE_JOB: Final = """
SELECT created_at, id FROM marketplace.jobs WHERE provider_id = $1 AND ($2::text IS NULL OR state = $2)
ORDER BY created_at, id OFFSET $3 LIMIT 1
"""
_LATE_VISIT: Final = """
SELECT created_at, id FROM marketplace.visits WHERE provider_id = $1 AND $2::text IS NULL
ORDER BY created_at, id OFFSET $3 LIMIT 1
"""
_PROFILE: Final = UUID("01980000-0000-7000-9000-000000000001")
_INQUIRY: Final = """
SELECT inquiry_id FROM marketplace.inquiry_recipients WHERE provider_id = $1 AND state = 'LOST' OFFSET $2 LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class _Places:
    """Rows after which the last pages begin, and the ids that single things are read by."""

    inbox: Mapping[RecipientState | None, Moment]
    job: Moment
    completed_job: Moment
    visit: Moment
    inquiry_id: UUID
    thread_id: UUID
    job_id: UUID
    visit_id: UUID


def _cases(reader: Reader, places: _Places) -> dict[str, Case]:
    """Return the requests; a reading that would be noted is not among them."""
    late, inquiry_id = places.inbox, places.inquiry_id
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
    messages, jobs, visits = MessageRepository(reader), JobRepository(reader), VisitRepository(reader)
    done = JobFilters(side=JobSide.PROVIDER, state=JobState.COMPLETED, inquiry_id=None)
    every = JobFilters(side=JobSide.PROVIDER, state=None, inquiry_id=None)
    absent = cast("Any", None)
    slots = AvailabilityService(database, JobsService(database, absent, absent, absent, SystemClock()), SystemClock())

    async def thread(after: int | None) -> None:
        await messages.find_thread(_PROVIDER, inquiry_id, None)
        await messages.page(places.thread_id, after=after, limit=PAGE)

    def jobs_of(filters: JobFilters, after: Moment | None) -> Case:
        return lambda _: jobs.page(_PROVIDER, filters, after=after, limit=PAGE)

    def visits_of(after: Moment | None) -> Case:
        return lambda _: visits.page(_PROVIDER, ThreadSide.PROVIDER, None, after=after, limit=PAGE)

    return {
        **found,
        "a full thread, first page": lambda _: thread(None),
        "a full thread, last page": lambda _: thread(PAGE),
        "slots of two weeks": lambda _: slots.free(_PROFILE, None, None, 14),
        "jobs, all, first page": jobs_of(every, None),
        "jobs, all, last page": jobs_of(every, places.job),
        "jobs, all, count": lambda _: jobs.count(_PROVIDER, every),
        "jobs, COMPLETED, first page": jobs_of(done, None),
        "jobs, COMPLETED, last page": jobs_of(done, places.completed_job),
        "one job": lambda _: jobs.find_of_party(_PROVIDER, places.job_id),
        "visits, first page": visits_of(None),
        "visits, last page": visits_of(places.visit),
        "visits, count": lambda _: visits.count(_PROVIDER, ThreadSide.PROVIDER, None),
        "one visit": lambda _: visits.find(_PROVIDER, places.visit_id),
        "calendar of jobs": lambda _: jobs.agreed(_PROVIDER, SystemClock().now(), most=500),
        "calendar of visits": lambda _: visits.agreed(_PROVIDER, SystemClock().now(), most=500),
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
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=json.loads)
        full = await connection.fetchval("SELECT recipient_id FROM marketplace.inquiry_messages LIMIT 1")
        places = _Places(
            inbox={state: await _late(connection, _LATE, state) for state in (None, *_STATES)},
            job=await _late(connection, _LATE_JOB, None),
            completed_job=await _late(connection, _LATE_JOB, JobState.COMPLETED),
            visit=await _late(connection, _LATE_VISIT, None),
            inquiry_id=await connection.fetchval(_INQUIRY, _PROVIDER, 7),
            thread_id=full,
            job_id=await connection.fetchval("SELECT id FROM marketplace.jobs LIMIT 1"),
            visit_id=await connection.fetchval("SELECT id FROM marketplace.visits LIMIT 1"),
        )
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        explaining, plain = ExplainingReader(connection, pid), PlainReader(connection, pid)
        pairs = zip(_cases(explaining, places).items(), _cases(plain, places).values(), strict=True)
        count = await connection.fetchval("SELECT count(*) FROM marketplace.inquiries")
        print(f"{count} inquiries, {ROUNDS} rounds\n{HEAD}")
        for (name, explained), case in pairs:
            explaining.shape.clear()
            print((await measure_in_turn(name, (explaining, explained), (plain, case))).line())
            print(f"    {', '.join(sorted(explaining.shape))}", flush=True)
    finally:
        await connection.close()


async def _late(connection: asyncpg.Connection, sql: str, state: str | None) -> Moment:
    row: Any = await connection.fetchrow(sql, _PROVIDER, state, PAGE)
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
