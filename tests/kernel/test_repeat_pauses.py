"""Pauses of repetition: what was given up is tried three times more, later and later."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import asyncpg
import pytest

from impl.kernel.errors import Unavailable
from impl.kernel.repeats import repeated


async def test_what_is_given_up_is_tried_again_later_and_later() -> None:
    loop, begun = asyncio.get_running_loop(), list[float]()

    async def give_up() -> None:
        begun.append(loop.time())
        raise Unavailable from asyncpg.DeadlockDetectedError("given up")

    with pytest.raises(Unavailable):
        await repeated(give_up)
    least = (0.01, 0.05, 0.2)
    assert [later - earlier >= pause for (earlier, later), pause in zip(pairwise(begun), least, strict=True)] == [
        True
    ] * len(least)
