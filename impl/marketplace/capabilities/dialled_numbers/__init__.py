"""Telephone numbers in texts, however they are written."""
