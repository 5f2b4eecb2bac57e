"""One-time codes for OAuth clients."""
