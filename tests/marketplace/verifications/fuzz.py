"""Real values for the fuzzer: licences that wait, and documents to send in."""

from __future__ import annotations

from tests.fuzz.cases import Case, act_as, merge, name_in_path, phase
from tests.fuzz.entries import Fill, Fuzzing, lasting_id, single_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.verifications.successes import PDF, sent, verified

# A text: with bytes in its body, schemathesis takes a request for invalid.
_DOCUMENT = PDF.decode("ascii")


async def _pending(seeds: Seeds) -> Item:
    return {"id": await sent(seeds.stage, await seeds.stage.person("SERVICE_PROVIDER"))}


async def _verified(seeds: Seeds) -> Item:
    owner = await seeds.stage.person("SERVICE_PROVIDER")
    return {"id": await verified(seeds.stage, owner, seeds.admin)}


async def _own(seeds: Seeds) -> Item:
    return {"id": await sent(seeds.stage, seeds.anna)}


async def _sender(seeds: Seeds) -> Item:
    person = await seeds.stage.person("SERVICE_PROVIDER")
    return {"authorization": person.headers["Authorization"]}


_SENDERS = Pool("verification_senders", _sender, lasting=8)
_LASTING = Pool("verifications", _pending, lasting=4)
_OWN = Pool("own_verifications", _own, lasting=4)
# In a long run too, one person sends in fifty at most.
_TO_DELETE = Pool("verifications_to_delete", _own, share=0.3)
_TO_DECIDE = Pool("verifications_to_decide", _pending)
_TO_REVOKE = Pool("verifications_to_revoke", _verified)
# Decided again and again once the others are used up.
_DECIDED = Pool("verifications_decided", _pending, lasting=1)


def _made_for_it(pool: Pool, spare: Pool) -> Fill:
    """Name something of the pools in every request: what is decided may be what other operations need."""

    def fill(case: Case, pools: Pools) -> None:
        found = pools.take(pool, phase(case)) or pools.turn(spare)
        name_in_path(case, verification_id=found["id"])

    return fill


def _document(case: Case, pools: Pools) -> None:
    """Give it a document that is one, a day that has not passed, and a sender who has not sent in too many."""
    merge(case, document=_DOCUMENT, expires_date="2090-12-31")
    act_as(case, pools.turn(_SENDERS)["authorization"])


FUZZING = Fuzzing(
    pools=[_SENDERS, _LASTING, _OWN, _TO_DELETE, _TO_DECIDE, _TO_REVOKE, _DECIDED],
    fills={
        "createVerification": [_document],
        "getOwnVerification": [lasting_id(_OWN, "verification_id")],
        "getOwnVerificationDocument": [lasting_id(_OWN, "verification_id")],
        "deleteVerification": [single_id(_TO_DELETE, "verification_id")],
        "getVerification": [lasting_id(_LASTING, "verification_id")],
        "getVerificationDocument": [lasting_id(_LASTING, "verification_id")],
        "decideVerification": [_made_for_it(_TO_DECIDE, _DECIDED)],
        "revokeVerification": [_made_for_it(_TO_REVOKE, _DECIDED)],
    },
    rules={"createVerification": {"validation-failed"}},
    always=frozenset({"decideVerification", "revokeVerification"}),
)
