"""Second factor of a sign-in: authenticator secrets, recovery codes and pending sign-ins."""
