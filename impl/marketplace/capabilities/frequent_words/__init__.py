"""Rows of the words that very many listings have, as bits, which are combined to find those with several such words."""
