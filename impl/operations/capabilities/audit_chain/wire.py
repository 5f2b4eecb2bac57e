"""State of the audit chain on the wire, for lists of events and for the health page."""

from generated import models, replies
from impl.kernel.paging import COUNTED
from impl.operations.capabilities.audit_chain.service import Integrity


def integrity_to_wire(found: Integrity) -> replies.AuditIntegrity:
    return {
        "state": models.AuditIntegrityState(found.state.value),
        "rejected": min(found.rejected, COUNTED),
        "breaks": found.breaks,
        "verified_at": found.verified_at,
    }
