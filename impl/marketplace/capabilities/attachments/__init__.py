"""Capability `attachments`: the table of what goes with messages, which photos and threads share."""
