"""Requests prepared or sent once: for tests that see them refused, and for tests that look at what came of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import httpx

from tests.contract.contract_operations import responses
from tests.contract.requests import Call
from tests.contract.scenario import FRESH, Stage
from tests.contract.successes import prepare
from tests.harness.contract import Operation
from tests.harness.log_lines import log_lines


class Prepared:
    """Prepares the request of an operation once, for tests that change it so that it is refused and does nothing."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._calls: dict[str, tuple[Call, datetime]] = {}

    async def of(self, operation: Operation) -> Call:
        """Return the operation's request; whatever it refers to stays as it is."""
        now = self._stage.service.clock.now()
        known = self._calls.get(operation.id)
        # Other tests of this worker move the clock, and the sender's token is as old as the request.
        if known is None or now - known[1] > FRESH:
            known = await prepare(self._stage, operation), now
            self._calls[operation.id] = known
        return known[0]


# What a browser asks with for a picture.
PICTURES: Final = {"Accept": "image/avif, image/*;q=0.8"}


@dataclass(frozen=True, slots=True)
class Success:
    """Request as it was sent, its answer, and the lines that the service logged meanwhile.

    `refused` is the answer to the same request by somebody who takes no JSON, which was sent before it. None where
    no JSON is answered.
    """

    call: Call
    answer: httpx.Response
    log: str
    refused: httpx.Response | None


class Successes:
    """Sends the request of an operation when a test first asks for its result."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._sent: dict[str, Success] = {}

    async def of(self, operation: Operation) -> Success:
        """Return the operation's success; whether it is one, its own test says."""
        if operation.id not in self._sent:
            call = await prepare(self._stage, operation)
            refused = None
            if 406 in responses(operation):
                refused = await replace(call, headers={**call.headers, **PICTURES}).send(self._stage.client)
            with log_lines() as lines:
                answer = await call.send(self._stage.client)
                log = await lines.up_to(answer.headers["Request-Id"], '"operation"')
            self._sent[operation.id] = Success(call, answer, log, refused)
        return self._sent[operation.id]
