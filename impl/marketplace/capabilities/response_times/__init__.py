"""Time that businesses take to answer inquiries, as their public pages show it."""
