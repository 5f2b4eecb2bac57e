"""Feature `oauth`: the browser's part of a sign-in with an identity provider."""
