"""Handlers of working hours and free times."""

from collections.abc import Sequence
from datetime import date
from typing import override
from uuid import UUID

from generated import models, policies, replies
from generated.routers.availability import (
    AbstractAvailabilityHandlers,
    GetAvailabilityOk,
    ListSlotsMovedPermanently,
    ListSlotsOk,
    ReplaceAvailabilityCreated,
    ReplaceAvailabilityOk,
)
from impl.kernel import etags
from impl.kernel.caller import AnonymousClient, Caller
from impl.marketplace.availability.service import AvailabilityRow, AvailabilityService
from impl.marketplace.availability.tables import WorkingTime
from impl.marketplace.capabilities.hours.service import Hours
from impl.marketplace.providers.service import ProvidersService, moved_to

_NOTICE = 0
_STEP = 30


def _to_wire(row: AvailabilityRow) -> replies.Availability:
    return {
        "time_zone": row["time_zone"],
        "weekly": [
            {"weekday": models.Weekday(one["weekday"]), "starts": one["starts"], "ends": one["ends"]}
            for one in row["weekly"]
        ],
        "exceptions": [
            {
                "on_date": date.fromisoformat(day["on_date"]),
                "hours": [{"starts": one["starts"], "ends": one["ends"]} for one in day["hours"]],
            }
            for day in row["exceptions"]
        ],
        "notice_minutes": row["notice_minutes"],
        "step_minutes": row["step_minutes"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def _hours(given: Sequence[models.OpenHours]) -> list[Hours]:
    return [{"starts": one.starts, "ends": one.ends} for one in given]


def _working_time(body: models.AvailabilityReplace) -> WorkingTime:
    return {
        "time_zone": body.time_zone,
        "weekly": [{"weekday": one.weekday.value, "starts": one.starts, "ends": one.ends} for one in body.weekly],
        "exceptions": [
            {"on_date": day.on_date.isoformat(), "hours": _hours(day.hours)} for day in body.exceptions or ()
        ],
        "notice_minutes": _NOTICE if body.notice_minutes is None else body.notice_minutes,
        "step_minutes": _STEP if body.step_minutes is None else body.step_minutes,
    }


class AvailabilityHandlers(AbstractAvailabilityHandlers[Caller, AnonymousClient]):
    def __init__(self, service: AvailabilityService, providers: ProvidersService) -> None:
        """Take the service of the public pages too, which knows the slugs that lead to a business."""
        self._service = service
        self._providers = providers

    @override
    async def get_availability(self, caller: Caller) -> GetAvailabilityOk:
        row = await self._service.get(caller)
        return GetAvailabilityOk(_to_wire(row), etag=etags.etag(row["version"]))

    @override
    async def replace_availability(
        self, caller: Caller, *, if_match: str | None, body: models.AvailabilityReplace
    ) -> ReplaceAvailabilityOk | ReplaceAvailabilityCreated:
        row, made = await self._service.replace(caller, _working_time(body), if_match=if_match)
        etag = etags.etag(row["version"])
        if made:
            return ReplaceAvailabilityCreated(_to_wire(row), location=policies.GET_AVAILABILITY.path, etag=etag)
        return ReplaceAvailabilityOk(_to_wire(row), etag=etag)

    @override
    async def list_slots(
        self,
        client: AnonymousClient,
        *,
        slug: str,
        service_id: UUID | None,
        from_date: date | None,
        days: int,
    ) -> ListSlotsOk | ListSlotsMovedPermanently:
        provider = await self._providers.get_slug(slug)
        if provider["slug"] != slug:
            path = policies.LIST_SLOTS.path
            location = moved_to(path, provider["slug"], service_id=service_id, from_date=from_date, days=days)
            return ListSlotsMovedPermanently(location=location)
        free = await self._service.free(provider["id"], service_id, from_date, days)
        return ListSlotsOk(
            {
                "time_zone": free.time_zone,
                "from_date": free.from_date,
                "until_date": free.until_date,
                "items": [{"starts_at": slot.starts_at, "ends_at": slot.ends_at} for slot in free.slots],
            }
        )
