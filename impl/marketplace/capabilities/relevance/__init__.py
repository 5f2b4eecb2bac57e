"""Order of relevance of what the search finds, for the lists of features."""
