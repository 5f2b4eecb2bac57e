"""Who people are: accounts, roles, sessions, passwords and the mails about them."""
