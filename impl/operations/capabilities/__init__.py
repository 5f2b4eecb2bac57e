"""Capabilities of operations that programs and features use; a capability has no operations of its own."""
