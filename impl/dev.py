"""Development program: migrates, loads demo data once, and runs the service and its worker in one reloading process."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
from collections.abc import Sequence
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final, override

import uvicorn
from sqlalchemy import inspect, select
from sqlalchemy.exc import SQLAlchemyError
from uvicorn.supervisors import ChangeReload

from impl.edge import logs, server
from impl.kernel.database_errors import explain
from impl.kernel.engines.connecting import migration_engine
from impl.kernel.engines.database_url import displayed
from impl.kernel.settings.address import host_and_port
from impl.kernel.settings.service import Settings

if TYPE_CHECKING:
    from uuid import UUID

    from fastapi import FastAPI
    from sqlalchemy.engine import Connection

    from impl.identity.capabilities.users.tables import User

_ROOT: Final = Path(__file__).resolve().parents[1]
_WATCHED: Final = ("impl", "generated", "openapi")
_log = logging.getLogger("hestami.dev")


def application() -> FastAPI:
    """Build the app for one reload, with the worker in it, because no other process sends mail in development."""
    # Two processes run this file, one that watches and one that serves. Each imports only what it needs, because
    # imports take most of the start.
    from impl import demo, worker  # noqa: PLC0415 - not for the process that watches
    from impl.app import create_app  # noqa: PLC0415 - not for the process that watches

    settings = Settings.load()
    logs.configure(level=settings.log_level, form=settings.log_format)
    _end_with_parent()
    return create_app(settings, companions=[worker.run, demo.draw_photos])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m impl.dev", description="Run Hestami for development.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=server.port, default=8000, help="port to listen on")
    parser.add_argument("--no-reload", action="store_true", help="do not restart when the code changes")
    parser.add_argument("--demo", action="store_true", help="load demo data beside existing data")
    options = parser.parse_args(arguments)
    address = f"http://{host_and_port(options.host, options.port)}"
    # Links in mails lead to this process by default, at the port that it was given.
    os.environ.setdefault("APP_URL", address)
    os.environ.setdefault("API_URL", address)
    settings = Settings.load()
    logs.configure(level=settings.log_level, form=settings.log_format)
    _prepare(settings, may_fill=options.demo)
    _announce(settings, address)
    config = uvicorn.Config(
        "impl.dev:application",
        factory=True,
        reload=not options.no_reload,
        reload_dirs=[str(_ROOT / folder) for folder in _WATCHED],
        **server.options(host=options.host, port=options.port),
    )
    if options.no_reload:
        uvicorn.Server(config).run()
    else:
        Reloader(config, uvicorn.Server(config).run, [config.bind_socket()]).run()


class Reloader(ChangeReload):  # type: ignore[misc, valid-type]  # one of two classes, by what is installed
    """Reloader of uvicorn that also notices when the serving process was killed.

    The reloader holds the port: without a serving process, connections would be accepted and never answered.
    """

    @override
    def should_restart(self) -> list[Path] | None:
        changes: list[Path] | None = super().should_restart()
        # A process that ended by itself has logged why, and is restarted when the code changes.
        status = self.process.exitcode or 0
        if not changes and status < 0:
            _log.warning("the process that serves was killed by signal %d: it starts again", -status)
            self.restart()
        return changes


def _end_with_parent() -> None:
    """Have this process end when the reloader that started it is gone, which cannot tell it when it is killed."""
    parent = parent_process()
    if parent is not None:

        def wait() -> None:
            parent.join()
            os.kill(os.getpid(), signal.SIGTERM)

        Thread(target=wait, name="parent", daemon=True).start()


def _prepare(settings: Settings, *, may_fill: bool) -> None:
    """Migrate the database, import the places, and load demo data when there is none."""
    from impl import demo  # noqa: PLC0415 - not for the process that serves
    from impl.assembly import assemble  # noqa: PLC0415 - not for the process that serves
    from impl.cli import migrate  # noqa: PLC0415 - not for the process that serves
    from impl.identity.capabilities.users.tables import User  # noqa: PLC0415 - not for the process that serves

    async def load() -> None:
        services = assemble(settings)
        await services.open()
        try:
            await services.marketplace.places.load()
            await demo.load(services)
            await services.marketplace.provider_profiles.place_bases()
        finally:
            await services.close()

    if not may_fill:
        asyncio.run(_require_own(settings.database_url, User, demo.people()[0].id))
    migrate()
    asyncio.run(load())


async def _require_own(url: str, users: type[User], demo_id: UUID) -> None:
    """End the program, with the database's name, unless the database is empty or was filled by the demo.

    Nothing is migrated before: it may be another program's database, or that of a service in use.
    """
    engine = migration_engine(url)
    try:
        async with engine.connect() as connection:
            is_own = await connection.run_sync(_is_own, users, demo_id)
    except (OSError, SQLAlchemyError) as error:
        if (reason := explain(error)) is None:
            raise
        raise SystemExit(f"The database {displayed(url)} {reason}.") from None
    finally:
        await engine.dispose()
    if not is_own:
        raise SystemExit(
            f"The database {displayed(url)} has accounts or tables that are not of the demo; nothing was changed.\n"
            "Name another one (DATABASE_URL), or fill in demo accounts with a public password all the same: DEMO=yes"
        )


def _is_own(connection: Connection, users: type[User], demo_id: UUID) -> bool:
    found = inspect(connection)
    is_sqlite = connection.dialect.name == "sqlite"
    schemas = [None] if is_sqlite else [name for name in found.get_schema_names() if name != "information_schema"]
    tables = {(schema, table) for schema in schemas for table in found.get_table_names(schema)}
    if (None if is_sqlite else "identity", users.__tablename__) not in tables:
        return all(table == "alembic_version" for _, table in tables)
    ids = select(users.id).limit(1)
    if connection.execute(ids).first() is None:
        return True
    return connection.execute(ids.where(users.id == demo_id)).first() is not None


def _announce(settings: Settings, address: str) -> None:
    lines = {
        "Documentation": f"{address}/docs",
        "API": f"{address}/api/v1",
        "Health": f"{address}/health",
        "Database": displayed(settings.database_url),
    }
    if settings.mailbox_dir is not None:
        lines["Mail"] = f"{settings.mailbox_dir} (each link is also in the log)"
    width = max(map(len, lines)) + 2
    print("\n".join(f"{name:<{width}}{value}" for name, value in lines.items()), flush=True)


if __name__ == "__main__":
    main()
