"""Plugin for tests marked `browser`: they run where Chromium is installed, and are named as not run elsewhere."""

from __future__ import annotations

import shutil

import pytest

_OUTPUT = "hestami_not_run"
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """Return the program of the browser; only a system package brings one."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


class BrowserTests:
    """Plugin of pytest that reports tests which could not run, instead of skipping them in silence."""

    def __init__(self) -> None:
        self._not_run: set[str] = set()

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Take out what needs a browser when there is none."""
        if find_browser() is not None:
            return
        left_out = [item for item in items if item.get_closest_marker("browser")]
        if left_out:
            items[:] = [item for item in items if item not in left_out]
            config.hook.pytest_deselected(items=left_out)
            self._not_run |= {item.nodeid for item in left_out}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Tell the controller of a parallel run."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = sorted(self._not_run)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Hear it from a worker."""
        self._not_run |= set(getattr(node, "workeroutput", {}).get(_OUTPUT, ()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name them at the end, where people look."""
        if self._not_run:
            terminalreporter.write_sep("-", "not run: no Chromium on this machine")
            for name in sorted(self._not_run):
                terminalreporter.write_line(name)
