"""Inquiries and their recipients: the tables, the states, and what both parties change in them."""
