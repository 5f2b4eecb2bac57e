"""Tokens that are mailed: single use, short-lived, only the newest."""
