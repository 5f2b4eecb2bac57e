"""Connections of processes that share a listening socket, beside those that have a socket each (SO_REUSEPORT)."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Sequence

_REQUEST: Final = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
_PAUSE_SECONDS: Final = 0.002


async def application(scope: dict[str, Any], _receive: object, send: Any) -> None:  # noqa: ANN401 - ASGI's
    """Answer with the number of the process that has the connection."""
    if scope["type"] != "http":
        raise RuntimeError("there is nothing to start")
    body = str(os.getpid()).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]}
    )
    await send({"type": "http.response.body", "body": body})


def serve(port: int, *, shared_fd: int | None) -> None:
    config = uvicorn.Config(application, loop="uvloop", http="httptools", lifespan="off", log_level="critical")
    if shared_fd is not None:
        uvicorn.Server(config).run([socket.socket(fileno=shared_fd)])
        return
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    own.bind(("127.0.0.1", port))
    uvicorn.Server(config).run([own])


async def connections(port: int, count: int, *, at_once: bool) -> Counter[str]:
    """Open connections and keep them open; return how many each process got."""

    async def one() -> tuple[str, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return (await reader.readexactly(length)).decode(), writer

    if at_once:
        opened = await asyncio.gather(*(one() for _ in range(count)))
    else:
        opened = []
        for _ in range(count):
            opened.append(await one())
            await asyncio.sleep(_PAUSE_SECONDS)
    for _, writer in opened:
        writer.close()
    return Counter(pid for pid, _ in opened)


def _measure(processes: int, count: int, *, is_shared: bool) -> None:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if not is_shared:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    if is_shared:
        listening.listen(2048)
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.connections", "--serve", str(port)]
            + (["--fd", str(listening.fileno())] if is_shared else []),
            pass_fds=[listening.fileno()] if is_shared else [],
        )
        for _ in range(processes)
    ]
    try:
        _wait(port, processes)
        for at_once in (False, True):
            found = asyncio.run(connections(port, count, at_once=at_once))
            shares = sorted((found.get(str(process.pid), 0) for process in started), reverse=True)
            name = "one socket for all" if is_shared else "a socket each (SO_REUSEPORT)"
            print(f"{name:<30} {'all at once' if at_once else 'one by one':<12} {_summary(shares)}")
    finally:
        for process in started:
            process.send_signal(signal.SIGKILL)
            process.wait()


def _summary(shares: Sequence[int]) -> str:
    return (
        f"{', '.join(map(str, shares))}; the busiest has {max(shares) * len(shares) / sum(shares):.2f} times its share"
    )


def _wait(port: int, processes: int) -> None:
    """Wait until all are there: each is met by enough connections."""
    while True:
        try:
            if len(asyncio.run(connections(port, 64 * processes, at_once=True))) == processes:
                return
        except OSError:
            continue


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--processes", type=int, default=4)
    arguments.add_argument("--connections", type=int, default=400)
    arguments.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    arguments.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve is not None:
        serve(given.serve, shared_fd=given.fd)
        return
    for is_shared in (True, False):
        _measure(given.processes, given.connections, is_shared=is_shared)


if __name__ == "__main__":
    main()
