"""Fixtures for every test: databases on both engines, the live service, a validating client, accounts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from tests.harness import costs, engines, fast, pgbouncer
from tests.harness.collector import RestingCollector
from tests.harness.databases import Databases, Engine
from tests.harness.hashing import BlockedHashing, Hashing, blocked_hashing, counted
from tests.harness.order import LongestFirst, processors
from tests.harness.postgres import Address
from tests.harness.run import shared_run
from tests.harness.system_programs import SystemPrograms

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Accounts
    from tests.harness.clock import MovableClock
    from tests.harness.inbox import Inbox
    from tests.harness.service import Service

_SHARED = "hestami_run"
_numbers = count(1)


class _SharedRun:
    """Starts in the controller what the workers of a parallel run share: a worker may end before the others."""

    def __init__(self) -> None:
        self._run = shared_run()
        self._databases = self._run.__enter__()

    def pytest_configure_node(self, node: _Node) -> None:
        server = self._databases.server
        node.workerinput[_SHARED] = json.dumps([str(self._databases.folder), server.port, server.password])

    def pytest_unconfigure(self) -> None:
        self._run.__exit__(None, None, None)


class _Node:
    """Attributes of an xdist worker, which has no types of its own."""

    workerinput: dict[str, str]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start one worker more than there are processors: a sixth of the time each waits for a database or a program."""
    return processors() + 1


def pytest_configure(config: pytest.Config) -> None:
    """Start one server for all parallel workers; a run without workers starts it when the first test asks."""
    config.pluginmanager.register(RestingCollector(), "hestami_collector")
    config.pluginmanager.register(SystemPrograms(), "hestami_system_programs")
    costs.configure(config)
    pgbouncer.configure(config)
    config.pluginmanager.register(LongestFirst(), "hestami_order")
    is_controller = not hasattr(config, "workerinput")
    if is_controller and config.getoption("numprocesses", None):
        config.pluginmanager.register(_SharedRun(), _SHARED)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Return the maker of databases, with the run's PostgreSQL server behind it."""
    if hasattr(request.config, "workerinput"):
        shared = cast("_Node", request.config).workerinput[_SHARED]
        folder, port, password = json.loads(shared)
        with contextlib.closing(Databases(Path(folder), Address(port, password))) as joined:
            yield joined
    else:
        with shared_run() as own:
            yield own


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer a fast run, one of everything on both engines, and a table of what tests cost."""
    fast.add_option(parser)
    costs.add_option(parser)
    engines.add_option(parser)
    pgbouncer.add_option(parser)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pass by the files that are not for a fast run: reading all of them takes as long as many tests."""
    return True if fast.need_not_be_read(collection_path, config) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what is not for a fast run, before anything else is taken out."""
    fast.leave_out(config, items)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a test that asks for a database run on each engine that can matter to it."""
    chosen = any(mark.args[0] == "engine" for mark in metafunc.definition.iter_markers("parametrize"))
    if "engine" in metafunc.fixturenames and not chosen:
        on = fast.engines(metafunc.config) or engines.engines_for(metafunc.definition)
        metafunc.parametrize("engine", on, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return the engine that the test runs on."""
    return cast("Engine", request.param)


@pytest.fixture(scope="session")
def database_url(databases: Databases, engine: Engine, worker_id: str) -> Iterator[str]:
    """Return the URL of a migrated database that the tests of this worker share (not the live service's)."""
    url = databases.migrated(engine, f"shared_{worker_id}")
    yield url
    databases.drop(url)


@pytest.fixture
def fresh_database_url(databases: Databases, engine: Engine, worker_id: str) -> Iterator[str]:
    """Return the URL of a migrated database of the test's own."""
    url = databases.migrated(engine, f"fresh_{worker_id}_{next(_numbers)}")
    yield url
    databases.drop(url)


@pytest.fixture
def empty_database_url(databases: Databases, engine: Engine, worker_id: str) -> Iterator[str]:
    """Return the URL of a database of the test's own without a table, for tests of migrations."""
    url = databases.empty(engine, f"empty_{worker_id}_{next(_numbers)}")
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
async def service(databases: Databases, engine: Engine, worker_id: str) -> AsyncIterator[Service]:
    """Return this worker's live service on one engine; tests share it and use e-mail addresses of their own."""
    from tests.harness.service import run_service  # noqa: PLC0415 - not every test needs it

    async with run_service(databases, engine, f"service_{worker_id}") as running:
        yield running


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Return an anonymous client of the service that validates every response against the sealed contract."""
    async with service.client() as opened:
        yield opened


@pytest.fixture
def inbox(service: Service) -> Inbox:
    """Return what the service has mailed."""
    return service.inbox


@pytest.fixture
def hashing() -> Iterator[Hashing]:
    """Return what bcrypt is asked to do meanwhile."""
    with counted() as done:
        yield done


@pytest.fixture
def blocked() -> Iterator[BlockedHashing]:
    """Return what lets calls of bcrypt through meanwhile."""
    with blocked_hashing() as blocked:
        yield blocked


@pytest.fixture
def clock(service: Service) -> MovableClock:
    """Return the service's clock, which only goes forward."""
    return service.clock


@pytest.fixture(scope="session")
async def accounts(service: Service) -> AsyncIterator[Accounts]:
    """Return the maker of accounts with verified addresses and open clients."""
    from tests.harness.accounts import Accounts  # noqa: PLC0415 - needs the service

    made = Accounts(service)
    yield made
    await made.close()
