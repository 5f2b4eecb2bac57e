"""Live stream of an account's notifications, as they happen."""
