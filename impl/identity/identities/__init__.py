"""The identity providers of one's own account."""
