"""Questions of categories, in versions that stay, and the check of answers to them."""
