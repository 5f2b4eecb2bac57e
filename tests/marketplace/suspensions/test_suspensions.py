"""While somebody is suspended nothing new is agreed with them, and what was agreed goes on: each write of the trade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.harness.client import assert_problem
from tests.harness.contract import load_contract
from tests.marketplace.inquiries.asking import DECLINED, ask, question
from tests.marketplace.jobs.working import CANCEL, CHANGES, DISPUTE, Parties, parties, time_in
from tests.marketplace.payloads import TRADE, Json, ok
from tests.marketplace.quotes.quoting import DECLINED as TOO_DEAR
from tests.marketplace.quotes.quoting import draft, offer, quoted
from tests.marketplace.reviews.reviewing import BY_OWNER, BY_PROVIDER, published
from tests.marketplace.visits.visiting import act, always_works, free, send

if TYPE_CHECKING:
    import httpx

    from tests.harness.accounts import Accounts
    from tests.harness.service import Service

_ELSEWHERE: Final = {
    "createMessageAttachment": "it is its sender's alone until a message goes with it",
    "markReceivedInquiryMessagesRead": "a marker agrees on nothing",
    "markRecipientMessagesRead": "a marker agrees on nothing",
    "unblock": "a block is of whoever made it",
    "decideDispute": "it is for staff",
    "hideReview": "it is for staff",
    "reinstateReview": "it is for staff",
}
_TEXT: Final[Json] = {"text": "When could it be?"}
_HIDDEN: Final = (404, "not-found")
_CLOSED: Final = (409, "conversation-closed")
_SUSPENDED: Final = (409, "invalid-transition")


class _Write(NamedTuple):
    """Write by a side, of what is under way between the two, and its outcome."""

    operation: str
    by: str
    of: str
    outcome: int | tuple[int, str]
    body: Json | None = None


# In this order: what refuses leaves everything as it is, and each of the others takes its step.
_OF_SUSPENDED_BUSINESS: Final = [
    _Write("sendQuote", "PROVIDER", "open", _SUSPENDED),
    _Write("sendReceivedInquiryMessage", "PROVIDER", "open", _SUSPENDED, _TEXT),
    _Write("acceptVisit", "PROVIDER", "open", _SUSPENDED),
    _Write("sendRecipientMessage", "HOMEOWNER", "open", _CLOSED, _TEXT),
    _Write("requestVisit", "HOMEOWNER", "open", _CLOSED, {"starts_at": "2090-03-14T09:00:00Z"}),
    _Write("createInquiry", "HOMEOWNER", "open", _HIDDEN),
    _Write("addInquiryRecipient", "HOMEOWNER", "open", _HIDDEN),
    _Write("acceptQuote", "HOMEOWNER", "sent", _HIDDEN),
    _Write("declineQuote", "HOMEOWNER", "sent", _HIDDEN, TOO_DEAR),
    _Write("createQuote", "PROVIDER", "open", 201, offer()),
    _Write("updateQuote", "PROVIDER", "open", 200, {"terms": "Half of it before."}),
    _Write("deleteQuote", "PROVIDER", "open", 204),
    _Write("withdrawQuote", "PROVIDER", "sent", 200),
    _Write("declineVisit", "PROVIDER", "open", 200),
    _Write("cancelVisit", "PROVIDER", "sent", 200),
    _Write("updateInquiry", "HOMEOWNER", "unread", 200, {"title": "Two taps drip"}),
    _Write("declineInquiry", "PROVIDER", "open", 200, DECLINED),
    _Write("withdrawInquiry", "HOMEOWNER", "sent", 200),
    _Write("scheduleJob", "HOMEOWNER", "job", 200),
    _Write("acceptJobSchedule", "PROVIDER", "job", 200),
    _Write("scheduleJob", "PROVIDER", "job", 200),
    _Write("declineJobSchedule", "HOMEOWNER", "job", 200),
    _Write("sendReceivedInquiryMessage", "PROVIDER", "job", 201, _TEXT),
    _Write("sendRecipientMessage", "HOMEOWNER", "job", 201, _TEXT),
    _Write("startJob", "PROVIDER", "job", 200),
    _Write("deliverJob", "PROVIDER", "job", 200),
    _Write("requestJobChanges", "HOMEOWNER", "job", 200, CHANGES),
    _Write("deliverJob", "PROVIDER", "job", 200),
    _Write("completeJob", "HOMEOWNER", "job", 200),
    _Write("createReview", "PROVIDER", "job", 201, BY_PROVIDER),
    _Write("updateReview", "PROVIDER", "job", 200, {"rating": 3}),
    _Write("createReview", "HOMEOWNER", "job", 201, BY_OWNER),
    _Write("replyToReview", "PROVIDER", "job", 200, {"text": "Thank you."}),
    _Write("cancelJob", "PROVIDER", "other job", 200, CANCEL),
    _Write("disputeJob", "PROVIDER", "begun job", 200, DISPUTE),
    _Write("blockHomeowner", "PROVIDER", "open", 200),
    _Write("blockProvider", "HOMEOWNER", "open", 200),
]
# Of whoever asked; they cannot sign in themselves.
_OF_SUSPENDED_HOMEOWNER: Final = [
    _Write("sendQuote", "PROVIDER", "open", _HIDDEN),
    _Write("createQuote", "PROVIDER", "open", _HIDDEN, offer()),
    _Write("sendReceivedInquiryMessage", "PROVIDER", "open", _HIDDEN, _TEXT),
    _Write("acceptVisit", "PROVIDER", "open", _HIDDEN),
    _Write("declineInquiry", "PROVIDER", "open", _HIDDEN, DECLINED),
    _Write("deleteQuote", "PROVIDER", "open", 204),
    _Write("withdrawQuote", "PROVIDER", "sent", 200),
    _Write("declineVisit", "PROVIDER", "open", 200),
    _Write("cancelVisit", "PROVIDER", "sent", 200),
    _Write("sendReceivedInquiryMessage", "PROVIDER", "job", 201, _TEXT),
    _Write("startJob", "PROVIDER", "job", 200),
    _Write("deliverJob", "PROVIDER", "job", 200),
    _Write("cancelJob", "PROVIDER", "other job", 200, CANCEL),
    _Write("createInquiry", "HOMEOWNER", "open", (401, "invalid-token")),
    _Write("acceptQuote", "HOMEOWNER", "sent", (401, "invalid-token")),
]


async def _under_way(found: Parties, service: Service) -> dict[str, dict[str, str]]:
    """Let the two have something of each kind, and return the ids of each by the names of the contract."""
    await always_works(found.provider)
    first, second, *_ = await free(found.provider, service)

    async def asked() -> tuple[Json, dict[str, str]]:
        inquiry = await ask(found.owner, found.home, found.profile)
        return inquiry, {"inquiry_id": inquiry["id"], "recipient_id": inquiry["recipients"][0]["id"]}

    made: dict[str, dict[str, str]] = {}
    inquiry, made["open"] = await asked()
    made["open"]["quote_id"] = (await draft(found.provider, inquiry))["id"]
    made["open"]["visit_id"] = ok(await send(found.owner, inquiry, first), 201)["id"]
    inquiry, made["sent"] = await asked()
    made["sent"]["quote_id"] = (await quoted(found.provider, inquiry))["id"]
    booked = ok(await send(found.owner, inquiry, second), 201)
    made["sent"]["visit_id"] = booked["id"]
    ok(await act(found.provider, booked, "accept"))
    _, made["unread"] = await asked()
    for name in ("job", "other job"):
        job = await found.agree()
        inquiry = ok(await found.owner.client.get(f"/homeowners/inquiries/{job['inquiry_id']}"))
        recipient = inquiry["recipients"][0]["id"]
        made[name] = {"job_id": job["id"], "inquiry_id": inquiry["id"], "recipient_id": recipient}
    made["begun job"] = {"job_id": (await found.begun("IN_PROGRESS"))["id"]}
    return made


def _body(write: _Write, found: Parties, service: Service) -> Json | None:
    match write.operation:
        case "createInquiry":
            return question(found.home, found.profile)
        case "addInquiryRecipient":
            return {"kind": "PROVIDER", "id": found.profile}
        case "scheduleJob":
            # So soon that both have to agree.
            return dict(time_in(service, 5))
        case _:
            return write.body


async def _write(write: _Write, ids: dict[str, str], found: Parties, service: Service) -> httpx.Response:
    account = found.owner if write.by == "HOMEOWNER" else found.provider
    headers: dict[str, str] = {}
    match write.operation:
        case "acceptJobSchedule":
            headers["If-Match"] = (await account.client.get(f"/jobs/{ids['job_id']}")).headers["ETag"]
        case "updateInquiry":
            headers["Content-Type"] = "application/merge-patch+json"
        case "replyToReview":
            await published(account, {"id": ids["job_id"]})
        case _:
            pass
    operation = load_contract().operation(write.operation)
    body = _body(write, found, service)
    answer: httpx.Response = await account.client.request(
        operation.method, operation.path.format_map(ids), json=body, headers=headers
    )
    return answer


async def _take(writes: list[_Write], found: Parties, service: Service, made: dict[str, dict[str, str]]) -> None:
    for write in writes:
        answer = await _write(write, made[write.of], found, service)
        if isinstance(write.outcome, int):
            assert answer.status_code == write.outcome, (write, answer.text)
            continue
        problem = assert_problem(answer, *write.outcome)
        if write.outcome == _SUSPENDED:
            assert problem["state"] == "SUSPENDED", write


def test_each_write_of_the_trade_is_in_a_table() -> None:
    writes = {one.id for one in load_contract().operations if one.method != "GET" and one.tag in TRADE}
    tried = {write.operation for write in _OF_SUSPENDED_BUSINESS}
    assert (writes - tried, tried | set(_ELSEWHERE)) == (set(_ELSEWHERE), writes)
    assert {write.operation for write in _OF_SUSPENDED_HOMEOWNER} <= tried


@pytest.mark.both_engines
async def test_with_a_suspended_business_nothing_is_agreed_and_what_was_agreed_goes_on(
    accounts: Accounts, service: Service
) -> None:
    found = await parties(accounts)
    made = await _under_way(found, service)
    staff = await accounts.staff()
    ok(await staff.client.post(f"/admin/providers/{found.profile}/suspend", json={"note": "Nobody came."}))
    await _take(_OF_SUSPENDED_BUSINESS, found, service, made)


async def test_with_a_suspended_homeowner_nothing_is_agreed_and_what_was_agreed_goes_on(
    accounts: Accounts, service: Service
) -> None:
    found = await parties(accounts)
    made = await _under_way(found, service)
    staff = await accounts.staff()
    owner_id = ok(await found.owner.client.get("/users/me"))["id"]
    ok(await staff.client.post(f"/users/{owner_id}/suspend", json={"reason": "Fraud"}))
    await _take(_OF_SUSPENDED_HOMEOWNER, found, service, made)
