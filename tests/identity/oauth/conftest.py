"""Service between a front end and a certified provider, each a program of its own, and a browser for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.async_api import Browser

from tests.clients.build import module_of_the_guide
from tests.harness.accounts import Accounts
from tests.harness.databases import Databases, Engine
from tests.harness.openid import serving
from tests.harness.pages import Person, open_browser, person
from tests.harness.provider import NAME, Provider, reserved
from tests.harness.service import Service, run_service
from tests.harness.settings import CLIENT, REDIRECT_URI
from tests.harness.sockets import listen
from tests.identity.oauth.front_end import front_end


@dataclass(frozen=True, slots=True)
class Street:
    """Addresses of the service, the front end and the provider."""

    service: Service
    provider: Provider
    front_end: str

    async def restart_provider(self) -> None:
        """Let the provider come up, with keys that nobody knows yet."""
        await self.provider.stop()
        await self.provider.start(f"{self.service.url}/api/v1/auth/callback/{NAME}")
        self.service.clock.advance(timedelta(minutes=1))  # as often, at most, does the service ask for new keys


@pytest.fixture(scope="session")
async def street(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Street]:
    """Return the three programs."""
    sign_in = await asyncio.to_thread(module_of_the_guide, "lib/sign-in.ts")
    link = await asyncio.to_thread(module_of_the_guide, "lib/link.ts")
    with listen() as listener:
        page = f"http://localhost:{listener.getsockname()[1]}"
        redirect_uri = f"{page}/signed-in"
        async with (
            reserved() as provider,
            reserved() as absent,
            run_service(
                databases,
                engine,
                f"street_{worker_id}",
                oauth_providers={NAME: provider.settings(), "absent": absent.settings()},
                oauth_clients={CLIENT: (redirect_uri, f"{page}/linked", REDIRECT_URI)},
                cors_origins=(page,),
                worker_poll_seconds=0.5,
            ) as service,
        ):
            app = front_end(
                sign_in=sign_in, link=link, issuer=service.settings.issuer, client=CLIENT, redirect_uri=redirect_uri
            )
            found = Street(service, provider, page)
            await found.restart_provider()
            async with serving(app, listener):
                yield found


@pytest.fixture(scope="session")
async def neighbours(street: Street) -> AsyncIterator[Accounts]:
    """Return the maker of accounts of the service in between."""
    made = Accounts(street.service)
    yield made
    await made.close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Return a browser for all tests: starting one takes longer than most of them."""
    async with open_browser() as opened:
        yield opened


@pytest.fixture
async def visitor(browser: Browser) -> AsyncIterator[Person]:
    """Return somebody whom neither the service nor the provider knows yet."""
    async with person(browser) as newcomer:
        yield newcomer


@pytest.fixture
async def stranger(browser: Browser) -> AsyncIterator[Person]:
    """Return somebody else, with a browser profile of their own."""
    async with person(browser) as newcomer:
        yield newcomer
