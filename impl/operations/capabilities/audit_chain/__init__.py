"""Hash chain over the audit trail: appended to by the worker, verified by an operator."""
