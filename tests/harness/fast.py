"""Option `pytest --fast`, for after each change: SQLite only, without programs, browsers and exhaustive inputs."""

from __future__ import annotations

from typing import Final

import pytest

from tests.harness.engines import within

OPTION: Final = "--fast"

# What `make test` runs besides; a path ends with .py for a file, names a test of one, or is a folder.
LEFT_OUT: Final[dict[str, str]] = {
    "tests/chaos": "processes are killed and replaced under load",
    "tests/clients": "clients are generated, installed and compiled",
    "tests/codegen/test_golden.py": "`make generate` and `make lint` tell what has changed in generated code",
    "tests/codegen/test_json_schema.py": "hundreds of schemas, for who changes the generator",
    "tests/codegen/test_odd_schemas.py": "hundreds of schemas, for who changes the generator",
    "tests/commands": "`make run` and operators' commands are started again and again",
    "tests/contract/test_audit.py::test_a_commit_that_fails_leaves_neither_the_event_nor_the_change": (
        "all tables are compared for each operation"
    ),
    "tests/contract/test_entity_tags.py": "all that can be read is compared for each operation",
    "tests/contract/test_handlers.py": "mypy and the program run on copies of all code",
    "tests/contract/test_states.py": "all states are walked through, for who changes their tables",
    "tests/docker": "an image is built",
    "tests/edge/test_path_prefix.py": "services with settings of their own",
    "tests/fuzz": "thousands of requests",
    "tests/harness": "of interest to who changes the harness",
    "tests/identity/capabilities/login_throttle/test_back_off.py": "bursts of guesses",
    "tests/identity/mfa/test_guessing.py": "bursts of guesses",
    "tests/identity/oauth": "services with settings and identity providers of their own",
    "tests/identity/sessions/test_key_rotation.py": "instances are started again and again",
    "tests/identity/races": "SQLite lets one write at a time",
    "tests/identity/test_two_processes.py": "two more processes",
    "tests/identity/test_uniform_sequences.py": "hundreds of sequences of requests",
    "tests/recovery": "archives are written and read by commands again and again",
    "tests/migrations": "each migration goes up and down",
}


def is_fast(config: pytest.Config) -> bool:
    """Return whether the run is a fast one."""
    return bool(config.getoption(OPTION))


def add_option(parser: pytest.Parser) -> None:
    """Add the option to pytest's own."""
    parser.addoption(OPTION, action="store_true", help="SQLite only, without what tests/harness/fast.py lists")


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out of a fast run what is not for it."""
    if not is_fast(config):
        return
    parts: dict[bool, list[pytest.Item]] = {False: [], True: []}
    for item in items:
        parts[_is_left_out(item)].append(item)
    if parts[True]:
        items[:] = parts[False]
        config.hook.pytest_deselected(items=parts[True])


def _is_left_out(item: pytest.Item) -> bool:
    chosen = getattr(item, "callspec", None)  # of a test with parameters
    engine = "" if chosen is None else chosen.params.get("engine")
    return engine == "postgresql" or item.get_closest_marker("browser") is not None or within(item.nodeid, LEFT_OUT)
