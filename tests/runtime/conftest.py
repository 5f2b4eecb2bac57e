"""Client of the golden library's service in this process: an exception that is no refusal fails the test."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.runtime.service import Seen, application


@pytest.fixture
def seen() -> Seen:
    """Return what the handlers were given."""
    return Seen()


@pytest.fixture
async def library(seen: Seen) -> AsyncIterator[httpx.AsyncClient]:
    """Open a librarian's client of the service."""
    transport = httpx.ASGITransport(application(seen), raise_app_exceptions=True)
    headers = {"authorization": "librarian"}
    async with httpx.AsyncClient(transport=transport, base_url="http://library", headers=headers) as client:
        yield client
