"""Feature `accounts`: accounts as staff read and change them."""
