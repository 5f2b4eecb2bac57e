"""OAuth clients that operators have registered, and what they are answered."""
