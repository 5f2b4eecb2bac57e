"""What anyone may look at: categories and published services."""
