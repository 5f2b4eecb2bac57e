"""Licences and insurances of providers, verified by staff."""
