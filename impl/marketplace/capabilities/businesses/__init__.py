"""Capability `businesses`: the summary of the business to which something belongs."""
