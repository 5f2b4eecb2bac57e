"""Capability `attachments`: what goes with messages, and who reads it, which photos and threads share."""
