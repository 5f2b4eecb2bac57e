"""Whether it is the owner who asks for what cannot be undone from another session."""
