"""Garbage collector of a test run, which rests while tests are collected and afterwards looks at what is new only.

What is collected, some hundred thousand objects for thousands of tests, lives until the end, and so do the modules. To
look through all of it again and again took a tenth of the time.
"""

from __future__ import annotations

import gc
from typing import Final

import pytest

# How many objects are made before it looks for cycles among the newest; a program that starts cares for less memory.
_OBJECTS: Final = 20_000


class RestingCollector:
    """Plugin of pytest that lets the collector rest until there is something that may not live to the end."""

    def __init__(self) -> None:
        gc.set_threshold(0)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Exempt what there is, and begin."""
        gc.freeze()
        gc.set_threshold(_OBJECTS, 10, 10)
