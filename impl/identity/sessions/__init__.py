"""Feature `sessions`: login, refresh and logout."""
