"""Successful requests, sent once for all tests that only look at the answer, the log or the audit trail."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from tests.contract.requests import Call
from tests.contract.scenario import Stage
from tests.contract.successes import prepare
from tests.harness.contract import Operation
from tests.harness.log_lines import log_lines


@dataclass(frozen=True, slots=True)
class Success:
    """Request as it was sent, its answer, and the lines that the service logged meanwhile."""

    call: Call
    answer: httpx.Response
    log: str


class Successes:
    """Sends the request of an operation when a test first asks for its result."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._sent: dict[str, Success] = {}

    async def of(self, operation: Operation) -> Success:
        """Return the operation's success; whether it is one, its own test says."""
        if operation.id not in self._sent:
            call = await prepare(self._stage, operation)
            with log_lines() as lines:
                answer = await call.send(self._stage.client)
                log = await lines.up_to(answer.headers["Request-Id"], '"operation"')
            self._sent[operation.id] = Success(call, answer, log)
        return self._sent[operation.id]
