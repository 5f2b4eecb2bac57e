"""What several features of the marketplace use; a capability has no operations of its own."""
