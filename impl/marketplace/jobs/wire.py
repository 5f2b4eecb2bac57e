"""Jobs on the wire: each party sees its own side of them."""

from datetime import datetime
from uuid import UUID

from generated import models, replies
from impl.marketplace.capabilities.businesses.service import business_of
from impl.marketplace.capabilities.jobs.service import (
    address_ends_at,
    completes_at,
    edition,
    possible_steps,
    side_of,
)
from impl.marketplace.capabilities.jobs.tables import JobSide
from impl.marketplace.capabilities.totals.wire import money_to_wire
from impl.marketplace.jobs.service import JobRow


def changes_to_wire(row: JobRow) -> replies.JobChanges | None:
    text, at = row["change_request"], row["changes_requested_at"]
    return None if text is None or at is None else {"text": text, "requested_at": at}


def dispute_to_wire(row: JobRow) -> replies.JobDispute | None:
    by, text, at = row["disputed_by"], row["dispute_text"], row["disputed_at"]
    if by is None or text is None or at is None:
        return None
    statement, decided_at = row["statement"], row["decided_at"]
    return {
        "by": models.JobSide(by),
        "text": text,
        "opened_at": at,
        "decision": None
        if statement is None or decided_at is None
        else {"outcome": models.JobOutcome(row["state"]), "statement": statement, "decided_at": decided_at},
    }


def _proposal_to_wire(row: JobRow) -> replies.JobProposal | None:
    by, starts, ends, at = (
        row["proposed_by"],
        row["proposed_starts_at"],
        row["proposed_ends_at"],
        row["proposed_at"],
    )
    if by is None or starts is None or ends is None or at is None:
        return None
    return {"by": models.JobSide(by), "starts_at": starts, "ends_at": ends, "proposed_at": at}


def _cancellation_to_wire(row: JobRow) -> replies.JobCancellation | None:
    by, reason, at = row["cancelled_by"], row["cancel_reason"], row["ended_at"]
    if by is None or reason is None or at is None:
        return None
    return {
        "by": models.JobActor(by),
        "cancel_reason": models.JobCancelledReason(reason),
        "note": row["cancel_note"],
        "minutes_before_start": row["minutes_before_start"],
        "cancelled_at": at,
    }


def job_to_wire(row: JobRow, person: UUID, now: datetime) -> replies.Job:
    side = side_of(row, person)
    property_id, label = row["property_id"], row["property_label"]
    completed_by = row["completed_by"]
    return {
        "id": row["id"],
        "side": models.JobSide(side),
        "state": row["state"],
        "possible": possible_steps(row, side, now),
        "inquiry_id": row["inquiry_id"],
        "recipient_id": row["recipient_id"],
        "quote_id": row["quote_id"],
        "category": {"id": row["category_id"], "slug": row["category_slug"], "name": row["category_name"]},
        "title": row["title"],
        "price": money_to_wire(row["price_minor"], row["price_currency"]),
        "provider": business_of(row),
        # The provider reads where it is by `getJobAddress`, which leaves a trace.
        "property": None
        if side is not JobSide.HOMEOWNER or property_id is None or label is None
        else {"id": property_id, "label": label},
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
        "proposal": _proposal_to_wire(row),
        "started_at": row["started_at"],
        "delivered_at": row["delivered_at"],
        "completes_at": completes_at(row),
        "changes": changes_to_wire(row),
        "completed_by": None if completed_by is None else models.JobActor(completed_by),
        "cancellation": _cancellation_to_wire(row),
        "dispute": dispute_to_wire(row),
        "ended_at": row["ended_at"],
        "address_ends_at": address_ends_at(row),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def shown_job(row: JobRow, person: UUID, now: datetime) -> tuple[replies.Job, str]:
    """Return a job as a party sees it at this time, and the ETag of that."""
    return job_to_wire(row, person, now), f'"{edition(row, side_of(row, person), now)}"'
