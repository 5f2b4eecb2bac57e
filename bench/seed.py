"""Seeding of a run's database, and of the sessions that its requests use, through the real assembly."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Final, TypedDict

from sqlalchemy import insert, text

from impl.assembly import Services, assemble
from impl.kernel.caller import AnonymousClient
from impl.kernel.settings.service import Settings
from impl.marketplace.capabilities.listings.repository import PLACE_COLUMNS, PLACES
from impl.marketplace.capabilities.listings.tables import ListingCategory

PROVIDERS: Final = 2_000
SERVICES: Final = 100_000
# As many as let each of them create some properties only in a round.
SIGNED_IN: Final = 64
# Those who sign in while others are measured.
STORMERS: Final = 32
PASSWORD: Final = "a bench is a long seat 7"
_SQL: Final = Path(__file__).with_name("seed.sql")


class Sessions(TypedDict):
    """Output of the seeding process."""

    tokens: list[str]
    logins: list[str]


async def fill(services: Services, *, providers: int, listed: int) -> None:
    """Fill the database in one transaction."""
    values = {
        "password_hash": await services.hasher.hash(PASSWORD),
        "providers": providers,
        "homeowners": SIGNED_IN + STORMERS,
        "services": listed,
    }
    async with services.database.begin() as tx:
        for statement in _SQL.read_text(encoding="utf-8").split(";\n"):
            if body := statement.strip():
                clause = text(body)
                # With their values come their types, which the server cannot guess.
                await tx.execute(clause.bindparams(**{name: values[name] for name in clause.compile().params}))
        await tx.execute(insert(ListingCategory).from_select(PLACE_COLUMNS, PLACES))


async def sign_in(services: Services, *, providers: int) -> Sessions:
    logins = [f"person{providers + number}@example.com" for number in range(1, SIGNED_IN + STORMERS + 1)]
    pairs = [
        await services.identity.sign_ins.login(
            AnonymousClient(address=f"203.0.113.{number}", user_agent="bench", request_id=f"bench-{number:04}"),
            login=login,
            password=PASSWORD,
            device_token=None,
        )
        for number, login in enumerate(logins[:SIGNED_IN])
    ]
    return {"tokens": [pair.access_token for pair in pairs], "logins": logins[SIGNED_IN:]}


async def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--providers", type=int, default=PROVIDERS)
    arguments.add_argument("--services", type=int, default=SERVICES)
    chosen = arguments.parse_args()
    services = assemble(Settings.load())
    await services.open()
    try:
        await fill(services, providers=chosen.providers, listed=chosen.services)
        sys.stdout.write(json.dumps(await sign_in(services, providers=chosen.providers)))
    finally:
        await services.close()


if __name__ == "__main__":
    asyncio.run(main())
