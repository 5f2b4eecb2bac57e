"""Spelling of queries: words that no published listing has become words that one has."""
