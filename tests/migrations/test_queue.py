"""The migrations put what waited for review before there was a queue into it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from alembic import command
from sqlalchemy import insert, select

from generated.states import AccountState, ProfileState, ServiceState
from impl.identity.capabilities.users.tables import User
from impl.kernel.engines.connecting import connect
from impl.kernel.ids import new_id
from impl.marketplace.capabilities.listings.tables import PricingKind
from impl.marketplace.capabilities.submissions.tables import Submission
from impl.marketplace.provider_profile.tables import ProviderProfile
from impl.marketplace.provider_services.tables import Service
from tests.marketplace.payloads import TAPS
from tests.migrations.test_migrations import VERSIONS, step

BEFORE = VERSIONS[[path.stem.endswith("_waiting_submissions") for path in VERSIONS].index(True) - 1].stem
NOW = datetime(2026, 2, 1, tzinfo=UTC)
STAMPS = {"created_at": NOW, "updated_at": NOW, "version": 1}
LICENCES = [{"title": "Plumber", "number": "PB-1", "authority": "Oregon", "expires_date": None}]


async def test_what_waited_before_is_in_the_queue_once(empty_database_url: str) -> None:
    user_id, profile_id = new_id(), new_id()
    waiting, draft = new_id(), new_id()
    await step(empty_database_url, command.upgrade, BEFORE)
    database = connect(empty_database_url)
    async with database.begin() as tx:
        names = {"email": "before@example.test", "email_key": "before@example.test", "full_name": "Someone"}
        known = {"locale": "en-US", "state": AccountState.ACTIVE, "password_changed_at": NOW, "credential_epoch": 1}
        await tx.execute(insert(User).values(id=user_id, email_verified_at=NOW, **names, **known, **STAMPS))
        profile = {"business_name": "Taps", "slug": "taps", "about": "Since 1998.", "licences": LICENCES}
        states = {"state": ProfileState.PENDING_REVIEW, "submitted_at": NOW}
        await tx.execute(insert(ProviderProfile).values(id=profile_id, user_id=user_id, **profile, **states, **STAMPS))
        offer = {"provider_id": user_id, "category_id": UUID(TAPS), "title": "Taps mended", "description": "Quickly."}
        offer |= {"pricing_kind": PricingKind.QUOTE, "tags": ["tap", "leak"], "has_pending_changes": False}
        for service_id, state in ((waiting, ServiceState.PENDING_REVIEW), (draft, ServiceState.DRAFT)):
            await tx.execute(insert(Service).values(id=service_id, state=state, **offer, **STAMPS))
    await database.close()
    await step(empty_database_url, command.upgrade, "head")
    database = connect(empty_database_url)
    async with database.begin() as tx:
        found = {row.profile_id or row.service_id: row for row in await tx.scalars(select(Submission))}
    await database.close()

    assert found.keys() == {profile_id, waiting}
    texts = {
        key: {field["name"]: field["proposed"] for field in row.fields if field["published"] is None}
        for key, row in found.items()
    }
    assert texts[profile_id] == {
        "BUSINESS_NAME": "Taps",
        "ABOUT": "Since 1998.",
        "PHONE": None,
        "WEBSITE": None,
        "LICENCES": "Plumber, PB-1, Oregon",
    }
    assert texts[waiting] == {
        "CATEGORY": "tap-and-leak-repair",
        "TITLE": "Taps mended",
        "DESCRIPTION": "Quickly.",
        "PRICING": "QUOTE",
        "TAGS": "tap, leak",
    }
    assert {(row.state, row.current, row.is_revision, row.submitted_at) for row in found.values()} == {
        ("PENDING", True, False, NOW)
    }
