"""Capability `pages`: the addresses of providers' public pages, and the words by which they are found."""
