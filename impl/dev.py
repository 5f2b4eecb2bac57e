"""Development: tables, demo data once, and the service with its worker in one process that reloads."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn

from impl.edge import logs, server
from impl.kernel.address_settings import host_and_port
from impl.kernel.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

_ROOT: Final = Path(__file__).resolve().parents[1]
_WATCHED: Final = ("impl", "generated", "openapi")


def application() -> FastAPI:
    """Build the app for one reload, with the worker in it, because no other process sends mail in development."""
    # Two processes run this file, the one that watches and the one that serves: each loads what it needs, since loading
    # is most of the start.
    from impl import worker  # noqa: PLC0415
    from impl.app import create_app  # noqa: PLC0415

    settings = Settings.load()
    logs.configure(level=settings.log_level, form=settings.log_format)
    return create_app(settings, companions=[worker.run])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m impl.dev", description="Run Hestami for development.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    parser.add_argument("--no-reload", action="store_true", help="do not restart when the code changes")
    given = parser.parse_args(arguments)
    address = f"http://{host_and_port(given.host, given.port)}"
    # Links in mails must lead to this very process, which the port decides; who sets them otherwise wants it so.
    os.environ.setdefault("APP_URL", address)
    os.environ.setdefault("API_URL", address)
    settings = Settings.load()
    logs.configure(level=settings.log_level, form=settings.log_format)
    _prepare(settings)
    _announce(settings, address)
    uvicorn.run(
        "impl.dev:application",
        factory=True,
        reload=not given.no_reload,
        reload_dirs=[str(_ROOT / folder) for folder in _WATCHED],
        **server.options(host=given.host, port=given.port),
    )


def _prepare(settings: Settings) -> None:
    """Migrate the database, and load demo data when there is none."""
    from impl import demo  # noqa: PLC0415
    from impl.assembly import assemble  # noqa: PLC0415
    from impl.cli import migrate  # noqa: PLC0415

    async def load() -> None:
        services = assemble(settings)
        await services.open()
        try:
            await demo.load(services)
        finally:
            await services.close()

    migrate()
    asyncio.run(load())


def _announce(settings: Settings, address: str) -> None:
    lines = {
        "Documentation": f"{address}/docs",
        "API": f"{address}/api/v1",
        "Health": f"{address}/health",
    }
    if settings.mailbox_dir is not None:
        lines["Mail"] = f"{settings.mailbox_dir} (each link is also in the log)"
    width = max(map(len, lines)) + 2
    print("\n".join(f"{name:<{width}}{value}" for name, value in lines.items()), flush=True)


if __name__ == "__main__":
    main()
