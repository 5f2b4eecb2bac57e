"""Webhook endpoints and their deliveries: rows, secrets, and the sending."""
