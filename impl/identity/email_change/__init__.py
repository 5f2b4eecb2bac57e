"""Another e-mail address for an account: confirmed where it is, told where it was."""
