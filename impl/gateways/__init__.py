"""The outside: each file has the protocol, the real thing and, where one is of use, one in memory."""
