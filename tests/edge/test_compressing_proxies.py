"""Validators behind real proxies that compress: nginx makes them weak, Caddy gives them a suffix as Apache does."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.harness.accounts import Accounts
from tests.harness.client import TRUST
from tests.harness.foreign_servers import serving
from tests.harness.nginx import nginx
from tests.harness.patience import PATIENCE
from tests.harness.service import Service
from tests.marketplace.payloads import PROPERTIES, house

_SOCKET: Final = "proxy.sock"
_NGINX: Final = """
    gzip on;
    gzip_min_length 1;
    gzip_types application/json;
    server {{
        listen unix:{socket};
        location / {{
            proxy_pass {service};
        }}
    }}
"""
_CADDY: Final = """
{{
    admin off
    auto_https off
}}
http:// {{
    bind unix/{socket}
    encode {{
        gzip
        minimum_length 1
    }}
    reverse_proxy {service}
}}
"""


@contextmanager
def _nginx(service: Service, folder: Path) -> Iterator[None]:
    with nginx(folder, _NGINX.format(socket=folder / _SOCKET, service=service.url)):
        yield


@contextmanager
def _caddy(service: Service, folder: Path) -> Iterator[None]:
    (folder / "Caddyfile").write_text(_CADDY.format(socket=folder / _SOCKET, service=service.url))
    program = Path(sys.prefix) / "bin" / "caddy"
    with serving([program, "run", "--config", "Caddyfile"], folder, ready="serving initial configuration"):
        yield


@pytest.fixture(params=[pytest.param(_nginx, id="nginx", marks=pytest.mark.nginx), pytest.param(_caddy, id="caddy")])
async def behind(
    request: pytest.FixtureRequest, service: Service, tmp_path: Path
) -> AsyncIterator[httpx.AsyncHTTPTransport]:
    """Return the way to the service through a proxy that compresses."""
    with request.param(service, tmp_path):
        yield httpx.AsyncHTTPTransport(uds=str(tmp_path / _SOCKET), verify=TRUST)


async def test_a_validator_as_a_compressing_proxy_gives_it_is_taken_for_ours(
    behind: httpx.AsyncHTTPTransport, service: Service, accounts: Accounts
) -> None:
    owner = await accounts.make()
    made = await owner.client.post(PROPERTIES, json=house())
    path = f"{PROPERTIES}/{made.json()['id']}"
    headers = {"Authorization": owner.client.headers["Authorization"], "Accept-Encoding": "gzip"}
    base = f"{service.url}/api/v1"
    async with httpx.AsyncClient(transport=behind, base_url=base, headers=headers, timeout=PATIENCE) as client:
        for url in (path, "/categories"):
            read = await client.get(url)
            assert (read.status_code, read.headers["Content-Encoding"]) == (200, "gzip")
            ours = (await owner.client.get(url)).headers["ETag"]
            assert (read.headers["ETag"] != ours) is (url == path), "the proxy compresses what the service does not"
            assert (await client.get(url, headers={"If-None-Match": read.headers["ETag"]})).status_code == 304

        stale = (await client.get(path)).headers["ETag"]
        changed = await client.patch(path, json={"label": "Ours"}, headers={"If-Match": stale})
        assert changed.status_code == 200, changed.text
        refused = await client.patch(path, json={"label": "Theirs"}, headers={"If-Match": stale})
        assert refused.status_code == 412, refused.text
        again = await client.patch(path, json={"label": "Ours still"}, headers={"If-Match": changed.headers["ETag"]})
        assert again.status_code == 200, again.text
        gone = await client.delete(path, headers={"If-Match": again.headers["ETag"]})
        assert gone.status_code == 204, gone.text
