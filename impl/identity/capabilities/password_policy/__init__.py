"""What a password may not be."""
