"""One-time authorization codes of OAuth clients."""
