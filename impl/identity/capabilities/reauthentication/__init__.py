"""Reauthentication: proof that the owner asks for an operation that a stolen session must not allow."""
