"""Back-off of failed logins, shared by every way of signing in."""
