"""Proxy in front of several processes of the service, which are replaced while people use it."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.chaos.keeping import Kept
from tests.harness.client import open_client
from tests.harness.environment import clean_environment
from tests.harness.nginx import configure
from tests.harness.patience import PATIENCE
from tests.harness.sockets import listen

# A process that listens no more is passed over, whatever was to be sent to it; nobody is left out for long.
_SITE = """
    upstream hestami {{
        {servers}
        keepalive 8;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://hestami;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto https;
            proxy_next_upstream error timeout;
        }}
    }}
"""
_READY = re.compile(r"start worker process \d+")


@dataclass
class Proxy:
    """Running nginx; it is `Kept` for those who send requests."""

    client: httpx.AsyncClient
    is_up: asyncio.Event
    url: str
    _folder: Path
    _port: int
    _process: asyncio.subprocess.Process
    _workers: asyncio.Queue[str]

    async def lead_to(self, services: Sequence[Kept]) -> None:
        """Send new requests to these processes."""
        _configured(self._folder, self._port, services)
        self._process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(PATIENCE):
            await self._workers.get()


@asynccontextmanager
async def in_front_of(services: Sequence[Kept], folder: Path) -> AsyncIterator[Proxy]:
    """Run nginx in front of these processes."""
    with listen() as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *_configured(folder, port, services),
        cwd=folder,
        env=clean_environment(HOME=str(folder)),
        stderr=asyncio.subprocess.PIPE,
    )
    workers: asyncio.Queue[str] = asyncio.Queue()
    hearing = asyncio.create_task(_hear(process, workers))
    try:
        async with asyncio.timeout(PATIENCE):
            await workers.get()
        is_up = asyncio.Event()
        is_up.set()
        url = f"http://127.0.0.1:{port}"
        # A worker of nginx that is replaced closes what is idle, at times while a request is on its way there.
        async with open_client(url, headers={"Connection": "close"}) as client:
            yield Proxy(client, is_up, url, folder, port, process, workers)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        await hearing


def _configured(folder: Path, port: int, services: Sequence[Kept]) -> list[str | Path]:
    """Write the configuration with these processes behind it, and return the command that runs it."""
    addresses = [str(kept.client.base_url.netloc, "ascii") for kept in services]
    servers = "\n        ".join(f"server {address} max_fails=0;" for address in addresses)
    return configure(folder, _SITE.format(servers=servers, port=port))


async def _hear(process: asyncio.subprocess.Process, workers: asyncio.Queue[str]) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        if found := _READY.search(line.decode()):
            workers.put_nowait(found[0])
