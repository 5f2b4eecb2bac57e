"""The Python client is generated without a warning, passes mypy, and completes the journey."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.clients.build import check_python, make_python, walk_in_python
from tests.clients.live_service import serving
from tests.harness.databases import Databases


def test_its_types_hold() -> None:
    make_python()

    assert check_python().startswith("Success")


async def test_the_journey_ends_well(databases: Databases, worker_id: str, tmp_path: Path) -> None:
    await asyncio.to_thread(make_python)

    async with serving(databases, "sqlite", f"python_{worker_id}", tmp_path) as environment:
        told = await asyncio.to_thread(walk_in_python, environment)
    assert "The story ended well" in told
    assert told.count("refused:") > 25, "the story shows what is refused, too"
    assert "she sees the new rating" in told, "the trade is walked to its end"
