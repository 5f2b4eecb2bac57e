"""Feature `usage`: figures about the use of the service by day, for staff."""
