"""Environment of a program that a test starts: the machine's, without the developer's settings of the service."""

from __future__ import annotations

import os
from typing import Final

from impl.kernel.settings.service import Settings

_OURS: Final = {name.upper() for name in Settings.model_fields}
_OURS_BY_FILE: Final = {f"{name}_FILE" for name in _OURS}
# Not for a child: where it looks for modules is its test's to say, and the test run's plugins are not its own.
_RUNNERS: Final = ("PYTHONPATH", "PYTEST", "COV")


def clean_environment(**settings: str) -> dict[str, str]:
    """Return what the machine needs to run a program (a moved Python finds its library by it), and these settings."""
    machine = {
        name: value
        for name, value in os.environ.items()
        if name not in _OURS and name not in _OURS_BY_FILE and not name.startswith(_RUNNERS)
    }
    return {**machine, **settings}
