"""Error of operators' commands that create accounts.

There is no such answer over HTTP, which must not reveal whether an address has an account.
"""


class AddressInUseError(Exception):
    """Raised when the address or the username of a new account belongs to another account."""
