"""Submissions of providers for review, with the texts that wait."""
