"""Feature `registration`: new accounts, and the verification of their e-mail addresses."""
