"""Real values for the fuzzer: quotes between people of its own and one business."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, merge, name_in_path, phase
from tests.fuzz.entries import Fill, Fuzzing, nothing_known
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.inquiries.successes import inquiry_of
from tests.marketplace.provider_profile.successes import business
from tests.marketplace.quotes.successes import quote_of


async def _draft(seeds: Seeds) -> Item:
    quote = await quote_of(seeds.stage)
    return {"id": quote.id, "authorization": quote.provider.headers["Authorization"]}


async def _sent(seeds: Seeds) -> Item:
    quote = await quote_of(seeds.stage, is_sent=True)
    return {
        "id": quote.id,
        "inquiry": quote.inquiry_id,
        "authorization": quote.provider.headers["Authorization"],
        "owner": quote.owner.headers["Authorization"],
    }


async def _unanswered(seeds: Seeds) -> Item:
    provider = await business(seeds.stage)
    inquiry_id = await inquiry_of(seeds.stage, await seeds.stage.person(), provider)
    return {"inquiry": inquiry_id, "authorization": provider.headers["Authorization"]}


# Few are written for one inquiry: each of these takes one.
_UNANSWERED = Pool("inquiries_to_quote", _unanswered, share=0.5)
_LASTING = Pool("quotes", _draft, lasting=4)
_TO_DELETE = Pool("quotes_to_delete", _draft, share=0.5)
_TO_SEND = Pool("quotes_to_send", _draft, share=0.5)
_SENT = Pool("quotes_sent", _sent, lasting=2)
_TO_WITHDRAW = Pool("quotes_to_withdraw", _sent, share=0.5)
_TO_ACCEPT = Pool("quotes_to_accept", _sent, share=0.5)
_TO_DECLINE = Pool("quotes_to_decline", _sent, share=0.5)


def _written(case: Case, pools: Pools) -> None:
    if (item := pools.take(_UNANSWERED, phase(case))) is not None:
        act_as(case, item["authorization"])
        name_in_path(case, inquiry_id=item["inquiry"])


def _affordable(case: Case, _: Pools) -> None:
    """Leave out what JSON Schema cannot bound: what quantity times price comes to, and a discount above it."""
    if isinstance(case.body, dict) and isinstance(lines := case.body.get("lines"), list):
        for line in lines:
            if isinstance(line, dict) and "quantity_thousandths" in line:
                line["quantity_thousandths"] = 1000
        merge(case, discount=None)


def _of(pool: Pool, party: str = "authorization", parameter: str = "quote_id", member: str = "id") -> Fill:
    def fill(case: Case, pools: Pools) -> None:
        item = pools.turn(pool) if pool.lasting else pools.take(pool, phase(case))
        if item is not None:
            act_as(case, item[party])
            name_in_path(case, **{parameter: item[member]})
            nothing_known(case, pools)

    return fill


FUZZING = Fuzzing(
    pools=[_UNANSWERED, _LASTING, _TO_DELETE, _TO_SEND, _SENT, _TO_WITHDRAW, _TO_ACCEPT, _TO_DECLINE],
    fills={
        "listOwnQuotes": [_of(_SENT, parameter="inquiry_id", member="inquiry")],
        "listReceivedQuotes": [_of(_SENT, "owner", "inquiry_id", "inquiry")],
        "createQuote": [_written, _affordable],
        "getQuote": [_of(_LASTING)],
        "getQuoteDocument": [_of(_LASTING)],
        "updateQuote": [_of(_LASTING), _affordable],
        "deleteQuote": [_of(_TO_DELETE)],
        "sendQuote": [_of(_TO_SEND)],
        "withdrawQuote": [_of(_TO_WITHDRAW)],
        "acceptQuote": [_of(_TO_ACCEPT, "owner")],
        "declineQuote": [_of(_TO_DECLINE, "owner")],
    },
    # What lines come to, and a discount above that.
    rules={"createQuote": {"validation-failed"}, "updateQuote": {"validation-failed"}},
)
