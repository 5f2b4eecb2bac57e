"""Working hours in a time zone, and the times in them that are free."""
