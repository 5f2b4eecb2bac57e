"""The second factor at sign-in: secrets, recovery codes, and sign-ins that wait for it."""
