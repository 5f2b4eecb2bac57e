"""Feature `audit`: the audit trail, read by staff, and by everybody about their own account."""
