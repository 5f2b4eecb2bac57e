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
from tests.harness.patience import PATIENCE
from tests.harness.sockets import listen
from tests.harness.system_programs import find_program

# A process that listens no more is passed over, whatever was to be sent to it; nobody is left out for long.
_CONF = """
daemon off;
user root;
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
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
}}
"""
_READY = re.compile(r"start worker process \d+")


@dataclass
class Proxy:
    """Running nginx; it is `Kept` for those who send requests."""

    client: httpx.AsyncClient
    is_up: asyncio.Event
    url: str
    _conf: Path
    _port: int
    _process: asyncio.subprocess.Process
    _workers: asyncio.Queue[str]

    async def lead_to(self, services: Sequence[Kept]) -> None:
        """Send new requests to these processes."""
        _write(self._conf, self._port, services)
        self._process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(PATIENCE):
            await self._workers.get()


@asynccontextmanager
async def in_front_of(services: Sequence[Kept], folder: Path) -> AsyncIterator[Proxy]:
    """Run nginx in front of these processes."""
    program = find_program("nginx")
    assert program is not None
    with listen() as free:
        port = free.getsockname()[1]
    conf = folder / "nginx.conf"
    _write(conf, port, services)
    process = await asyncio.create_subprocess_exec(
        program,
        *("-p", folder, "-c", "nginx.conf"),
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
        async with open_client(url) as client:
            yield Proxy(client, is_up, url, conf, port, process, workers)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        await hearing


def _write(conf: Path, port: int, services: Sequence[Kept]) -> None:
    addresses = [str(kept.client.base_url.netloc, "ascii") for kept in services]
    servers = "\n        ".join(f"server {address} max_fails=0;" for address in addresses)
    conf.write_text(_CONF.format(servers=servers, port=port))


async def _hear(process: asyncio.subprocess.Process, workers: asyncio.Queue[str]) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        if found := _READY.search(line.decode()):
            workers.put_nowait(found[0])
