"""Feature `forbidden-words`: the list of words that staff do not want to read."""
