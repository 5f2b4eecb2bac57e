"""Blocks: people who do not want to hear from each other any more."""
