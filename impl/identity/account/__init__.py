"""Feature `account`: the caller's own account, read and changed by its owner."""
