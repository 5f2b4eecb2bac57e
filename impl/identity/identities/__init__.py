"""Feature `identities`: the identity providers that are linked to the caller's account."""
