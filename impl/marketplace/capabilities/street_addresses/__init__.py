"""Street addresses in texts."""
