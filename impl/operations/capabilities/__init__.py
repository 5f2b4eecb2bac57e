"""What programs and features of operations use; a capability has no operations of its own."""
