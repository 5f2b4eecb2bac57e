"""Whether somebody knows an account's password, asked in one place by every way in."""
