"""Inbound HTTP: what happens to a request before a handler sees it, and to a reply before the wire does."""
