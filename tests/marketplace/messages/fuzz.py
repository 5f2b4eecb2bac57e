"""Real values for the fuzzer: threads in which both sides have written."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, merge, name_in_path
from tests.fuzz.entries import Fill, Fuzzing, nothing_known
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.messages.successes import thread_of


async def _thread(seeds: Seeds) -> Item:
    thread = await thread_of(seeds.stage)
    return {
        "owner": thread.owner.headers["Authorization"],
        "provider": thread.provider.headers["Authorization"],
        "inquiry": thread.inquiry_id,
        "recipient": thread.recipient_id,
        "message": thread.answer_id,
    }


_THREADS = Pool("threads", _thread, lasting=4)


def _of(side: str, *, marks: bool = False) -> Fill:
    def fill(case: Case, pools: Pools) -> None:
        item = pools.turn(_THREADS)
        act_as(case, item[side])
        recipient = {"recipient_id": item["recipient"]} if side == "owner" else {}
        name_in_path(case, inquiry_id=item["inquiry"], **recipient)
        if marks:
            merge(case, last_read_id=item["message"])
        elif case.method == "POST":
            merge(case, attachment_ids=[])

    return fill


def _one(case: Case, pools: Pools) -> None:
    item = pools.turn(_THREADS)
    act_as(case, item["owner"])
    name_in_path(case, message_id=item["message"])
    nothing_known(case, pools)


FUZZING = Fuzzing(
    pools=[_THREADS],
    fills={
        "listRecipientMessages": [_of("owner")],
        "sendRecipientMessage": [_of("owner")],
        "markRecipientMessagesRead": [_of("owner", marks=True)],
        "listReceivedInquiryMessages": [_of("provider")],
        "sendReceivedInquiryMessage": [_of("provider")],
        "markReceivedInquiryMessagesRead": [_of("provider", marks=True)],
        "getInquiryMessage": [_one],
    },
    # Of attachments that wait for no message of the sender's.
    rules={"sendRecipientMessage": {"validation-failed"}, "sendReceivedInquiryMessage": {"validation-failed"}},
)
