"""Where somebody is signed in, and how they end that."""
