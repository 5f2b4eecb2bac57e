"""What the parties of a completed job say of each other."""
