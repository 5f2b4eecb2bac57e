"""Plugin for tests marked with a program of the system's packages, which are named as not run where it is missing."""

from __future__ import annotations

import shutil
from typing import Final, Literal

import pytest

type Program = Literal["browser", "nginx", "pgbouncer", "promtool"]

_OUTPUT: Final = "hestami_not_run"
_NAMES: Final[dict[Program, tuple[str, ...]]] = {
    "browser": ("chromium", "chromium-browser", "google-chrome"),
    "nginx": ("nginx",),
    "pgbouncer": ("pgbouncer",),
    "promtool": ("promtool",),
}
_CALLED: Final[dict[Program, str]] = {
    "browser": "Chromium",
    "nginx": "nginx",
    "pgbouncer": "PgBouncer",
    "promtool": "promtool",
}


def find_program(program: Program) -> str | None:
    """Return the path of a program that only a system package brings."""
    return next((found for name in _NAMES[program] if (found := shutil.which(name))), None)


class SystemPrograms:
    """Plugin of pytest that reports tests which could not run, instead of skipping them in silence."""

    def __init__(self) -> None:
        # By the marker, which is the program's.
        self._not_run: dict[Program, set[str]] = {program: set() for program in _NAMES}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Take out what needs a program that is not there."""
        for program, not_run in self._not_run.items():
            if find_program(program) is not None:
                continue
            left_out = [item for item in items if item.get_closest_marker(program)]
            if left_out:
                items[:] = [item for item in items if item not in left_out]
                config.hook.pytest_deselected(items=left_out)
                not_run |= {item.nodeid for item in left_out}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Report the tests that were not run to the controller of a parallel run."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = {program: sorted(names) for program, names in self._not_run.items()}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Collect the tests that a worker did not run."""
        for program, names in getattr(node, "workeroutput", {}).get(_OUTPUT, {}).items():
            self._not_run[program] |= set(names)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name them at the end, where people look."""
        for program, names in self._not_run.items():
            if names:
                terminalreporter.write_sep("-", f"not run: no {_CALLED[program]} on this machine")
            for name in sorted(names):
                terminalreporter.write_line(name)
