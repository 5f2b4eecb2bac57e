"""Operations that write one after the other: each waits for whoever is about the same before it looks around."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.contract.contract_operations import OPERATIONS
from tests.contract.scenario import Stage
from tests.contract.successes import prepare
from tests.identity.race_barrier import at_turn, behind

pytestmark = pytest.mark.parametrize(
    "engine", ["postgresql"], indirect=True, scope="session"
)  # the other has one writer

# The turn that the sender takes, by the operation; photos of all kinds are added by one function.
_TURNS: Final = {
    "addPropertyPhoto": b"photos",
    "blockHomeowner": b"inquiries",
    "blockProvider": b"inquiries",
    "createCalendarFeed": b"calendar feed",
    "createInquiry": b"inquiries",
    "createMessageAttachment": b"message_attachments",
    "createReport": b"reports",
    "createSavedSearch": b"saved searches",
    "createService": b"services",
    "createVerification": b"verifications",
    "createWebhookEndpoint": b"webhook endpoints",
    "deleteCalendarFeed": b"calendar feed",
    "deletePhoto": b"photos",
    "keepProvider": b"favourites",
    "keepService": b"favourites",
    "replaceAvailability": b"availability",
    "replaceNotificationPreferences": b"notification preferences",
    "updatePhoto": b"photos",
}
# Another one that changes the table, or has a row of it locked, keeps it from these.
_CHANGED: Final = {
    "createCategory": "marketplace.categories",
    "createForbiddenWord": "marketplace.forbidden_words",
    "deleteCategory": "marketplace.categories",
    "deleteForbiddenWord": "marketplace.forbidden_words",
    "moveCategory": "marketplace.categories",
    "replaceCategory": "marketplace.categories",
    "replaceForbiddenWord": "marketplace.forbidden_words",
    "retireCategory": "marketplace.categories",
}
_LOCKED: Final = dict.fromkeys(("moveCategory", "replaceCategory", "retireCategory"), "marketplace.services")
_BY_ID: Final = {operation.id: operation for operation in OPERATIONS}


@pytest.mark.parametrize("name", _TURNS)
async def test_a_person_does_one_of_a_kind_after_the_other(stage: Stage, name: str) -> None:
    call = await prepare(stage, _BY_ID[name])
    assert call.by is not None
    async with at_turn(stage.service, _TURNS[name] + UUID(await stage.id_of(call.by)).bytes) as met:
        await met.begin(call.send(stage.client))
    (answer,) = await asyncio.gather(*met.tasks)
    assert answer.is_success, answer.text


@pytest.mark.parametrize(
    ("name", "table", "mode"),
    [
        *((name, table, "ROW EXCLUSIVE") for name, table in _CHANGED.items()),
        *((name, table, "ROW SHARE") for name, table in _LOCKED.items()),
    ],
)
async def test_a_change_waits_for_whoever_changes_the_table(stage: Stage, name: str, table: str, mode: str) -> None:
    call = await prepare(stage, _BY_ID[name])
    async with behind(stage.service, text(f"LOCK TABLE {table} IN {mode} MODE")) as (_, met):
        await met.begin(call.send(stage.client))
    (answer,) = await asyncio.gather(*met.tasks)
    assert answer.is_success, answer.text
