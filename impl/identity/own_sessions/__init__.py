"""Feature `own_sessions`: the caller's sessions, listed and ended."""
