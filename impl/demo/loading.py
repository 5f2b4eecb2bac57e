"""Loading of the demo: into a database that has none of it, all at once; and who can sign in."""

import secrets
import sys
from asyncio import gather
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from impl.assembly import Services
from impl.demo import (
    accounts,
    activity,
    availability,
    favourites,
    hints,
    inquiries,
    jobs,
    listings,
    messages,
    notifications,
    properties,
    provider_profile,
    provider_services,
    questions,
    quotes,
    reports,
    reviews,
    saved_searches,
    submissions,
    verifications,
    visits,
    webhooks,
)
from impl.demo.accounts import Demo, Person, people
from impl.identity.capabilities.access_control.tables import UserRole
from impl.identity.capabilities.users.tables import User
from impl.kernel.engines.database_url import displayed

# No secret: it is printed at every start and in the contract's examples, and only development loads it.
PASSWORD: Final = "Maple-Street-42"

# In the order of references: who is referred to comes first.
FILLS: Final = (
    accounts.fill,
    properties.fill,
    provider_profile.fill,
    availability.fill,
    provider_services.fill,
    listings.fill,
    favourites.fill,
    saved_searches.fill,
    questions.fill,
    hints.fill,
    submissions.fill,
    reports.fill,
    verifications.fill,
    inquiries.fill,
    quotes.fill,
    jobs.fill,
    reviews.fill,
    messages.fill,
    notifications.fill,
    webhooks.fill,
    visits.fill,
    activity.fill,
)


async def load(services: Services) -> None:
    """Fill a database that has no demo data yet; print who can sign in.

    Demo administrators have a public password: where there is another administrator, no demo staff is made.
    """
    if services.settings.is_production:
        raise RuntimeError("demo accounts have a public password: they are for development only")
    everyone = people()
    ids = [one.id for one in everyone]
    async with services.database.begin() as tx:
        found = await tx.execute(select(User.id, User.password_hash).where(User.id.in_(ids)))
        hashes = {row.id: row.password_hash for row in found}
        others = select(UserRole.user_id).where(UserRole.role_name == "STAFF_ADMIN", UserRole.user_id.not_in(ids))
        is_administered = (await tx.execute(others.limit(1))).first() is not None
    if hashes:
        everyone = [one for one in everyone if one.id in hashes]
        _require_pepper(services, hashes[everyone[0].id])
    else:
        everyone = [one for one in everyone if not (is_administered and one.role.startswith("STAFF"))]
        # Two hashes for all accounts, since each takes a quarter of a second. Nobody knows the second password.
        known, unknown = await gather(services.hasher.hash(PASSWORD), services.hasher.hash(secrets.token_urlsafe(32)))
        demo = Demo(
            everyone=everyone,
            known_hash=known,
            unknown_hash=unknown,
            now=services.clock.now(),
            cipher=services.cipher,
            api_url=services.settings.api_url,
        )
        await verifications.store(services.storage, demo)
        await messages.store(services.storage)
        try:
            async with services.database.begin() as tx:
                for fill in FILLS:
                    await fill(tx, demo)
        except IntegrityError:
            where = displayed(services.settings.database_url)
            raise SystemExit(
                f"The database {where} has names or addresses of the demo: nothing was filled in."
            ) from None
        # Not left to the worker: typos are corrected from the first search on.
        async with services.database.begin() as tx:
            await services.marketplace.spelling.add_up_all(tx)
    announce(everyone)


def _require_pepper(services: Services, stored: str | None) -> None:
    """End the program when the demo's passwords, which it prints, could not be verified."""
    if stored is not None and not services.hasher.can_verify(stored):
        settings = services.settings
        raise SystemExit(
            f"The accounts of {displayed(settings.database_url)} were hashed under another PASSWORD_PEPPER than that of"
            f" {settings.data_dir} or of the settings: nobody could sign in.\n"
            "Start with the DATA_DIR and the settings that it was filled with, or with an empty database."
        )


def announce(everyone: list[Person]) -> None:
    lines = [f"  {one.role:<18}{one.email}\n" for one in everyone if one.known]
    sys.stdout.write("".join([f"Demo accounts, all with the password {PASSWORD}:\n", *lines]))
