"""Archives are written and read in a stream, whatever the size of their parts."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pyrage

from impl.recovery.archive import reading, writing

_MEBIBYTE: Final = 1024 * 1024
_SIZE: Final = 64


async def _chunks() -> AsyncIterator[bytes]:
    for number in range(_SIZE):
        yield bytes([number]) * _MEBIBYTE


async def test_a_large_part_is_never_held_in_memory_whole(tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    tracemalloc.start()
    try:
        async with writing(tmp_path / "large.age", [identity.to_public()]) as archive:
            await archive.add("files/large", _SIZE * _MEBIBYTE, _chunks())
        size = 0
        with (tmp_path / "large.age").open("rb") as file:
            async with reading(file, [identity]) as members:
                async for member in members:
                    async for chunk in member.chunks():
                        size += len(chunk)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > _SIZE * _MEBIBYTE
    assert peak < 8 * _MEBIBYTE
