"""What the contract promises to remember is in the database after success, and nothing is remembered of a failure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from impl.kernel.audit import AuditEvent
from tests.contract.reading import OPERATIONS, audit_event, bodies, name_of, success_of
from tests.contract.stage import Stage
from tests.contract.successes import prepare
from tests.harness.contract import Operation

_AUDITED = [operation for operation in OPERATIONS if audit_event(operation) is not None]


async def _events(stage: Stage, request_id: str) -> list[AuditEvent]:
    async with stage.service.hestami.database.begin() as tx:
        return list(await tx.scalars(select(AuditEvent).where(AuditEvent.request_id == request_id)))


@pytest.mark.parametrize("operation", _AUDITED, ids=name_of)
async def test_success_leaves_its_event(stage: Stage, operation: Operation) -> None:
    call = await prepare(stage, operation)
    answer = await call.send(stage.client)
    assert answer.status_code in success_of(operation), answer.text
    events = await _events(stage, answer.headers["Request-Id"])
    assert audit_event(operation) in [event.event for event in events]
    for event in events:
        assert event.actor_id or event.subject_id, f"{event.event} says neither who nor whom"
        shown = str(event.data)
        personal = [call.by.email, call.by.access_token] if call.by else []
        for secret in (*personal, *(str(value) for value in call.body.values() if isinstance(value, str))):
            assert secret not in shown, f"{event.event} keeps {secret!r} for ever"


@pytest.mark.parametrize("operation", [found for found in _AUDITED if bodies(found)], ids=name_of)
async def test_a_refused_request_leaves_no_event_of_success(stage: Stage, operation: Operation) -> None:
    call = await prepare(stage, operation)
    answer = await replace(call, body={**call.body, "unexpected": 1}, media_type="application/json").send(stage.client)
    assert answer.status_code == 422, answer.text
    events = await _events(stage, answer.headers["Request-Id"])
    assert audit_event(operation) not in [event.event for event in events]
