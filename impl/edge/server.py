"""Configuration of uvicorn for development and production."""

from __future__ import annotations

import gc
from argparse import ArgumentTypeError
from typing import Final, Literal, TypedDict

from impl.edge.connections import BoundedProtocol

_KEEP_ALIVE_SECONDS: Final = 75
_PORT_MAX: Final = 65_535
_GC_THRESHOLDS: Final = (50_000, 20, 100)


class ServerOptions(TypedDict):
    host: str
    port: int
    loop: str
    http: type[BoundedProtocol]
    ws: str
    lifespan: Literal["on"]
    log_config: None
    access_log: bool
    server_header: bool
    proxy_headers: bool
    timeout_keep_alive: int
    timeout_graceful_shutdown: int


def port(text: str) -> int:
    """Return the port that an argument names; 0 lets the system choose."""
    if not text.isascii() or not text.isdigit() or int(text) > _PORT_MAX:
        raise ArgumentTypeError(f"{text} is no port: it is a number of 1 to {_PORT_MAX}")
    return int(text)


def options(*, host: str, port: int, finish_seconds: int = 20) -> ServerOptions:
    """Return uvicorn's options; forwarded headers are left to our middleware, which knows the trusted proxies."""
    return {
        "host": host,
        "port": port,
        "loop": "uvloop",
        "http": BoundedProtocol,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": _KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": finish_seconds,
    }


def settle() -> None:
    """Exempt everything made until now from garbage collection, since it lives as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
