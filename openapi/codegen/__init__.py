"""Turns the contract into the generated package."""
