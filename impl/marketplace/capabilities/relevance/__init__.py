"""Order of search results by relevance, for the lists of features."""
