"""The hash chain over the audit trail: sealed by the worker, verified by an operator."""
