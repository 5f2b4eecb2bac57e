"""Photos of properties, services and businesses."""
