"""Jobs of both parties: begun, delivered, changed, completed or cancelled, and where they are."""
