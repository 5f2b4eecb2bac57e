"""Preferences of a person: which notifications they want, where, when and in which language."""
