"""Reader of committed data, by compiled Core statements."""

from collections.abc import Sequence
from typing import Protocol

from impl.kernel.clock import Clock
from impl.kernel.statements import Query


class Reader(Protocol):
    """Runs queries outside any transaction; each sees what is committed when it starts."""

    clock: Clock

    async def all[R](self, query: Query[R], /, **binds: object) -> Sequence[R]: ...

    async def first[R](self, query: Query[R], /, **binds: object) -> R | None: ...
