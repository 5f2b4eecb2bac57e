"""Pools and fills of the fuzzer for reports."""

from __future__ import annotations

from tests.fuzz.cases import Case, merge, name_in_path, phase
from tests.fuzz.entries import Fuzzing, lasting_id, single_id
from tests.fuzz.pools import Item, Pool, Pools, Seeds
from tests.marketplace.reports.successes import (
    listing,
    report_of,
    reported_document,
    reported_message,
    triaged_report_of,
)


async def _listing(seeds: Seeds) -> Item:
    return {"id": await listing(seeds.stage)}


async def _own(seeds: Seeds) -> Item:
    return {"id": await report_of(seeds.stage, seeds.anna)}


async def _waiting(seeds: Seeds) -> Item:
    """Report as somebody new: fifty of one person wait at most."""
    return {"id": await report_of(seeds.stage, await seeds.stage.person("HOMEOWNER"))}


async def _of_message(seeds: Seeds) -> Item:
    return {"id": await reported_message(seeds.stage)}


async def _of_document(seeds: Seeds) -> Item:
    report_id, attachment_id = await reported_document(seeds.stage)
    return {"id": report_id, "attachment": attachment_id}


async def _triaged(seeds: Seeds) -> Item:
    return {"id": await triaged_report_of(seeds.stage, await seeds.stage.person("HOMEOWNER"), seeds.admin)}


_LISTINGS = Pool("listings_to_report", _listing)
_OWN = Pool("reports", _own, lasting=4)
_OF_MESSAGES = Pool("reports_of_messages", _of_message, lasting=2)
_OF_DOCUMENTS = Pool("reports_of_documents", _of_document, lasting=2)
_TO_TRIAGE = Pool("reports_to_triage", _waiting)
_TO_DECIDE = Pool("reports_to_decide", _triaged)
# Decided again and again once the others are used up.
_DECIDED = Pool("reports_decided", _triaged, lasting=1)


def _subject_that_is(case: Case, pools: Pools) -> None:
    merge(case, subject_kind="SERVICE", subject_id=pools.turn(_LISTINGS)["id"])


def _to_decide(case: Case, pools: Pools) -> None:
    """Name a report made for it in every request: a decision may take down what other operations need."""
    found = pools.take(_TO_DECIDE, phase(case)) or pools.turn(_DECIDED)
    name_in_path(case, report_id=found["id"])


def _an_attachment(case: Case, pools: Pools) -> None:
    found = pools.turn(_OF_DOCUMENTS)
    name_in_path(case, report_id=found["id"], attachment_id=found["attachment"])


FUZZING = Fuzzing(
    pools=[_LISTINGS, _OWN, _OF_MESSAGES, _OF_DOCUMENTS, _TO_TRIAGE, _TO_DECIDE, _DECIDED],
    fills={
        "createReport": [_subject_that_is],
        "getOwnReport": [lasting_id(_OWN, "report_id")],
        "getReport": [lasting_id(_OWN, "report_id")],
        "getReportedMessage": [lasting_id(_OF_MESSAGES, "report_id")],
        "getReportedAttachment": [_an_attachment],
        "triageReport": [single_id(_TO_TRIAGE, "report_id")],
        "decideReport": [_to_decide],
    },
    always=frozenset({"decideReport"}),
)
