"""The back-off of failed logins, shared by every way in."""
