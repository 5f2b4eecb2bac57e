"""Domain of identity: accounts, roles, sessions, passwords and the mails about them."""
