"""Search of texts of several kinds: their folded words, indexed by each engine in its own way."""
