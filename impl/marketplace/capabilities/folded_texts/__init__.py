"""Texts folded for a search, so that ways to write the same letter or digit make no difference."""
