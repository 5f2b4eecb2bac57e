"""Webhook endpoints of providers, and the domain events that are sent to them."""
