"""Role catalogue: which roles there are, what they permit and what they inherit."""
