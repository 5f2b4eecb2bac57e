"""Option `pytest --fast`, for after each change: SQLite only, without programs, browsers and exhaustive inputs."""

from __future__ import annotations

from typing import Final

import pytest

from tests.harness.engines import within

OPTION: Final = "--fast"

# What `make test` runs besides; a path ends with .py for a file, else it is a folder.
LEFT_OUT: Final[dict[str, str]] = {
    "tests/clients": "clients are generated, installed and compiled",
    "tests/docker": "an image is built",
    "tests/fuzz": "thousands of requests",
    "tests/migrations": "each migration goes up and down",
}


def is_fast(config: pytest.Config) -> bool:
    """Return whether the run is a fast one."""
    return bool(config.getoption(OPTION))


def add_option(parser: pytest.Parser) -> None:
    """Add the option to pytest's own."""
    parser.addoption(OPTION, action="store_true", help="SQLite only; no browser, fuzzer, image, client or migration")


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out of a fast run what is not for it."""
    if not is_fast(config):
        return
    left_out = [item for item in items if _is_left_out(item)]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def _is_left_out(item: pytest.Item) -> bool:
    chosen = getattr(item, "callspec", None)  # of a test with parameters
    engine = "" if chosen is None else chosen.params.get("engine")
    return engine == "postgresql" or item.get_closest_marker("browser") is not None or within(item.nodeid, LEFT_OUT)
