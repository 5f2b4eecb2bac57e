"""Submissions on the wire, as their owners and staff see them."""

from collections.abc import Sequence

from generated import models, replies
from impl.marketplace.capabilities.submissions.service import SubmissionRow
from impl.marketplace.capabilities.submissions.tables import RevisedField


def fields_to_wire(fields: Sequence[RevisedField]) -> list[replies.RevisedField]:
    """Return both texts of each material field, and whether they differ."""
    return [
        {
            "name": models.MaterialField(field["name"]),
            "published": field["published"],
            "proposed": field["proposed"],
            "changed": field["published"] != field["proposed"],
        }
        for field in fields
    ]


def revision_to_wire(row: SubmissionRow) -> replies.Revision:
    reason = row["rejection_reason"]
    return {
        "state": models.RevisionState(row["state"].value),
        "fields": fields_to_wire(row["fields"]),
        "submitted_at": row["submitted_at"],
        "decided_at": row["decided_at"],
        "rejection_reason": None if reason is None else models.RejectionReason(reason.value),
        "note": row["note"],
    }
