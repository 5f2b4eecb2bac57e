"""Intake of audit events that outsiders cause: the worker records the first of an account, and counts the others."""
