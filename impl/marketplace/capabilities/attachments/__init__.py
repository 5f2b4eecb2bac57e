"""Capability `attachments`: photos and documents of messages and who may read them, shared by photos and threads."""
