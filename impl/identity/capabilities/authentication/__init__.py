"""Sessions and their tokens: start, refresh, check and end."""
