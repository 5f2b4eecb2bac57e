"""Service of calendars' addresses: who makes one, who reads it, and what it shows."""

from datetime import timedelta
from typing import Final

from impl.kernel import audit, etags
from impl.kernel.caller import Caller
from impl.kernel.clock import Clock
from impl.kernel.database import Database
from impl.kernel.errors import NotFound
from impl.kernel.ids import new_id
from impl.kernel.secrets import fingerprint, random_link_token
from impl.marketplace.calendar_feeds.repository import CalendarFeedRepository, CalendarFeedRow
from impl.marketplace.capabilities.calendars.service import CalendarsService
from impl.marketplace.jobs.service import JobsService
from impl.marketplace.visits.service import VisitsService

__all__ = ["CalendarFeedRow", "CalendarFeedsService"]

# How long an event stays in the calendar after its end.
KEPT: Final = timedelta(days=30)
MOST: Final = 2_000
_ENDING: Final = ".ics"


class CalendarFeedsService:
    def __init__(
        self,
        database: Database,
        jobs: JobsService,
        visits: VisitsService,
        calendars: CalendarsService,
        clock: Clock,
        *,
        api_url: str,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._visits = visits
        self._calendars = calendars
        self._clock = clock
        self._api_url = api_url.rstrip("/")
        self._repository = CalendarFeedRepository(database.reader)

    async def get(self, caller: Caller) -> CalendarFeedRow:
        row = await self._repository.find(caller.user_id)
        if row is None:
            raise NotFound
        return row

    async def create(self, caller: Caller) -> tuple[CalendarFeedRow, str]:
        """Create or replace the secret address, and return it, which is shown only once."""
        now, secret = self._clock.now(), random_link_token()
        secret_hash = fingerprint(secret)
        async with self._database.begin() as tx:
            await self._repository.take_turns(tx, caller.user_id)
            present = await self._repository.find_any(tx, caller.user_id)
            if present is None:
                row: CalendarFeedRow = {"created_at": now, "updated_at": now, "version": etags.FIRST_VERSION}
                await self._repository.insert(
                    tx, {**row, "id": new_id(), "owner_id": caller.user_id, "secret_hash": secret_hash}
                )
            else:
                row = {**present, "updated_at": now, "version": etags.next_version(present["version"])}
                await self._repository.renew(tx, caller.user_id, {"secret_hash": secret_hash, "updated_at": now})
            # About the account, so that its owner sees in their activity that somebody can read the calendar.
            await audit.record(
                tx,
                "calendar_feed.created",
                caller,
                subject=("user", caller.user_id),
                data={"renewed": present is not None},
            )
        return row, f"{self._api_url}/api/v1/calendar/{secret}{_ENDING}"

    async def delete(self, caller: Caller, *, if_match: str | None) -> None:
        async with self._database.begin() as tx:
            await self._repository.take_turns(tx, caller.user_id)
            row = await self._repository.find_in(tx, caller.user_id)
            if row is None:
                raise NotFound
            etags.check(if_match, row["version"])
            await self._repository.delete(tx, caller.user_id)
            await audit.record(tx, "calendar_feed.deleted", caller, subject=("user", caller.user_id))

    async def read(self, calendar_file: str) -> bytes:
        """Return the calendar that this secret opens."""
        owner_id = await self._repository.find_owner(fingerprint(calendar_file.removesuffix(_ENDING)))
        if owner_id is None:
            raise NotFound
        since = self._clock.now() - KEPT
        jobs = await self._jobs.appointments(owner_id, since, most=MOST)
        return self._calendars.feed([*jobs, *await self._visits.appointments(owner_id, since, most=MOST)])
