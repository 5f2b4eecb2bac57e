"""Compare the steps that each side of the trade is offered with what a thing's state leaves to it.

A page shows them as buttons. That they can be taken, and all others are refused, is seen for each state by
`tests/contract/test_states.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from generated import states
from tests.contract.walks import World, walks
from tests.harness.accounts import Account, Accounts
from tests.harness.service import Service
from tests.marketplace.inquiries import states as inquiries
from tests.marketplace.inquiries.asking import INBOX, INQUIRIES
from tests.marketplace.jobs.working import JOBS
from tests.marketplace.payloads import Json, ok
from tests.marketplace.quotes.quoting import QUOTES, draft
from tests.marketplace.visits.visiting import VISITS

type Steps = frozenset[str]


@dataclass(frozen=True, slots=True)
class Case:
    """Paths at which each side reads a thing, and the steps of owner and provider in each of its states.

    A state that is not among them leaves nothing to do.
    """

    owner_path: str
    provider_path: str
    offered: Mapping[str, tuple[Steps, Steps]]


_NONE: Steps = frozenset()
_ASKING: Steps = frozenset({"updateInquiry", "addInquiryRecipient", "addInquiryPhoto", "withdrawInquiry"})
_READ: Steps = _ASKING - {"updateInquiry"}
_ANSWERING: Steps = frozenset({"declineInquiry", "createQuote", "sendReceivedInquiryMessage"})
_EITHER: Steps = frozenset({"cancelJob", "disputeJob"})
_CASES: Mapping[str, Case] = {
    "InquiryState": Case(
        INQUIRIES,
        INBOX,
        {"OPEN": (_ASKING, _ANSWERING), "ACCEPTED": (_NONE, frozenset({"sendReceivedInquiryMessage"}))},
    ),
    "RecipientState": Case(
        INQUIRIES,
        INBOX,
        {
            "SENT": (_ASKING, _ANSWERING),
            "VIEWED": (_READ, _ANSWERING),
            "QUOTED": (_READ, _ANSWERING - {"declineInquiry"}),
            "DECLINED": (_READ, _NONE),
        },
    ),
    "QuoteState": Case(
        QUOTES,
        QUOTES,
        {
            "DRAFT": (_NONE, frozenset({"updateQuote", "deleteQuote", "sendQuote"})),
            "SENT": (frozenset({"acceptQuote", "declineQuote"}), frozenset({"withdrawQuote"})),
        },
    ),
    "VisitState": Case(
        VISITS,
        VISITS,
        {
            "REQUESTED": (frozenset({"cancelVisit"}), frozenset({"acceptVisit", "declineVisit", "cancelVisit"})),
            "BOOKED": (frozenset({"cancelVisit"}), frozenset({"cancelVisit"})),
        },
    ),
    "JobState": Case(
        JOBS,
        JOBS,
        {
            "SCHEDULED": (
                frozenset({"cancelJob", "scheduleJob"}),
                frozenset({"startJob", "cancelJob", "scheduleJob"}),
            ),
            "IN_PROGRESS": (_EITHER, _EITHER | {"deliverJob"}),
            "DELIVERED": (frozenset({"completeJob", "requestJobChanges", "disputeJob"}), frozenset({"disputeJob"})),
            "CHANGES_REQUESTED": (_EITHER, _EITHER | {"deliverJob"}),
        },
    ),
}


@pytest.fixture
def world(service: Service, accounts: Accounts) -> World:
    return World(service, accounts, service, accounts)


def _sides(thing: Json) -> tuple[Account, Account]:
    """Return the owner and the provider of a thing that a walk has made."""
    if "parties" in thing:
        return thing["parties"].owner, thing["parties"].provider
    inquiry = thing.get("inquiry", thing)
    return inquiry["by"], inquiry["provider"]


async def _offered(side: Account, path: str, thing: Json) -> Steps:
    answer = await side.client.get(f"{path}/{thing['id']}")
    return _NONE if answer.status_code == 404 else frozenset(ok(answer)["possible"])


@pytest.mark.parametrize("name", _CASES)
async def test_each_side_is_offered_what_the_state_leaves_to_it(world: World, name: str) -> None:
    case, walk = _CASES[name], walks()[name]
    for state in vars(states)[name]:
        thing = await walk.make(world, state, None)
        owner, provider = _sides(thing)
        offered = await _offered(owner, case.owner_path, thing), await _offered(provider, case.provider_path, thing)
        assert offered == case.offered.get(state, (_NONE, _NONE)), f"{name}: {state}"


async def test_a_draft_of_an_inquiry_that_has_ended_is_not_offered_to_be_sent(world: World) -> None:
    inquiry = await inquiries.make(world, "OPEN")
    written = await draft(inquiry["provider"], inquiry)
    await inquiries.call_off(world, inquiry, "WITHDRAWN")
    assert await _offered(inquiry["provider"], QUOTES, written) == {"updateQuote", "deleteQuote"}
