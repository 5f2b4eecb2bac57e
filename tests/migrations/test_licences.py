"""Listings of businesses that had a licence before listings said so are known by a migration."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from alembic import command
from sqlalchemy import insert, select

from generated.states import AccountState, ProfileState, ServiceState, VerificationState
from impl.identity.capabilities.users.tables import User
from impl.kernel.database import Database
from impl.kernel.ids import new_id
from impl.kernel.tables import core_table
from impl.marketplace.capabilities.listings.tables import UNPRICED, Listing, PricingKind
from impl.marketplace.capabilities.search.tables import ListingText
from impl.marketplace.provider_profile.tables import ProviderProfile
from impl.marketplace.provider_services.tables import Service
from impl.marketplace.verifications.tables import DocumentType, Verification, VerificationKind
from tests.marketplace.payloads import TAPS
from tests.migrations.test_migrations import VERSIONS, step
from tests.migrations.test_words import NOW, STAMPS, connected

BEFORE = VERSIONS[[path.stem.endswith("_licences_of_listings") for path in VERSIONS].index(True) - 1].stem
# More than two batches.
MANY = 101
UNTIL, LATER = date(2026, 3, 1), date(2027, 3, 1)


async def _add(database: Database) -> list[UUID]:
    """Add businesses with a listing each, and return their owners."""
    owners, profiles, services = ([new_id() for _ in range(MANY)] for _ in range(3))
    known = {"locale": "en-US", "state": AccountState.ACTIVE, "email_verified_at": NOW, "password_changed_at": NOW}
    business = {"business_name": "Taps", "licences": [], "state": ProfileState.APPROVED}
    offer = {"category_id": UUID(TAPS), "pricing_kind": PricingKind.QUOTE, "title": "Taps of all kinds", "tags": []}
    words: dict[str, str] = dict.fromkeys(("title", "tags", "business", "category", "description"), " taps ")
    async with database.begin() as tx:
        await tx.execute(
            insert(User),
            [
                {"id": one, "email": f"{one}@example.test", "email_key": f"{one}@example.test", "full_name": "Someone"}
                | {**known, "credential_epoch": 1, **STAMPS}
                for one in owners
            ],
        )
        await tx.execute(
            insert(ProviderProfile),
            [
                {"id": profile, "user_id": owner, "slug": f"taps-{profile}", **business, **STAMPS}
                for owner, profile in zip(owners, profiles, strict=True)
            ],
        )
        await tx.execute(
            insert(Service),
            [
                {"id": service, "provider_id": owner, "state": ServiceState.PUBLISHED, "has_pending_changes": False}
                | {**offer, "description": "Of brass and of steel.", "published_at": NOW, **STAMPS}
                for owner, service in zip(owners, services, strict=True)
            ],
        )
        listed = {"live": True, "price_rank_up": UNPRICED, "price_rank_down": UNPRICED, "description": "Of brass."}
        await tx.execute(
            insert(Listing),
            [
                {"service_id": service, "profile_id": profile, "published_at": NOW, **offer, **listed, **STAMPS}
                for profile, service in zip(profiles, services, strict=True)
            ],
        )
        # As it was then, without what the mapped table has since.
        worded = insert(core_table(ListingText)).values(
            {"live": True, "quality": 50, "category_id": UUID(TAPS), **words}
        )
        for profile, service in zip(profiles, services, strict=True):
            await tx.execute(worded.values(profile_id=profile, service_id=service))
    return owners


async def _licence(database: Database, owner: UUID, *, until: date | None, **others: object) -> None:
    licence: dict[str, object] = {
        "id": new_id(),
        "owner_id": owner,
        "kind": VerificationKind.LICENCE,
        "title": "Plumbing",
        "number": "1",
        "authority": "Board",
        "country": "US",
        "expires_date": until,
        "document_type": DocumentType.PDF,
        "document_bytes": 1,
        "state": VerificationState.VERIFIED,
        "decided_at": NOW,
        "decided_by": owner,
        **STAMPS,
    }
    async with database.begin() as tx:
        await tx.execute(insert(Verification).values(licence | others))


async def test_listings_know_the_licences_that_were_there(fresh_database_url: str) -> None:
    await step(fresh_database_url, command.downgrade, BEFORE)
    async with connected(fresh_database_url) as database:
        (none, pending, insured, twice, endless, *once) = await _add(database)
        await _licence(
            database, pending, until=UNTIL, state=VerificationState.PENDING, decided_at=None, decided_by=None
        )
        await _licence(database, insured, until=UNTIL, kind=VerificationKind.INSURANCE)
        for owner in (twice, endless, *once):
            await _licence(database, owner, until=UNTIL)
        await _licence(database, twice, until=LATER)
        await _licence(database, endless, until=None)
        await step(fresh_database_url, command.upgrade, "head")
        async with database.begin() as tx:
            rows = await tx.execute(
                select(ProviderProfile.user_id, ListingText.licensed_until).join(
                    ListingText, ListingText.profile_id == ProviderProfile.id
                )
            )
            found = {row.user_id: row.licensed_until for row in rows}
    expected = dict.fromkeys(once, UNTIL) | {twice: LATER, endless: date.max}
    assert found == expected | dict.fromkeys((none, pending, insured))
