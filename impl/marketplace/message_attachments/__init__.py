"""Feature `message_attachments`: photos and documents that are sent for a message before it is written."""
