"""What serves the operators: health, and the audit trail with its hash chain."""
