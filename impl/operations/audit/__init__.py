"""The audit trail as it can be read: by staff, and by everyone as far as it is about them."""
