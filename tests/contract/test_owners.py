"""Resources of other people answer every method with 404, exactly like those that never existed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.actors import REGISTRABLE
from tests.contract.contract_operations import (
    OPERATIONS,
    PROBLEMS,
    is_public,
    name_of,
    needs,
    parameters,
    permissions_of,
    success_of,
)
from tests.contract.scenario import Person, Stage
from tests.contract.success import Prepared
from tests.contract.successes import prepare
from tests.harness.contract import Operation

_WITH_IDS = [operation for operation in OPERATIONS if parameters(operation, "path") and not is_public(operation)]
# Their ids are of what everybody finds in the catalogue: anyone may keep it, and drop what they have kept themselves.
_OF_THE_CATALOGUE = {"keepService", "dropService", "keepProvider", "dropProvider"}
# What staff alone may do, they do to other people's things: nobody is its owner.
_OF_SOMEBODY = [
    operation
    for operation in _WITH_IDS
    if operation.id not in _OF_THE_CATALOGUE and any(needs(operation) <= permissions_of(role) for role in REGISTRABLE)
]


@pytest.mark.parametrize("operation", _OF_SOMEBODY, ids=name_of)
async def test_the_id_of_another_owner_is_404(stage: Stage, operation: Operation) -> None:
    call = await prepare(stage, operation)
    assert call.by is not None
    stranger = await _colleague(stage, call.by)
    foreign = await replace(call, by=stranger).send(stage.client)
    nobodys = await replace(call, by=stranger, ids=dict.fromkeys(call.ids, str(uuid4()))).send(stage.client)
    assert (foreign.status_code, foreign.json()["type"]) == (404, f"{PROBLEMS}not-found"), foreign.text
    assert _alike(foreign.json()) == _alike(nobodys.json()), "the answers must not tell which of the two exists"
    assert set(foreign.headers) == set(nobodys.headers)

    still_there = await call.send(stage.client)
    assert still_there.status_code in success_of(operation), f"a stranger's try changed it: {still_there.text}"


@pytest.mark.parametrize("operation", _WITH_IDS, ids=name_of)
async def test_a_malformed_id_is_422(stage: Stage, prepared: Prepared, operation: Operation) -> None:
    call = await prepared.of(operation)
    for malformed in ("1", "not-a-uuid", "01980000-0000-7000-8000-00000000dea%20", "%00"):
        answer = await replace(call, ids=dict.fromkeys(call.ids, malformed)).send(stage.client)
        assert (answer.status_code, answer.json()["type"]) == (422, f"{PROBLEMS}validation-failed"), answer.text


def _deletion_of(operation: Operation) -> Operation | None:
    """Return the operation that deletes what this one is about; None where nobody can."""
    deletions = (found for found in _OF_SOMEBODY if found.method == "DELETE")
    return next((found for found in deletions if operation.path.startswith(found.path)), None)


# Drafts of quotes are deleted; what was sent is not.
_OF_SENT_QUOTES = {"withdrawQuote", "acceptQuote", "declineQuote"}
_DELETABLE = [
    operation
    for operation in _OF_SOMEBODY
    if operation.id not in _OF_SENT_QUOTES and _deletion_of(operation) is not None
]


def test_only_what_others_have_a_part_in_outlives_its_owners_wish() -> None:
    lasting = {operation.id for operation in _OF_SOMEBODY if operation not in _DELETABLE}

    # What somebody else has been asked stays in both lists; its owner withdraws it.
    inquiries = {"getInquiry", "updateInquiry", "addInquiryRecipient", "withdrawInquiry"}
    inquiries |= {"listInquiryPhotos", "addInquiryPhoto"}
    received = {"getReceivedInquiry", "declineInquiry", "listReceivedInquiryPhotos"}
    quotes = {"createQuote", "listOwnQuotes", "listReceivedQuotes", *_OF_SENT_QUOTES}
    # Both parties keep what was agreed, and what became of it.
    jobs = {name.id for name in _OF_SOMEBODY if name.path.startswith("/jobs/")}
    messages = {
        *("listRecipientMessages", "sendRecipientMessage", "markRecipientMessagesRead"),
        *("listReceivedInquiryMessages", "sendReceivedInquiryMessage", "markReceivedInquiryMessagesRead"),
        *("getInquiryMessage", "getMessageAttachment", "getMessageAttachmentDocument"),
    }
    # What was agreed with somebody else is called off, and both remember it.
    visits = {"requestVisit", "getVisit", "acceptVisit", "declineVisit", "cancelVisit"}
    # Making one again changes nothing; it is deleted in the list of them.
    blocks = {"blockProvider", "blockHomeowner"}
    # What has happened has happened.
    notifications = {"markNotificationRead"}
    passed = inquiries | received | quotes | jobs | messages | visits | blocks | notifications
    assert lasting == {"getOwnReport"} | passed, "what people make, they can delete"


@pytest.mark.parametrize("operation", _DELETABLE, ids=name_of)
async def test_deleted_things_are_404_for_their_owner(stage: Stage, operation: Operation) -> None:
    call = await prepare(stage, operation)
    assert call.by is not None
    thing = _deletion_of(operation)
    assert thing is not None
    gone = await stage.client.delete(thing.path.format(**call.ids), headers=call.by.headers)
    assert gone.status_code == 204, gone.text
    answer = await call.send(stage.client)
    assert (answer.status_code, answer.json()["type"]) == (404, f"{PROBLEMS}not-found"), answer.text


async def _colleague(stage: Stage, person: Person) -> Person:
    """Return somebody else with the same roles."""
    me = (await stage.client.get("/auth/me", headers=person.headers)).json()
    return await stage.shared(*me["roles"], purpose="colleague")


def _alike(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name not in {"instance", "request_id"}}
