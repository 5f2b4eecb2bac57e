"""Sign-in with an identity provider, the browser's leg."""
