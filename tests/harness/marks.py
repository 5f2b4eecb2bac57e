"""Marks that tests put somewhere to look for them elsewhere."""

import re


def mentions(text: str, mark: str) -> bool:
    """Return whether a text has a mark; digits alone may be part of an id or a time by chance."""
    return bool(re.search(rf"\b{mark}\b", text)) if mark.isdecimal() else mark in text
