"""Real values for the fuzzer: threads to send documents in, and documents."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, merge, name_in_path
from tests.fuzz.entries import Fuzzing
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.message_attachments.successes import document_of
from tests.marketplace.messages.successes import thread_of
from tests.marketplace.verifications.successes import PDF


async def _thread(seeds: Seeds) -> Item:
    """Return a thread of somebody of its own: there is a bound on what waits for a message."""
    thread = await thread_of(seeds.stage)
    return {
        "id": await document_of(seeds.stage, thread),
        "owner": thread.owner.headers["Authorization"],
        "inquiry": thread.inquiry_id,
        "recipient": thread.recipient_id,
    }


_THREADS = Pool("threads_with_documents", _thread, lasting=8)


def _document(case: Case, pools: Pools) -> None:
    """Send a document, as text: with bytes in its body, schemathesis takes a request for invalid."""
    item = pools.turn(_THREADS)
    act_as(case, item["owner"])
    merge(case, file=PDF.decode("ascii"), inquiry_id=item["inquiry"], recipient_id=item["recipient"])


def _as_sender(case: Case, pools: Pools) -> None:
    act_as(case, pools.turn(_THREADS)["owner"])


def _one(case: Case, pools: Pools) -> None:
    item = pools.turn(_THREADS)
    act_as(case, item["owner"])
    name_in_path(case, attachment_id=item["id"])


FUZZING = Fuzzing(
    pools=[_THREADS],
    fills={
        "listMessageAttachments": [_as_sender],
        "createMessageAttachment": [_document],
        "getMessageAttachment": [_one],
        "getMessageAttachmentDocument": [_one],
    },
    rules={"createMessageAttachment": {"validation-failed"}},
)
