"""Password policy: the rules that a new password must meet."""
