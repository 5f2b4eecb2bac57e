"""Refusal of a backup or a restoration, in words for the operator."""


class RecoveryError(Exception):
    """Raised when a backup or a restoration cannot be carried out; its message is a sentence for the operator."""
