"""Gateways to other systems: each file has the protocol, the real implementation and, where useful, one in memory."""
