"""Creates that are sent several times at once under one key, as by a client that is impatient."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.harness.client import assert_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import httpx

_DOUBLES = 4


async def take_last_place(send: Callable[[dict[str, str]], Coroutine[Any, Any, httpx.Response]]) -> httpx.Response:
    """Send a create, for which one place is left, and its doubles at once; return the response of what was made.

    A double finds no place, and hears all the same that its request is under way, or what it has made.
    """
    key = {"Idempotency-Key": str(uuid4())}
    responses = await asyncio.gather(*(send(key) for _ in range(_DOUBLES)))
    for response in responses:
        if response.status_code != 201:
            assert_problem(response, 409, "idempotency-in-flight")
    first, *others = (response for response in responses if response.status_code == 201)
    assert {other.content for other in others} <= {first.content}
    return first
