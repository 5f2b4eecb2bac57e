"""Mails of the other domains to the owners of accounts."""
