"""What several features of identity use; a capability has no operations of its own."""
