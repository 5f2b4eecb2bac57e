"""Devices that an account has signed in on before."""
