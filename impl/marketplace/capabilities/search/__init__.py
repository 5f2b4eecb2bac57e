"""Search index of listings: their folded words, indexed by each engine in its own way."""
