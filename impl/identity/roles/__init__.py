"""Feature `roles`: roles, their hierarchy and their permissions."""
