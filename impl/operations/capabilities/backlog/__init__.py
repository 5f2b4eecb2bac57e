"""Backlog of the outbox: how much waits in it, and for how long."""
