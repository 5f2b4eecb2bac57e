"""Sessions and their tokens: how they begin, go on, are checked and end."""
