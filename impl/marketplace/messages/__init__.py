"""Messages between the two sides of an inquiry: a thread for each recipient, with how far each side has read."""
