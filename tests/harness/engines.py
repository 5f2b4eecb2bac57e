"""Selection of the engines on which a test runs: SQLite, and PostgreSQL as well where the engine can matter.

It can matter where a test sends statements that no other test sends to PostgreSQL, or several requests at once: such
tests have the mark `both_engines`. Where it matters for another reason, the list gives it. `pytest --both-engines` runs
everything on both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pytest

from tests.harness.databases import ENGINES, Engine

OPTION: Final = "--both-engines"
MARK: Final = "both_engines"
_ONE: Final[tuple[Engine, ...]] = ("sqlite",)  # which needs no server

_COMPUTED: Final = "words, orders, distances and counts are computed by statements of each engine's own"
_HEARD: Final = "what one process learns of another, the database tells it"
_STORED: Final = "it depends on what the database stores, counts or tells"
# A path ends with .py for a file, names a test of one, or is a folder.
BOTH_ENGINES: Final[dict[str, str]] = {
    "tests/chaos": "which changes a killed process has made, the engine decides",
    "tests/commands": "programs connect, migrate and stop in each engine's way",
    "tests/contract/test_examples.py": "each operation succeeds on both, by each example",
    "tests/contract/test_turns.py": "locks are the engine's",
    "tests/contract/test_vocabulary.py": "the words of a column are checked by the database",
    "tests/docker/test_monitoring.py": "metrics of each engine's connections are among them",
    "tests/docs/test_commands.py": "commands of the pages take the URL of either",
    "tests/edge/test_caching_proxies.py": _STORED,
    "tests/edge/test_contention.py": "waits for a connection, and their end, are each engine's",
    "tests/edge/test_denials.py": _STORED,
    "tests/edge/test_departed_clients.py": "a statement under way is cancelled by the driver",
    "tests/edge/test_early_responses.py": "transactions that are given up end in the driver",
    "tests/edge/test_error_reports.py": "errors of the driver are among them",
    "tests/edge/test_garbage.py": "the driver's objects are counted, too",
    "tests/edge/test_logs.py": "statements and errors of the driver are among the lines",
    "tests/edge/test_metrics.py": "metrics of each engine's connections are among them",
    "tests/edge/test_moving_databases.py": "connections that are lost, the driver reports",
    "tests/edge/test_rate_limits.py": _STORED,
    "tests/edge/test_traces.py": "spans of statements are of the driver",
    "tests/fuzz": "what an engine cannot store, only values that nobody thought of show",
    "tests/harness/test_databases.py": "the harness makes the databases of both",
    "tests/harness/test_service.py": "the harness makes the databases of both",
    "tests/identity/capabilities/mails/test_killed.py": "what a killed process leaves, the engine decides",
    "tests/identity/races": "who waits for whom, the engine decides",
    "tests/identity/test_two_processes.py": _HEARD,
    "tests/identity/test_uniform_sequences.py": "refusals that are an engine's own must reveal nothing either",
    "tests/journey": "whole stories, with all that comes together in them",
    "tests/kernel": "connections, transactions, types and errors are the engine's",
    "tests/marketplace/catalogue": _COMPUTED,
    "tests/marketplace/frequent_words": "statements of PostgreSQL's own must find what SQLite's find",
    "tests/marketplace/notification_stream/test_processes.py": _HEARD,
    "tests/marketplace/places": "names are compared and ordered by the database",
    "tests/marketplace/property_areas": "distances are computed by the database",
    "tests/marketplace/providers": _COMPUTED,
    "tests/migrations": "tables are changed in each engine's way",
    "tests/operations": "triggers, chains and probes are written for each engine",
    "tests/recovery": "each engine is saved and restored in its own way",
}


def add_option(parser: pytest.Parser) -> None:
    """Add the option to pytest's own."""
    parser.addoption(OPTION, action="store_true", help="run each test on both engines, whatever the list says")


def engines_for(definition: pytest.Item) -> tuple[Engine, ...]:
    """Return the engines that a test runs on."""
    is_for_both = definition.config.getoption(OPTION) or definition.get_closest_marker(MARK) is not None
    return ENGINES if is_for_both else engines_of(definition.nodeid)


def engines_of(path: str) -> tuple[Engine, ...]:
    """Return the engines that tests without the mark run on; the path is relative to the repository's root."""
    return ENGINES if within(path, BOTH_ENGINES) else _ONE


def within(path: str, places: Iterable[str]) -> bool:
    """Return whether the path, of a file or of a test in it, is one of the places or below one."""
    test = path.partition("[")[0]
    return any(test == place or test.startswith((f"{place}/", f"{place}::")) for place in places)
