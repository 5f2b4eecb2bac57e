"""Password verification, in one place for every way of signing in."""
