"""Domain of operations: health, and the audit trail with its hash chain."""
