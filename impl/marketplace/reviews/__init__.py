"""Reviews that the parties of a completed job write of each other."""
