"""Stems of words: what the forms of one word have in common."""
