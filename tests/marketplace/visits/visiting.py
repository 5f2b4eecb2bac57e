"""Visits over HTTP, at free hours of businesses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tests.marketplace.inquiries.asking import INQUIRIES
from tests.marketplace.payloads import PROFILE, Json, ok

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Account
    from tests.harness.service import Service

VISITS: Final = "/visits"
AVAILABILITY: Final = "/service-providers/availability"
_DAYS: Final = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
ALWAYS: Final[Json] = {
    "time_zone": "UTC",
    "weekly": [{"weekday": day, "starts": "00:00", "ends": "23:00"} for day in _DAYS],
}


async def always_works(provider: Account) -> None:
    """Let a provider work every day."""
    answer = await provider.client.put(AVAILABILITY, json=ALWAYS)
    assert answer.status_code in {200, 201}, answer.text


async def free(provider: Account, service: Service, days: int = 2) -> list[str]:
    """Return when the free hours of a day begin, so many days from now."""
    slug = ok(await provider.client.get(PROFILE))["slug"]
    on = (service.clock.now() + timedelta(days=days)).date().isoformat()
    shown = ok(await provider.client.get(f"/providers/{slug}/slots", params={"from_date": on, "days": 1}))
    return [slot["starts_at"] for slot in shown["items"]]


async def send(owner: Account, inquiry: Json, starts_at: str, **headers: str) -> httpx.Response:
    path = f"{INQUIRIES}/{inquiry['id']}/recipients/{inquiry['recipients'][0]['id']}/visits"
    answer: httpx.Response = await owner.client.post(path, json={"starts_at": starts_at}, headers=headers)
    return answer


async def ask_for_visit(service: Service, owner: Account, provider: Account, inquiry: Json) -> Json:
    """Ask for the first free hour of a provider who works every day."""
    await always_works(provider)
    return ok(await send(owner, inquiry, (await free(provider, service))[0]), 201)


async def act(who: Account, visit: Json, step: str, **headers: str) -> httpx.Response:
    answer: httpx.Response = await who.client.post(f"{VISITS}/{visit['id']}/{step}", headers=headers)
    return answer
