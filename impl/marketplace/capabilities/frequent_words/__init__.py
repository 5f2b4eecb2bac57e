"""Rows of the words that very many listings have, as bits, which tell at once where several such words meet."""
