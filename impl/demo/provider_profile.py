"""Profiles of the demo's businesses, one for each provider, with their slugs and pages; all but one are approved."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from generated.states import ProfileState
from impl.demo.accounts import Demo, Person
from impl.demo.rows import PROFILES, add, stamps, town_and_trade
from impl.marketplace.capabilities.geography.service import area_columns, reach
from impl.marketplace.capabilities.pages.service import page_of, slug_of
from impl.marketplace.capabilities.pages.tables import NewPage, NewSlug, ProviderPage, ProviderSlug
from impl.marketplace.provider_profile.tables import Licence, ProviderProfile, StoredProfile

# Provider whose profile and first service wait for staff; who it is has the known password.
NEWCOMER: Final = 2


class DemoProfile(StoredProfile):
    review_note: None
    submitted_at: datetime
    approved_at: datetime | None


async def fill(tx: AsyncSession, demo: Demo) -> None:
    made = profiles(demo)
    slugs: list[NewSlug] = [
        {"slug": one["slug"], "profile_id": one["id"], "taken_at": one["created_at"]} for one in made
    ]
    pages: list[NewPage] = [
        {**page_of(one, approved_at, live=True), "profile_id": one["id"]}
        for one in made
        if (approved_at := one["approved_at"]) is not None
    ]
    await add(tx, ProviderProfile, made)
    await add(tx, ProviderSlug, slugs)
    await add(tx, ProviderPage, pages)


def profiles(demo: Demo) -> list[DemoProfile]:
    return [_profile(number, one, demo.now) for number, one in enumerate(demo.those_with("SERVICE_PROVIDER"))]


def _profile(number: int, provider: Person, now: datetime) -> DemoProfile:
    town, neighborhood, trade = town_and_trade(number)
    name = f"{neighborhood} {trade['name']}" if number else "Rose City Plumbing"
    slug = slug_of(name)
    licence: Licence = {
        "title": f"{trade['name']} contractor",
        "number": f"{town['region']}-{20417 + number}",
        "authority": f"{town['region']} contractors board",
        "expires_date": "2031-06-30",
    }
    base = town["latitude"] + 0.008 * (number % 5 - 2), town["longitude"] + 0.011 * (number % 3 - 1)
    radius_km = 15 + 5 * (number % 8)
    return {
        **stamps(PROFILES + number, now - timedelta(days=50)),
        **area_columns(base),
        "area_reach": reach(radius_km),
        "user_id": provider.id,
        "business_name": name,
        "slug": slug,
        "about": f"{trade['about'].capitalize()}, in {neighborhood} and all over {town['city']}.",
        "phone": f"+1503555{100 + number:04}",
        "website": f"https://{slug}.example.com",
        "base_latitude": base[0],
        "base_longitude": base[1],
        "service_radius_km": radius_km,
        # Found when the places are there.
        "base_place_id": None,
        "licences": [licence],
        "state": ProfileState.PENDING_REVIEW if number == NEWCOMER else ProfileState.APPROVED,
        "review_note": None,
        "submitted_at": now - timedelta(hours=3) if number == NEWCOMER else now - timedelta(days=50),
        "approved_at": None if number == NEWCOMER else now - timedelta(days=50),
    }
