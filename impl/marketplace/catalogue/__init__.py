"""Feature `catalogue`: categories and published services, open to everybody."""
