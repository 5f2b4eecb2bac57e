"""Two-factor sign-in: switching it on and off, and the second step of signing in."""
