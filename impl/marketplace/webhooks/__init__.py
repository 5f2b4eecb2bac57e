"""Webhook endpoints of providers, and what of the trade they are sent."""
