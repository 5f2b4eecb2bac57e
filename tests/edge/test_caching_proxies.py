"""Shared caches of real proxies keep what is public, for whom it was made, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from tests.edge.conftest import ORIGIN
from tests.harness.accounts import Accounts
from tests.harness.client import TRUST
from tests.harness.nginx import nginx
from tests.harness.patience import PATIENCE

if TYPE_CHECKING:
    from tests.harness.service import Service

pytestmark = pytest.mark.nginx

_SITE: Final = """
    proxy_cache_path {folder}/cache keys_zone=pages:1m;
    server {{
        listen unix:{folder}/proxy.sock;
        location / {{
            proxy_pass {service};
            proxy_cache pages;
            proxy_cache_revalidate on;
            add_header X-Cache $upstream_cache_status always;
        }}
    }}
"""


@pytest.fixture
async def cached(proxied: Service, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of nginx with a shared cache, set up by nothing but `proxy_cache`."""
    with nginx(tmp_path, _SITE.format(folder=tmp_path, service=proxied.url)):
        transport = httpx.AsyncHTTPTransport(uds=str(tmp_path / "proxy.sock"), verify=TRUST)
        base = f"{proxied.url}/api/v1"
        async with httpx.AsyncClient(transport=transport, base_url=base, timeout=PATIENCE) as client:
            yield client


async def test_a_page_is_kept_apart_for_origins_and_codings(cached: httpx.AsyncClient) -> None:
    asked = [
        {"Accept-Encoding": coding, **origin} for origin in ({}, {"Origin": ORIGIN}) for coding in ("gzip", "zstd")
    ]
    for use in ("MISS", "HIT"):
        for headers in asked:
            answer = await cached.get("/categories", headers=headers)
            assert answer.headers["x-cache"] == use
            assert answer.headers["content-encoding"] == headers["Accept-Encoding"]
            assert answer.headers.get("access-control-allow-origin") == headers.get("Origin")


async def test_what_is_private_is_not_kept(cached: httpx.AsyncClient, proxied: Service) -> None:
    accounts = Accounts(proxied)
    for person in [await accounts.make(), await accounts.make()]:
        headers = {"Authorization": person.client.headers["Authorization"]}
        read = await cached.get("/users/me", headers=headers)
        assert (read.json()["email"], read.headers["x-cache"]) == (person.email, "MISS")
    assert (await cached.get("/users/me")).status_code == 401
    await accounts.close()
