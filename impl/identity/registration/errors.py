"""What an operator who makes an account may be refused; over HTTP nobody learns whether an address is known."""


class AddressInUseError(Exception):
    """The address or the username belongs to an account."""
