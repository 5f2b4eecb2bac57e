"""What listings are found by: their words, folded, in an index of each engine's own kind."""
