"""Webhook endpoints and what is on its way to them: their rows, their secrets, and the sending."""
