"""Type of an entry in a feature's `successes.py`, and the entries that several features use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from tests.contract.requests import Body, Ready
from tests.contract.scenario import Stage

type Entry = Callable[[Stage, Body], Awaitable[Ready]]
type Entries = Mapping[str, Entry]

# What staff edit is changed by those only who say which version they have seen; "any" will do here.
ANY_VERSION = {"If-Match": "*"}


async def as_anybody(_stage: Stage, _: Body) -> Ready:
    """Send the request as nobody in particular."""
    return Ready()


async def as_homeowner(stage: Stage, _: Body) -> Ready:
    """Send the request as a homeowner whom many tests share."""
    return Ready(by=await stage.shared("HOMEOWNER"))


async def as_administrator(stage: Stage, _: Body) -> Ready:
    """Send the request as an administrator whom many tests share."""
    return Ready(by=await stage.shared("STAFF_ADMIN"))


async def as_somebody_new(stage: Stage, _: Body) -> Ready:
    """Send the request as somebody whom no other test knows, because it ends or changes what others would need."""
    return Ready(by=await stage.person())
